// The form in which something is posted, and the hours of a week.
import { describe, expect, it } from 'vitest'
import { EXAMPLES } from './examples'
import { blank, commandOf, draftOf, fieldOf, type Form, fromMessage, keepDraft, missing } from './form'
import { fromBits, hoursText, spansOf, toLocal, toUtc } from './hours'
import { KINDS } from './icons'

const NOW = Date.UTC(2026, 10, 20, 12)

const shelf = () => {
  const kept = new Map<string, string>()
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) }
}

describe('the form', () => {
  const filled = (some: Partial<Form>) => ({ ...blank(), title: ' Blankets ', ...some })

  it('says what is missing, the first of it', () => {
    expect(missing(blank(), NOW)).toBe('title')
    expect(missing(filled({}), NOW)).toBeNull()
    for (const least of ['', '0', '-3', '1e9', '2.5', '99999999999']) expect(missing(filled({ lines: [{ what: '', least, most: '', unit: 'things' }] }), NOW)).toBe('amount')
    expect(missing(filled({ lines: [{ what: '', least: '4', most: '2', unit: 'things' }] }), NOW)).toBe('amount')
    expect(missing(filled({ kind: 'campaign' }), NOW)).toBe('until')
    expect(missing(filled({ until: '2020-01-01T10:00' }), NOW)).toBe('past')
    expect(missing(filled({ kind: 'petition' }), NOW)).toBe('addressee')
    expect(missing(filled({ kind: 'shift' }), NOW)).toBe('slots')
    expect(missing(filled({ topic: 'a/b' }), NOW)).toBe('topic')
    expect(missing(filled({ point: 'somewhere' }), NOW)).toBe('point')
    const slot = { day: '2026-12-05', from: '10:00', to: '14:00', what: '', least: '2', most: '4' }
    expect(missing(filled({ kind: 'shift', slots: [slot] }), NOW)).toBeNull()
    expect(missing(filled({ kind: 'shift', slots: [slot, slot], weeks: '31' }), NOW)).toBe('weeks')
    expect(missing(filled({ kind: 'shift', slots: [{ ...slot, day: '2026-11-01' }] }), NOW)).toBe('past')
  })

  it('becomes a command with only what the kind needs', () => {
    const need = commandOf(filled({ topic: '#Beds', place: 'Elm Street', point: '52.52 13.405', behalf: 'a neighbour', to: 'nobody' }))
    expect(need).toEqual({
      post: {
        kind: 'need', title: 'Blankets', parts: [{ what: '', unit: 'things', minimum: 1, optimum: 1 }], weeks: null, behalf: 'a neighbour', to: null, from: null, text: null, topic: 'beds',
        place: 'Elm Street', point: '52.52,13.405', until: null, urgent: null, share: null,
      },
    })
    const petition = commandOf(filled({ kind: 'petition', goal: '40', to: 'the council' }))
    expect('post' in petition && [petition.post.parts, petition.post.to]).toEqual([[{ unit: 'signatures', minimum: 40, optimum: 1_000_000_000 }], 'the council'])
    const night = commandOf(filled({ kind: 'shift', weeks: '3', slots: [{ day: '2026-12-05', from: '22:00', to: '02:00', what: '', least: '2', most: '4' }] }))
    const part = 'post' in night ? night.post.parts?.[0] : undefined
    expect(part && [part.minimum, part.optimum, ((part.ends_ms ?? 0) - (part.starts_ms ?? 0)) / 3_600_000]).toEqual([2, 4, 4])
    expect('post' in night && night.post.weeks).toBe(3)
  })

  it('comes back as it was left, also if what was kept is broken', () => {
    const kept = shelf()
    keepDraft('g', filled({ urgent: true }), kept)
    expect(draftOf('g', '', kept).urgent).toBe(true)
    keepDraft('g', blank('gig'), kept)
    expect(draftOf('g', '', kept)).toEqual(blank())
    kept.setItem('skein-asks-draft g ', '{"lines":7')
    expect(draftOf('g', '', kept)).toEqual(blank())
    kept.setItem('skein-asks-draft g ', '{"lines":7,"title":"x"}')
    expect(draftOf('g', '', kept)).toEqual({ ...blank(), title: 'x' })
  })

  it('is filled from a message', () => {
    expect(fromMessage('m', 'Who has a ladder?\nFor Saturday.')).toMatchObject({ title: 'Who has a ladder?', text: 'For Saturday.', from: 'm' })
    const long = fromMessage('m', 'word '.repeat(60))
    expect(new TextEncoder().encode(long.title).length).toBeLessThanOrEqual(160)
    expect(long.text).toContain('word')
  })

  it('has examples that can be posted', () => {
    for (const kind of KINDS) {
      for (const { fill } of EXAMPLES[kind]) {
        const form = { ...blank(kind), ...fill, slots: [{ day: '2026-12-05', from: '10:00', to: '14:00', what: '', least: '2', most: '' }], until: kind === 'campaign' ? fieldOf(NOW + 9e8) : '' }
        expect(missing(form, NOW), fill.title).toBeNull()
      }
    }
  })
})

describe('the hours', () => {
  it('go to UTC and back, over the end of the week', () => {
    const local = Array.from({ length: 168 }, (_, hour) => hour === 0 || hour === 167)
    expect(hoursText(local)).toBe('mon 0-1, sun 23-24')
    for (const ahead of [0, 2, -8, 13]) expect(toLocal(toUtc(local, ahead), ahead)).toEqual(local)
    expect(hoursText(toUtc(local, 2))).toBe('sun 21-23')
    expect(hoursText(toUtc(local, -8))).toBe('mon 7-9')
  })

  it('are read from a profile’s bytes', () => {
    const bytes = Array.from({ length: 21 }, () => 0)
    bytes[2] = 0b10
    expect(hoursText(fromBits(bytes))).toBe('mon 17-18')
    expect(fromBits([])).toHaveLength(168)
    expect(spansOf([true, true, false, true])).toEqual([[0, 2], [3, 4]])
  })
})
