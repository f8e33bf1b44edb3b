// The form in which something is posted: what is in it, what is missing, and the command it becomes. Knows no page.
import { shelf as browser, type Shelf } from '../../shell/kept'
import { pointIn, pointText } from './map'
import type { AskKind, Command, PartSpec, Unit } from './types'

export interface Line {
  what: string
  least: string
  most: string
  unit: Unit
}

export interface Slot {
  day: string
  from: string
  to: string
  what: string
  least: string
  most: string
}

/** Everything as it was typed; what a kind does not need stays for the case that the kind is changed back. */
export interface Form {
  kind: AskKind
  title: string
  text: string
  topic: string
  place: string
  point: string
  /** As the browser's field for a day and a time writes it, local. */
  until: string
  urgent: boolean
  behalf: string
  to: string
  goal: string
  weeks: string
  lines: Line[]
  slots: Slot[]
  share: string
  shareName: string
  /** The message that it is made from. */
  from: string
  fromText: string
}

export const blankLine = (unit: Unit = 'things'): Line => ({ what: '', least: '1', most: '', unit })
export const blankSlot = (): Slot => ({ day: '', from: '10:00', to: '14:00', what: '', least: '1', most: '' })

export function blank(kind: AskKind = 'need'): Form {
  return {
    kind, title: '', text: '', topic: '', place: '', point: '', until: '', urgent: false, behalf: '', to: '', goal: '100', weeks: '1',
    lines: [blankLine()], slots: [blankSlot()], share: '', shareName: '', from: '', fromText: '',
  }
}

/** What is counted in a kind's lines. */
export const UNITS: Partial<Record<AskKind, Unit[]>> = { need: ['things', 'hours', 'people'], offer: ['things', 'hours', 'people'], campaign: ['hours', 'things', 'people', 'credits'] }
export const hasLines = (kind: AskKind) => UNITS[kind] !== undefined || kind === 'gig'
export const hasAddressee = (kind: AskKind) => kind === 'petition' || kind === 'report'

export type Missing = 'title' | 'amount' | 'slots' | 'past' | 'until' | 'addressee' | 'topic' | 'point' | 'weeks'

