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

const KINDS: [Media, RegExp][] = [
  ['picture', /\.(?:png|jpe?g|gif|webp|avif)$/i],
  ['sound', /\.(?:mp3|m4a|aac|ogg|oga|opus|flac|wav)$/i],
  ['film', /\.(?:mp4|m4v|webm|ogv|mov)$/i],
]
/** Beyond this size a file comes by pieces, and can be played before all of it is here. */
const WHOLE_BYTES = 1_048_576
/** A picture is shown whole: not one that would fill the memory. */
const MOST_SHOWN_BYTES = 40_000_000

export type Media = 'picture' | 'sound' | 'film'

/** What can be shown or played in place: by its name, as Skein looks at the bytes itself before it lets a browser show them. */
export function mediaOf(file: { name: string; folder: boolean; bytes: number }): Media | null {
  if (file.folder) return null
  const kind = KINDS.find(([, names]) => names.test(file.name))?.[0] ?? null
  return kind === 'picture' && file.bytes > MOST_SHOWN_BYTES ? null : kind
}

/** Whether something that is on its way (of so many bytes) is heard or seen in order, and can be played already. */
export const playsEarly = (file: { name: string; folder: boolean; bytes: number }, total: number): boolean =>
  total > WHOLE_BYTES && ['sound', 'film'].includes(mediaOf(file) ?? '')
