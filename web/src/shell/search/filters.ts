// What a search is narrowed to, as it stands in the address, and as Skein is asked.

/** As in the address: `find` are the words; what is left out does not narrow. */
export type Asked = Partial<Record<'find' | 'here' | 'app' | 'by' | 'in' | 'when' | 'from' | 'to', string>>

export const SPANS = ['today', 'week', 'month', 'year'] as const
export type Span = (typeof SPANS)[number]

const DAYS: Record<Span, number> = { today: 0, week: 6, month: 29, year: 364 }

export interface Narrowed {
  community: string | null
  text: string
  limit: number
  app?: string
  member?: string
  object?: string
  after_ms?: number
  before_ms?: number
}

/** Whether anything but the words narrows it. */
export function isNarrow(asked: Asked): boolean {
  return Object.entries(asked).some(([name, value]) => name !== 'find' && value !== '')
}

/** The same with something changed, without what is empty; a channel is of one community and one app. */
export function changed(asked: Asked, change: Asked): Asked {
  const next: Asked = { ...asked, ...change }
  if ('here' in change || ('app' in change && !('in' in change))) delete next.in
  if (next.when !== 'between') {
    delete next.from
    delete next.to
  }
  return Object.fromEntries(Object.entries(next).filter(([name, value]) => name === 'find' || value !== ''))
}

/** What Skein is asked. `community`: the one that is shown; `only`: it is the only one. */
export function narrowed(asked: Asked, community: string, only: boolean, limit: number, now: Date): Narrowed {
  const { after_ms, before_ms } = spanOf(asked, now)
  return {
    community: asked.here !== undefined || only ? community : null,
    text: (asked.find ?? '').trim(),
    limit,
    ...(asked.app ? { app: asked.app } : {}),
    ...(asked.by ? { member: asked.by } : {}),
    ...(asked.in ? { object: asked.in } : {}),
    ...(after_ms === undefined ? {} : { after_ms }),
    ...(before_ms === undefined ? {} : { before_ms }),
  }
}

function spanOf(asked: Asked, now: Date): { after_ms?: number | undefined; before_ms?: number | undefined } {
  const span = SPANS.find(one => one === asked.when)
  if (span !== undefined) return { after_ms: dayMs(now.getFullYear(), now.getMonth(), now.getDate() - DAYS[span]) }
  if (asked.when !== 'between') return {}
  return { after_ms: dayOf(asked.from, 0), before_ms: dayOf(asked.to, 1) }
}

const dayMs = (year: number, month: number, day: number) => new Date(year, month, day).getTime()

/** "2026-11-22", as midnight here; `more` days later. */
function dayOf(text: string | undefined, more: number): number | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? '')
  return found === null ? undefined : dayMs(Number(found[1]), Number(found[2]) - 1, Number(found[3]) + more)
}
