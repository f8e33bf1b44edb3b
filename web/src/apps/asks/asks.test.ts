// What the asks' screen works out by itself: the map, the month, what is shown and what may be done.
import { describe, expect, it } from 'vitest'
import { dotsOf, panned, place, pointAt, pointIn, ruler, viewOf, zoomed } from './map'
import { contestedIn, firstOf, isSimple, mayTake, mayWith, mileOf } from './may'
import { entriesOf, weeksOf } from './month'
import { chosen, columnOf, NO_FILTERS } from './order'
import { noteShown } from './shown'
import { aboutText, actText, amountText, nextText, progressText, stateText } from './say'
import type { AskRow, PartRow, PromiseRow } from './types'

const NOW = Date.UTC(2026, 10, 20, 12)
const ANA = { member: 'ana', name: 'Ana' }
const BEN = { member: 'ben', name: 'Ben' }

const PART: PartRow = { what: 'Blankets', unit: 'things', minimum: 5, optimum: 5, promised: 2, confirmed: 0, starts_ms: null, ends_ms: null }

function ask(some: Partial<AskRow> = {}): AskRow {
  return {
    id: 'a', event: 'e', kind: 'need', title: 'Blankets', topic: '', place: null, until_ms: null, urgent: false, by: ANA, behalf: '', addressee: '', state: 'open', sure: true, unheard: [],
    contested: false, room: true, parts: [PART], leads: [], next: null, mine: null,
    minds: false, follows: false, posted_ms: NOW, changed_ms: NOW, joined: null, ...some,
  }
}

function promise(some: Partial<PromiseRow> = {}): PromiseRow {
  return { id: 'p', by: BEN, part: 1, amount: 1, note: '', held: 'holds', apart: false, why: '', released_ms: null, handed: null, help: null, due_ms: null, at_ms: NOW, steps: [], ...some }
}

describe('the map', () => {
  const spot = (north: number, east: number, label = '') => ({ place: { north, east, label } })

  it('puts what is at one place into one dot, and takes it apart when one comes nearer', () => {
    const items = [spot(52.52, 13.405, 'Elm'), spot(52.521, 13.406), spot(52.6, 13.5), { place: null }]
    expect(dotsOf(items, 0.2).map(dot => [dot.label, dot.items.length])).toEqual([['Elm', 2], ['', 1]])
    expect(dotsOf(items, 0.01)).toHaveLength(3)
  })

  it('shows all points, and finds a point where it was drawn', () => {
    const first = { north: 52.5, east: 13.3 }
    const points = [first, { north: 52.6, east: 13.5 }]
    const view = viewOf(points)
    if (view === null) throw new Error('no view')
    for (const point of points) {
      const { x, y } = place(view, point, 640, 420)
      expect(x > 0 && x < 640 && y > 0 && y < 420).toBe(true)
      expect(pointAt(view, x, y, 640, 420)).toEqual(point)
    }
    expect(viewOf([])).toBeNull()
    expect(place(panned(view, 0, 1), first, 640, 420).y).toBeGreaterThan(place(view, first, 640, 420).y)
    expect(zoomed(view, 1e-9).span).toBe(0.01)
  })

  it('goes round the date line', () => {
    const view = viewOf([{ north: 0, east: 179.9 }, { north: 0, east: -179.9 }])
    expect(view?.span).toBeLessThan(1)
    expect(Math.abs(view?.east ?? 0)).toBeCloseTo(180)
  })

  it('reads points as people have them', () => {
    const here = { north: 52.52, east: 13.405 }
    for (const text of ['52.5200066, 13.404954', '52.52 13.405', 'geo:52.52,13.405', 'https://www.openstreetmap.org/#map=15/52.5200/13.4050']) expect(pointIn(text), text).toEqual(here)
    expect(pointIn('-33.9,18.4')).toEqual({ north: -33.9, east: 18.4 })
    for (const text of ['', 'here', '95,10', '10,200', '1']) expect(pointIn(text), text).toBeNull()
  })

  it('has a ruler of a length that is easy to say', () => {
    const { metres, share } = ruler({ north: 0, east: 0, span: 0.1 })
    expect(metres).toBe(2_000)
    expect(share).toBeLessThanOrEqual(1 / 3)
  })
})

describe('the month', () => {
  it('has whole weeks, Monday first, with slots and dates on their days', () => {
    const starts_ms = new Date(2026, 11, 5, 10).getTime()
    const part = { ...PART, starts_ms, ends_ms: starts_ms + 3_600_000 }
    const entries = entriesOf([ask({ parts: [part], until_ms: new Date(2026, 11, 24, 18).getTime() })])
    const weeks = weeksOf(2026, 11, entries)
    expect(weeks.every(week => week.length === 7 && week[0]?.date.getDay() === 1)).toBe(true)
    const busy = weeks.flat().filter(day => day.entries.length > 0)
    expect(busy.map(day => [day.date.getDate(), day.entries[0]?.part])).toEqual([[5, 1], [24, 0]])
  })
})

