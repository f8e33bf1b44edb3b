// What this person wants to be told while the page is in the background, and when not. Kept in this browser.
import { shelf } from './kept'

export type Notify = 'off' | 'mentions' | 'all'

/** Hours of the day by the clock here, "22:00"; the end may lie on the next day. */
export interface Quiet {
  on: boolean
  from: string
  to: string
}

const WHAT = 'skein-notify'
const HOURS = 'skein-quiet'
const MUTED = 'skein-muted'

export function notify(): Notify {
  const kept = shelf.getItem(WHAT)
  return kept === 'mentions' || kept === 'all' ? kept : 'off'
}

export function setNotify(wanted: Notify): void {
  shelf.setItem(WHAT, wanted)
}

export function quiet(): Quiet {
  const [on, from, to] = (shelf.getItem(HOURS) ?? '').split(' ')
  return { on: on === 'on', from: minutesOf(from) === null ? '22:00' : String(from), to: minutesOf(to) === null ? '07:00' : String(to) }
}

export function setQuiet({ on, from, to }: Quiet): void {
  shelf.setItem(HOURS, `${on ? 'on' : 'off'} ${from} ${to}`)
}

export function isMuted(community: string): boolean {
  return shelf.getItem(`${MUTED} ${community}`) !== null
}

export function setMuted(community: string, muted: boolean): void {
  if (muted) shelf.setItem(`${MUTED} ${community}`, '1')
  else shelf.removeItem(`${MUTED} ${community}`)
}

/** Minutes since midnight; null if it is no time of the day. */
function minutesOf(time: string | undefined): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time ?? '')
  return found === null ? null : Number(found[1]) * 60 + Number(found[2])
}

/** Whether nothing is told at this moment. From a time to the same time is the whole day. */
export function isQuiet(hours: Quiet, now: Date): boolean {
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)]
  if (!hours.on || from === null || to === null) return false
  const at = now.getHours() * 60 + now.getMinutes()
  return from < to ? at >= from && at < to : at >= from || at < to
}

/** Whether this person wants to hear of something now. */
export function tells(what: Notify, about: { forMe: boolean; muted: boolean }, hours: Quiet, now: Date): boolean {
  if (what === 'off' || about.muted || isQuiet(hours, now)) return false
  return what === 'all' || about.forMe
}
