// A path on this computer, as somebody types it.

/** The whole path: `~` is the person's own folder. Null if it does not begin at the top of the disk. */
export function wholePath(typed: string, home: string): string | null {
  const path = typed.trim().replace(/^~(?=$|[\\/])/, home)
  return /^(?:\/|[A-Za-z]:[\\/])/.test(path) ? path : null
}

/**
 * Where a folder of others could go: "Photos (Harbour Garden)" among the person's own. Its name is somebody else's choice, so it
 * never leads elsewhere, nor to what is there already: whatever lies in a folder that is kept the same is given to everybody.
 */
export function placeFor(name: string, community: string, home: string): string {
  const slash = home.includes('\\') ? '\\' : '/'
  const plain = `${name} (${community})`.replace(/[/\\:*?"<>|\p{C}]+/gu, ' ').replace(/\s+/g, ' ')
  return `${home}${slash}${plain.replace(/^[\s.]+/, '')}`
}

/** Patterns, one in a line. */
export const patternsOf = (text: string) =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
