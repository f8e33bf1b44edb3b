// Asks in words: what a button says, how much is promised, whose turn it is.
import { clock, shortTime } from '../../shell/ui/time'
import type { Act, AskRow, PartRow, PromiseRow } from './types'
import { words } from './words'

/** What the button of an act says. */
export function actText(act: Act, ask: Pick<AskRow, 'kind'>): string {
  if (act === 'take') return words.take[ask.kind]
  if (act === 'deliver' && ask.kind === 'offer') return words.act.given
  return words.acts[act]
}

export function stateText(ask: Pick<AskRow, 'kind' | 'state'>): string {
  return words.stateOf[`${ask.kind} ${ask.state}`] ?? words.states[ask.state]
}

/** How somebody's promise stands, in a word. */
export function heldText(promise: Pick<PromiseRow, 'held'>, ask: Pick<AskRow, 'kind'>): string {
  if (promise.held === 'holds' && ask.kind === 'petition') return words.signed
  if (promise.held === 'holds' && ask.kind === 'offer') return words.wouldLike
  return words.held[promise.held]
}

const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' })
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
const DAY_MS = 86_400_000

/** A time ahead, or behind: "Sat 5 Dec, 10:00"; the time of today alone. */
export function whenText(ms: number, now = Date.now()): string {
  const [then, today] = [new Date(ms), new Date(now)]
  if (then.toDateString() === today.toDateString()) return clock(ms)
  if (Math.abs(ms - now) > 300 * DAY_MS) return DAY_OF_YEAR.format(ms)
  return ms < now - 7 * DAY_MS ? shortTime(ms, now) : `${DAY.format(ms)}, ${clock(ms)}`
}

/** "Sat 5 Dec, 10:00–14:00". */
export function slotText(starts: number, ends: number, now = Date.now()): string {
  const sameDay = new Date(starts).toDateString() === new Date(ends - 1).toDateString()
  return `${whenText(starts, now)}–${sameDay || ends - starts < DAY_MS ? clock(ends) : whenText(ends, now)}`
}

/** So much of a part: "3 hours", "3 × blankets". */
export function amountText(amount: number, part: Pick<PartRow, 'unit' | 'what'>, title: string): string {
  if (part.unit === 'things' && part.what !== '' && part.what !== title) return `${amount.toLocaleString()} × ${part.what}`
  return words.units[part.unit](amount)
}

/** What a part is called: what it asks for, or when; empty if the title says it all. */
export function partName(part: PartRow, title: string): string {
  const when = part.starts_ms === null || part.ends_ms === null ? '' : slotText(part.starts_ms, part.ends_ms)
  return [when, part.what === title ? '' : part.what].filter(Boolean).join(' · ')
}

/** How far a part is: "2 of 3 hours", "3 of 2–4 people". */
export function progressText(part: PartRow): string {
  const { minimum, optimum, unit, promised } = part
  const wanted = optimum > minimum && optimum < 1e9 ? `${minimum.toLocaleString()}–${words.units[unit](optimum)}` : words.units[unit](minimum)
  return `${promised.toLocaleString()} of ${wanted}`
}

/** How many of several parts have enough: "1 of 2 slots have enough". */
export function filledText({ parts }: Pick<AskRow, 'parts'>): string {
  const full = parts.filter(part => part.promised >= part.minimum).length
  return (parts.some(part => part.starts_ms !== null) ? words.row.slots : words.row.parts)(full, parts.length)
}

/** Whose turn it is; empty if nobody's. */
export function nextText(ask: AskRow): string {
  const { next } = ask
  if (next === null) return ''
  if (next.who === null) return words.next.anybody(words.next.does[next.act])
  if (next.yours) return next.act === 'accept' ? words.next.choose : words.next.yours
  return words.next.of(next.who.name, words.next.does[next.act])
}

/** In one line: from whom, for whom, where, until when. */
export function aboutText(ask: AskRow, me: string, now = Date.now()): string {
  const say = words.row
  const until = ask.until_ms === null ? '' : (ask.until_ms > now ? say.until : say.was)(whenText(ask.until_ms, now))
  const by = ask.by.member === me ? say.yours : say.by(ask.by.name)
  return [by, ask.behalf && say.for(ask.behalf), ask.addressee && say.to(ask.addressee), ask.place?.label ?? '', until].filter(Boolean).join(' · ')
}
