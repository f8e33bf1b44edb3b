// The questions of this screen that are asked at once when the page opens: the same word for word wherever they are.
import type { Query } from './types'

export const ASKS = 'asks'
/** The most that a list holds. */
export const MOST_LISTED = 500
export const NOW: Query = 'now'
export const MINE: Query = 'mine'
export const OPEN: Query = { ls: { limit: MOST_LISTED } }
export const DONE: Query = { ls: { all: true, limit: MOST_LISTED } }
export const ME: Query = 'me'
export const WORDS: Query = 'words'
export const showOf = (ask: string): Query => ({ show: { ask } })

/** Whether it is an id, and no name of a place in the app. */
export const isId = (word: string | undefined): word is string => /^[a-z2-7]{52}$/.test(word ?? '')

/** What is asked where: by what comes after `asks/` in the address. */
export function queriesAt([place = 'now']: string[]): Query[] {
  if (isId(place)) return [showOf(place)]
  const at: Partial<Record<string, Query[]>> = { now: [NOW], open: [OPEN], promises: [MINE], mine: [MINE], done: [DONE], me: [ME, WORDS], new: [WORDS] }
  return at[place] ?? []
}
