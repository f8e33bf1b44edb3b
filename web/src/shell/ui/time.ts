// Times in words, in the person's own language and time zone.
import { words } from '../words'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How many midnights lie between. */
function daysBetween(earlier: Date, later: Date): number {
  const start = (day: Date) => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime()
  return Math.round((start(later) - start(earlier)) / 86_400_000)
}

// Making a formatter takes a hundred times as long as using it, and a conversation has many times in it.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: 'long' })
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

export function clock(ms: number): string {
  return CLOCK.format(ms)
}

export function fullTime(ms: number): string {
  return FULL.format(ms)
}

/** "10:32", "yesterday", "Tuesday", "3 Mar", "3 Mar 2024". */
export function shortTime(ms: number, now = Date.now()): string {
  const then = new Date(ms)
  const days = daysBetween(then, new Date(now))
  if (days <= 0) return clock(ms)
  if (days === 1) return words.time.yesterday
  return dateOf(then, new Date(now), days)
}

/** "Today", "Yesterday", "Tuesday", "3 Mar": for lines between days. */
export function dayName(ms: number, now = Date.now()): string {
  const then = new Date(ms)
  const days = daysBetween(then, new Date(now))
  if (days <= 0) return words.time.today
  if (days === 1) return words.time.yesterdayAlone
  return dateOf(then, new Date(now), days)
}

/** "just now", "5 minutes ago", "3 hours ago", "yesterday", "4 days ago". */
export function ago(ms: number, now = Date.now()): string {
  const past = Math.max(0, now - ms)
  if (past < MINUTE) return words.time.justNow
  if (past < HOUR) return words.time.minutesAgo(Math.floor(past / MINUTE))
  const days = daysBetween(new Date(ms), new Date(now))
  if (days === 0 || past < 6 * HOUR) return words.time.hoursAgo(Math.floor(past / HOUR))
  if (days === 1) return words.time.yesterday
  return words.time.daysAgo(days)
}

function dateOf(then: Date, now: Date, days: number): string {
  if (days < 7) return WEEKDAY.format(then)
  return (then.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR).format(then)
}
