// A path on this computer, as somebody types it.

/** The whole path: `~` is the person's own folder. Null if it does not begin at the top of the disk. */
export function wholePath(typed: string, home: string): string | null {
  const path = typed.trim().replace(/^~(?=$|[\\/])/, home)
  return /^(?:\/|[A-Za-z]:[\\/])/.test(path) ? path : null
}

/** Patterns, one in a line. */
export const patternsOf = (text: string) =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
