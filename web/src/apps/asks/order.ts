// Which asks are shown, in which order and column. Knows no page.
import type { AskKind, AskRow } from './types'

export interface Filters {
  words: string
  kind: AskKind | ''
  topic: string
  place: string
  /** Posted within so many days; 0: whenever. */
  days: number
  order: 'new' | 'date' | 'old'
}

export const NO_FILTERS: Filters = { words: '', kind: '', topic: '', place: '', days: 0, order: 'new' }

const DAY_MS = 86_400_000
const simple = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** Whether all the words that were typed are somewhere in it. */
function says(ask: AskRow, words: string): boolean {
  const all = simple([ask.title, ask.topic, ask.place?.label ?? '', ask.by.name, ask.behalf, ...ask.parts.map(part => part.what)].join(' '))
  return simple(words).split(/\s+/u).every(word => all.includes(word))
}

/** When it is due next: the next slot, or its date; never comes last. */
export function dueOf(ask: AskRow, now: number): number {
  const slots = ask.parts.flatMap(part => (part.ends_ms !== null && part.ends_ms > now ? [part.starts_ms ?? part.ends_ms] : []))
  return Math.min(ask.until_ms ?? Infinity, ...slots)
}

/** What is to be shown; what joined another is shown with that one. Urgent first. */
export function chosen(asks: readonly AskRow[], filters: Filters, now = Date.now()): AskRow[] {
  const { words, kind, topic, place, days, order } = filters
  const shown = asks.filter(
    ask =>
      ask.joined === null &&
      (kind === '' || ask.kind === kind) &&
      (topic === '' || ask.topic === topic) &&
      (place.trim() === '' || simple(ask.place?.label ?? '').includes(simple(place.trim()))) &&
      (days === 0 || ask.posted_ms > now - days * DAY_MS) &&
      says(ask, words.trim()),
  )
  const rank = (ask: AskRow) => (order === 'date' ? dueOf(ask, now) : order === 'old' ? ask.changed_ms : -ask.changed_ms)
  const urgent = (ask: AskRow) => (order === 'new' && ask.urgent ? 0 : 1)
  return shown.sort((a, b) => urgent(a) - urgent(b) || compare(rank(a), rank(b)) || a.title.localeCompare(b.title))
}

/** Two infinities are alike. */
const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1)

export type Column = 'open' | 'taken' | 'confirm'
export const COLUMNS: Column[] = ['open', 'taken', 'confirm']

export function columnOf(ask: AskRow): Column {
  if (ask.state === 'delivered' || ask.next?.act === 'confirm') return 'confirm'
  return ask.state === 'taken' ? 'taken' : 'open'
}

export const isOver = (ask: AskRow) => ask.state === 'done' || ask.state === 'failed' || ask.state === 'withdrawn'

/** The topics that are named, each once, in order. */
export function topicsOf(asks: readonly AskRow[]): string[] {
  return [...new Set(asks.map(ask => ask.topic).filter(Boolean))].sort((a, b) => a.localeCompare(b))
}