describe('what is shown', () => {
  const some = [
    ask({ id: '1', changed_ms: 1, topic: 'beds', posted_ms: NOW - 9 * 86_400_000 }),
    ask({ id: '2', changed_ms: 3, kind: 'offer', title: 'Café chairs', place: { label: 'Elm Street', north: null, east: null } }),
    ask({ id: '3', changed_ms: 2, urgent: true, until_ms: NOW + 1 }),
    ask({ id: '4', joined: '1' }),
  ]
  const ids = (filters: Partial<typeof NO_FILTERS>) => chosen(some, { ...NO_FILTERS, ...filters }, NOW).map(({ id }) => id).join('')

  it('is filtered and in order', () => {
    expect(ids({})).toBe('321')
    expect(ids({ words: 'cafe' })).toBe('2')
    expect(ids({ kind: 'need' })).toBe('31')
    expect(ids({ topic: 'beds' })).toBe('1')
    expect(ids({ place: 'elm' })).toBe('2')
    expect(ids({ days: 7 })).toBe('32')
    expect(ids({ order: 'date' })[0]).toBe('3')
    expect(ids({ order: 'old' })).toBe('132')
  })

  it('stands in one column', () => {
    expect(columnOf(ask())).toBe('open')
    expect(columnOf(ask({ state: 'taken' }))).toBe('taken')
    expect(columnOf(ask({ state: 'taken', next: { act: 'confirm', who: ANA, yours: false } }))).toBe('confirm')
  })
})

describe('what may be done', () => {
  it('is as the program allows it', () => {
    expect(mayTake(ask(), [], 'ben')).toBe(true)
    expect(mayTake(ask(), [], 'ana')).toBe(false)
    expect(mayTake(ask({ state: 'done' }), [], 'ben')).toBe(false)
    expect(mayTake(ask({ kind: 'petition' }), [promise()], 'ben')).toBe(false)
    expect(mayWith(ask(), promise(), 'ben')).toMatchObject({ deliver: true, own: true, confirm: false, thank: false })
    expect(mayWith(ask({ minds: true }), promise({ held: 'delivered' }), 'ana')).toMatchObject({ confirm: true, own: false, thank: true })
    // Of an offer, who offers gives.
    expect(mayWith(ask({ kind: 'offer', minds: true }), promise(), 'ana').deliver).toBe(true)
    expect(mayWith(ask({ kind: 'offer' }), promise({ held: 'delivered' }), 'ben').confirm).toBe(true)
    expect(mayWith(ask({ kind: 'gig', minds: true }), promise({ held: 'bid' }), 'ana').accept).toBe(true)
    expect(mileOf(promise({ steps: [{ part: 1, held: 'delivered', note: '', at_ms: 1 }, { part: 1, held: 'returned', note: '', at_ms: 2 }] }), 1)).toBe('returned')
  })

  it('is a tap where there is nothing to choose', () => {
    expect(isSimple(ask())).toBe(false)
    expect(isSimple(ask({ parts: [{ ...PART, promised: 4 }] }))).toBe(true)
    expect(isSimple(ask({ kind: 'gig' }))).toBe(false)
  })

  it('settles what was taken twice, each part by itself', () => {
    const all = [promise({ id: 'a' }), promise({ id: 'b', held: 'helps', apart: true }), promise({ id: 'c', part: 2 }), promise({ id: 'd', held: 'released', apart: true, part: 2 })]
    expect(contestedIn(all).map(part => part.map(({ id }) => id))).toEqual([['a', 'b']])
    expect(firstOf(all)).toEqual(['a', 'c'])
  })
})

describe('words', () => {
  it('are plain', () => {
    expect(progressText(PART)).toBe('2 of 5 things')
    expect(progressText({ ...PART, unit: 'people', minimum: 2, optimum: 4, promised: 3 })).toBe('3 of 2–4 people')
    expect(amountText(3, { unit: 'things', what: 'torches' }, 'Light')).toBe('3 × torches')
    expect(amountText(1, { unit: 'hours', what: '' }, 'Light')).toBe('1 hour')
    expect(actText('take', { kind: 'petition' })).toBe('Sign')
    expect(stateText({ kind: 'petition', state: 'taken' })).toBe('Goal reached')
    expect(nextText(ask({ next: { act: 'confirm', who: BEN, yours: false } }))).toBe('Next: Ben says whether it is good')
    expect(aboutText(ask({ behalf: 'a neighbour', place: { label: 'Elm Street', north: 1, east: 2 } }), 'ben', NOW)).toBe('from Ana · for a neighbour · Elm Street')
  })
})

describe('what was shown', () => {
  it('is noted once a day for each ask, and again if that failed', async () => {
    const noted: unknown[] = []
    const note = (community: string, command: unknown) => {
      noted.push([community, command])
      return noted.length === 1 ? Promise.reject(new Error('not now')) : Promise.resolve({ event: '', object: '' })
    }
    noteShown('c', 'a', note, NOW)
    await Promise.resolve()
    await Promise.resolve()
    noteShown('c', 'a', note, NOW)
    noteShown('c', 'a', note, NOW + 1_000)
    noteShown('c', 'b', note, NOW + 1_000)
    expect(noted).toEqual([['c', { seen: { ask: 'a' } }], ['c', { seen: { ask: 'a' } }], ['c', { seen: { ask: 'b' } }]])
    noteShown('c', 'a', note, NOW + 24 * 3_600_000)
    expect(noted).toHaveLength(4)
  })
})
