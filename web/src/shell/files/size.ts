// Sizes, rates and kinds of files for the eye; powers of 1000, as disks and file managers count.

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB']

/** "1.4 MB". */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  let value = bytes
  for (const unit of UNITS) {
    value /= 1_000
    // What would be drawn as 1000 is of the next unit.
    if (value < 9.95) return `${value.toFixed(1)} ${unit}`
    if (value < 999.5 || unit === 'PB') return `${value.toFixed(0)} ${unit}`
  }
  return ''
}

const PICTURES = /\.(?:png|jpe?g|gif|webp|avif)$/i
const MOST_SHOWN_BYTES = 40_000_000

/** Whether it can be shown as a picture: by its name, as Skein looks at the bytes itself before it lets a browser show them. */
export function isPicture(file: { name: string; folder: boolean; bytes: number }): boolean {
  return !file.folder && PICTURES.test(file.name) && file.bytes <= MOST_SHOWN_BYTES
}
