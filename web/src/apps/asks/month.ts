// A month as a grid of weeks, and what lies on its days. Local days throughout.
import type { AskRow } from './types'

/** Something with a date: a slot of a shift, or the end of an ask. */
export interface Entry {
  ask: AskRow
  /** Which part's slot, counted from 1; 0: the ask's own date. */
  part: number
  from: number
  /** null: a date alone. */
  to: number | null
}

export interface Day {
  date: Date
  /** Whether it belongs to the month that is shown. */
  within: boolean
  entries: Entry[]
}

const dayKey = (date: Date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`

/** Everything with a date, the earliest first. */
export function entriesOf(asks: readonly AskRow[]): Entry[] {
  const entries = asks.flatMap((ask): Entry[] => {
    const slots = ask.parts.flatMap(({ starts_ms: from, ends_ms: to }, at) => (from === null ? [] : [{ ask, part: at + 1, from, to }]))
    return ask.until_ms === null ? slots : [...slots, { ask, part: 0, from: ask.until_ms, to: null }]
  })
  return entries.sort((a, b) => a.from - b.from || a.ask.title.localeCompare(b.ask.title))
}

/** Six weeks or fewer, Monday first; a slot over midnight lies on the day on which it begins. */
export function weeksOf(year: number, month: number, entries: readonly Entry[]): Day[][] {
  const byDay = new Map<string, Entry[]>()
  for (const entry of entries) {
    const key = dayKey(new Date(entry.from))
    byDay.set(key, [...(byDay.get(key) ?? []), entry])
  }
  const first = new Date(year, month, 1)
  const before = (first.getDay() + 6) % 7
  const days = Math.ceil((before + new Date(year, month + 1, 0).getDate()) / 7) * 7
  const all = Array.from({ length: days }, (_, at): Day => {
    const date = new Date(year, month, 1 - before + at)
    return { date, within: date.getMonth() === month, entries: byDay.get(dayKey(date)) ?? [] }
  })
  return Array.from({ length: days / 7 }, (_, week) => all.slice(week * 7, week * 7 + 7))
}
