// Completing a name after `@` while it is written.
import type { Person } from './types'

/** An unfinished `@name` in a text: where it begins (the `@`) and what of the name is there. */
export interface Calling {
  at: number
  begun: string
}

const MOST_SHOWN = 6
const LONGEST = 40

/** What is being called at the cursor, if anything is. */
export function callingAt(text: string, cursor: number): Calling | null {
  const at = text.lastIndexOf('@', cursor - 1)
  if (at < 0 || cursor - at > LONGEST) return null
  const before = at === 0 ? '' : (text[at - 1] as string)
  if (/[\p{L}\p{N}]/u.test(before)) return null
  const begun = text.slice(at + 1, cursor)
  return /[\n@]/.test(begun) || /^\s/.test(begun) || /\s\S*\s\S*\s/.test(begun) ? null : { at, begun }
}

/** Who could be meant: first whose name begins so, then whose second name does. */
export function candidates(people: readonly Person[], begun: string): Person[] {
  const wanted = begun.toLocaleLowerCase()
  const rank = ({ name }: Person) => {
    const low = name.toLocaleLowerCase()
    if (low.startsWith(wanted)) return 0
    return low.split(/\s+/).some(word => word.startsWith(wanted)) ? 1 : 2
  }
  return people
    .map(person => ({ person, rank: rank(person) }))
    .filter(({ rank }) => rank < 2)
    .sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
    .slice(0, MOST_SHOWN)
    .map(({ person }) => person)
}

/** The text with the name put in, and where the cursor is then. */
export function complete(text: string, calling: Calling, name: string): { text: string; cursor: number } {
  const rest = text.slice(calling.at + 1 + calling.begun.length)
  const put = `@${name}${/^\s/.test(rest) ? '' : ' '}`
  return { text: text.slice(0, calling.at) + put + rest, cursor: calling.at + put.length + (/^\s/.test(rest) ? 1 : 0) }
}