const MAX_SLOTS = 60
const WHOLE = /^\d{1,9}$/
const topicOf = (typed: string) => typed.trim().replace(/^#+/, '').toLocaleLowerCase()
const isTopic = (topic: string) => /^[\p{L}\p{N} -]*$/u.test(topic)

/** A local day and time in milliseconds; NaN if it is none. */
const localMs = (text: string) => new Date(text).getTime()

/** From and to in milliseconds; over midnight if it ends before it begins. */
function spanOf({ day, from, to }: Slot): [number, number] {
  const starts = localMs(`${day}T${from}`)
  const ends = localMs(`${day}T${to}`)
  return [starts, ends > starts ? ends : ends + 86_400_000]
}

function amounts({ least, most }: { least: string; most: string }): [number, number] | null {
  const [low, high] = [least.trim(), most.trim() || least.trim()]
  if (!WHOLE.test(low) || !WHOLE.test(high)) return null
  return Number(low) >= 1 && Number(low) <= Number(high) ? [Number(low), Number(high)] : null
}

/** What is missing or wrong, the first of it; null if it can be posted. */
export function missing(form: Form, now = Date.now()): Missing | null {
  const { kind } = form
  if (form.title.trim() === '') return 'title'
  if (hasLines(kind) && form.lines.some(line => amounts(line) === null)) return 'amount'
  if (kind === 'petition' && amounts({ least: form.goal, most: '' }) === null) return 'amount'
  if (kind === 'petition' && form.to.trim() === '') return 'addressee'
  if (kind === 'shift') {
    if (form.slots.length === 0 || form.slots.some(slot => Number.isNaN(spanOf(slot)[0]) || Number.isNaN(spanOf(slot)[1]))) return 'slots'
    if (form.slots.some(slot => amounts(slot) === null)) return 'amount'
    if (!/^\d{1,2}$/.test(form.weeks.trim() || '1') || weeksOf(form) * form.slots.length > MAX_SLOTS) return 'weeks'
    if (form.slots.some(slot => spanOf(slot)[1] <= now)) return 'past'
  }
  if (kind === 'campaign' && form.until === '') return 'until'
  if (form.until !== '' && !(localMs(form.until) > now)) return 'past'
  if (!isTopic(topicOf(form.topic))) return 'topic'
  if (form.point.trim() !== '' && pointIn(form.point) === null) return 'point'
  return null
}

const weeksOf = (form: Form) => Math.max(1, Number(form.weeks.trim() || '1'))

function partsOf(form: Form): PartSpec[] {
  if (form.kind === 'petition') return [{ unit: 'signatures', minimum: Number(form.goal), optimum: 1_000_000_000 }]
  if (form.kind === 'report') return []
  if (form.kind === 'shift') {
    return form.slots.map(slot => {
      const [minimum, optimum] = amounts(slot) ?? [1, 1]
      const [starts_ms, ends_ms] = spanOf(slot)
      return { what: slot.what.trim(), unit: 'people', minimum, optimum, starts_ms, ends_ms }
    })
  }
  return form.lines.map(line => {
    const [minimum, optimum] = amounts(form.kind === 'gig' ? { ...line, most: '' } : line) ?? [1, 1]
    return { what: line.what.trim(), unit: form.kind === 'gig' ? 'hours' : line.unit, minimum, optimum }
  })
}

/** A local day and time as the program reads it: UTC. */
export const untilOf = (local: string): string | null => (local === '' ? null : new Date(local).toISOString().slice(0, 16))

/** A moment as the browser's field for a day and a time writes it. */
export function fieldOf(ms: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const date = new Date(ms)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** What is posted. */
export function commandOf(form: Form): Command {
  const { kind } = form
  const point = pointIn(form.point)
  const orNull = (text: string) => text.trim() || null
  return {
    post: {
      kind,
      title: form.title.trim(),
      parts: partsOf(form),
      weeks: kind === 'shift' && weeksOf(form) > 1 ? weeksOf(form) : null,
      behalf: orNull(form.behalf),
      to: hasAddressee(kind) ? orNull(form.to) : null,
      from: orNull(form.from),
      text: orNull(form.text),
      topic: orNull(topicOf(form.topic)),
      place: orNull(form.place),
      point: point === null ? null : pointText(point),
      until: untilOf(form.until),
      urgent: form.urgent || null,
      share: orNull(form.share),
    },
  }
}

/** A form from a message: its first line is the title, the rest is more about it. */
export function fromMessage(event: string, text: string): Form {
  const [first = '', ...rest] = text.trim().split('\n')
  const whole = new TextEncoder().encode(first).length <= 160
  const title = whole ? first : `${first.slice(0, 70).replace(/\s+\S*$/u, '')}…`
  return { ...blank(), title, text: (whole ? rest.join('\n') : text).trim(), from: event, fromText: text.slice(0, 300) }
}

const key = (community: string, from: string) => `skein-asks-draft ${community} ${from}`

/** What was begun and not posted; a new form if nothing was. */
export function draftOf(community: string, from = '', shelf: Shelf = browser): Form {
  const kept = shelf.getItem(key(community, from))
  if (kept === null) return blank()
  try {
    const form = JSON.parse(kept) as Partial<Form>
    const list = <T>(found: unknown, other: T[]): T[] => (Array.isArray(found) && found.length > 0 ? (found as T[]) : other)
    const whole = { ...blank(), ...form }
    return { ...whole, lines: list(form.lines, blank().lines), slots: list(form.slots, blank().slots) }
  } catch {
    return blank()
  }
}

/** Keeps it, or forgets it if there is nothing in it. */
export function keepDraft(community: string, form: Form, shelf: Shelf = browser): void {
  const empty = JSON.stringify({ ...form, kind: 'need' }) === JSON.stringify(blank())
  if (empty) shelf.removeItem(key(community, form.from))
  else shelf.setItem(key(community, form.from), JSON.stringify(form))
}

export function forgetDraft(community: string, from: string, shelf: Shelf = browser): void {
  shelf.removeItem(key(community, from))
}
