// Drafts: what was begun in a channel or thread is still there after a reload. Kept in this browser only.
import { shelf as browser, type Shelf } from '../../shell/kept'

const PREFIX = 'skein-draft'

function key(community: string, place: string): string {
  return `${PREFIX} ${community} ${place}`
}

export function draftOf(community: string, place: string, shelf: Shelf = browser): string {
  return shelf.getItem(key(community, place)) ?? ''
}

/** Keeps it, or forgets it if there is nothing in it. */
export function keepDraft(community: string, place: string, text: string, shelf: Shelf = browser): void {
  if (text.trim() === '') shelf.removeItem(key(community, place))
  else shelf.setItem(key(community, place), text)
}

const READ = 'skein-read'

/** Until when a channel was read in this browser; 0 if nobody knows. Only for the place of the line "new". */
export function readUntil(community: string, channel: string, shelf: Shelf = browser): number {
  return Number(shelf.getItem(`${READ} ${community} ${channel}`) ?? 0) || 0
}

export function keepReadUntil(community: string, channel: string, ms: number, shelf: Shelf = browser): void {
  shelf.setItem(`${READ} ${community} ${channel}`, String(ms))
}
