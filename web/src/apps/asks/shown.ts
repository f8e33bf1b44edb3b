// What was shown to this person because it fits is remembered on this device alone, so that nobody is asked too much in a day.
import { act } from './ask'

const DAY_MS = 86_400_000
const noted = new Map<string, number>()

/** Notes it, at most once a day for each ask; `note` has the program remember it. */
export function noteShown(community: string, ask: string, note = act, now = Date.now()): void {
  const key = `${community} ${ask}`
  if (now - (noted.get(key) ?? -Infinity) < DAY_MS) return
  noted.set(key, now)
  note(community, { seen: { ask } }).catch(() => noted.delete(key))
}
