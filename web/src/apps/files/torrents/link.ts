// What can be read in a magnet link before it is fetched, and in fields with one thing a line.

/** What is written, one a line or parted by blanks, without empty ones. */
export const linesOf = (text: string): string[] => text.split(/\s+/).filter(Boolean)

/** What a magnet link says it is of; `null` if it says nothing, or is none. */
export function nameIn(link: string): string | null {
  const [, query] = /^magnet:\?(.*)$/is.exec(link.trim()) ?? []
  return new URLSearchParams(query ?? '').get('dn')?.trim() || null
}

/** Whether it looks like a magnet link at all: Skein reads it more closely. */
export const isLink = (text: string): boolean => /^magnet:\?\S+$/i.test(text.trim())
