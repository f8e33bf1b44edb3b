// What a person may do with an ask and its promises: as the program would allow it. Knows no page.
import { isOver } from './order'
import type { Act, AskDetail, AskRow, PromiseRow } from './types'

/** Who gives what was promised: of an offer whoever made it. */
export const giverOf = (ask: AskRow, promise: PromiseRow) => (ask.kind === 'offer' ? ask.by : promise.by)
/** Who gets it. */
export const receiverOf = (ask: AskRow, promise: PromiseRow) => (ask.kind === 'offer' ? promise.by : ask.by)

export const isStanding = ({ held }: PromiseRow) => held !== 'released'

/** Whether somebody may promise something. */
export function mayTake(ask: AskRow, promises: readonly PromiseRow[], me: string): boolean {
  const own = ask.by.member === me && (ask.kind === 'need' || ask.kind === 'offer' || ask.kind === 'gig')
  const once = promises.some(promise => isStanding(promise) && promise.by.member === me) && (ask.kind === 'petition' || ask.kind === 'gig' || ask.parts.length === 1)
  return !isOver(ask) && !own && !once
}

/** Whether a part wants more. */
export const hasRoom = (ask: AskRow, part: number) => (ask.parts[part - 1]?.promised ?? 0) < (ask.parts[part - 1]?.optimum ?? 0)

export interface May {
  deliver: boolean
  confirm: boolean
  /** To hand it over, ask for help, say how it goes, release it. */
  own: boolean
  letGo: boolean
  accept: boolean
  takeOver: boolean
  thank: boolean
}

/** What may be done with one promise. */
export function mayWith(ask: AskRow, promise: PromiseRow, me: string): May {
  const { held } = promise
  const open = !isOver(ask)
  const [giver, receiver] = [giverOf(ask, promise).member, receiverOf(ask, promise).member]
  const underway = held === 'holds' || held === 'helps' || held === 'returned' || held === 'waits'
  const mine = promise.by.member === me
  return {
    deliver: open && giver === me && ask.kind !== 'petition' && (held === 'holds' || held === 'helps' || held === 'returned'),
    confirm: open && giver !== me && (receiver === me || ask.minds) && held === 'delivered',
    own: open && mine && (underway || held === 'bid'),
    letGo: open && !mine && ask.minds && ask.kind !== 'petition' && (underway || held === 'bid'),
    accept: open && ask.minds && ask.kind === 'gig' && held === 'bid',
    takeOver: open && promise.handed?.member === me && isStanding(promise),
    thank: giver !== me && (held === 'delivered' || held === 'confirmed'),
  }
}

/** The promise that this person's next act is about. */
export function promiseOf(act: Act, ask: AskRow, promises: readonly PromiseRow[], me: string): PromiseRow | null {
  const with_ = (wanted: (may: May) => boolean) => promises.filter(promise => wanted(mayWith(ask, promise, me)))
  if (act === 'confirm') return with_(may => may.confirm)[0] ?? null
  if (act === 'take-over') return with_(may => may.takeOver)[0] ?? null
  if (act !== 'deliver' && act !== 'check' && act !== 'replan') return null
  const given = with_(may => may.deliver).filter(({ held }) => held !== 'helps')
  return given.sort((a, b) => (a.due_ms ?? Infinity) - (b.due_ms ?? Infinity))[0] ?? null
}

export type MileState = 'open' | 'delivered' | 'confirmed' | 'returned'

/** Where a milestone of an accepted bid stands: its last step counts. */
export function mileOf(promise: PromiseRow, part: number): MileState {
  const held = promise.steps.filter(step => step.part === part).at(-1)?.held
  return held === 'delivered' || held === 'confirmed' || held === 'returned' ? held : 'open'
}

/** Whether this person may say how a gig was: both did it together, and it is done. */
export function mayReview({ row, promises, reviews }: AskDetail, me: string): boolean {
  const worker = promises.find(({ held }) => held === 'confirmed')
  const part = row.by.member === me || worker?.by.member === me
  return row.kind === 'gig' && worker !== undefined && part && !reviews.some(review => review.by.member === me)
}

/** What this person may do with the lead. */
export function mayLead({ row, lead_offered }: AskDetail, me: string) {
  const leads = row.leads.some(lead => lead.member === me)
  const offered = lead_offered.some(lead => lead.member === me)
  const open = !isOver(row)
  return { take: open && !leads && (offered || row.leads.length === 0), offered, share: open && row.minds, hand: open && leads, layDown: open && (leads || offered) }
}

/** Taking it needs nothing but a tap: there is one thing to promise, and one of it. */
export function isSimple(ask: AskRow): boolean {
  const [part, ...more] = ask.parts
  if (part === undefined || more.length > 0 || ask.kind === 'gig' || ask.kind === 'campaign') return false
  return ask.kind === 'petition' || part.optimum - part.promised <= 1
}

/** Who is to hold: of each part those who promised first, as many as are needed. */
export function firstOf(promises: readonly PromiseRow[]): string[] {
  return promises.filter(({ held }) => held === 'holds' || held === 'delivered' || held === 'confirmed' || held === 'returned').map(({ id }) => id)
}

/** The parts that were taken twice, with all whose promises stand there. */
export function contestedIn(promises: readonly PromiseRow[]): PromiseRow[][] {
  const standing = promises.filter(({ held }) => held !== 'released')
  const parts = [...new Set(standing.filter(({ apart, held }) => apart && (held === 'helps' || held === 'waits')).map(({ part }) => part))]
  return parts.map(part => standing.filter(promise => promise.part === part))
}

/** A shift that has not begun: nothing of it can be done. */
export function isAhead(ask: AskRow, now = Date.now()): boolean {
  const slot = ask.mine === null ? undefined : ask.parts[ask.mine.part - 1]
  return slot?.starts_ms !== null && slot?.starts_ms !== undefined && slot.starts_ms > now
}
