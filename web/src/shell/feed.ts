// What is new, in the order that people read: what came since they were away, then day by day; talk in one place together.
import type { Hit } from '../gen/Hit'
import { dayName } from './ui/time'

/** Things about one place (a channel, say) that follow one another. */
export interface Bunch {
  key: string
  app: string
  object: string
  /** The oldest first, as one reads. */
  items: Hit[]
}

export interface Section {
  title: string
  fresh: boolean
  bunches: Bunch[]
}

/** Feed items (the newest first) in sections. What others said after `seenMs` is fresh; 0: this is the first time here. */
export function sectionsOf(feed: Hit[], seenMs: number, me: string, freshTitle: string, now = Date.now()): Section[] {
  const sections: Section[] = []
  const fresh = feed.filter(item => seenMs > 0 && item.at_ms > seenMs && item.member !== me)
  const isFresh = new Set(fresh)
  if (fresh.length > 0) sections.push({ title: freshTitle, fresh: true, bunches: bunchesOf(fresh) })
  const days = new Map<string, Hit[]>()
  for (const item of feed) {
    if (isFresh.has(item)) continue
    const day = dayName(item.at_ms, now)
    const there = days.get(day)
    if (there) there.push(item)
    else days.set(day, [item])
  }
  for (const [title, items] of days) sections.push({ title, fresh: false, bunches: bunchesOf(items) })
  return sections
}

/** One bunch for each place, those with the newest first. */
function bunchesOf(items: Hit[]): Bunch[] {
  const bunches = new Map<string, Bunch>()
  for (const item of items) {
    const key = `${item.app} ${item.object}`
    const bunch = bunches.get(key)
    if (bunch) bunch.items.unshift(item)
    else bunches.set(key, { key, app: item.app, object: item.object, items: [item] })
  }
  return [...bunches.values()]
}
