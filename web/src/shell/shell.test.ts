// What the shell works out by itself: addresses, marks, times, and what is new.
import { describe, expect, test, vi } from 'vitest'

vi.stubGlobal('location', { hash: '' })
vi.stubGlobal('window', { addEventListener: () => undefined })

import type { DeviceRow } from '../gen/DeviceRow'
import type { Hit } from '../gen/Hit'
import type { MemberRow } from '../gen/MemberRow'
import { sectionsOf } from './feed'
import { suggest } from './settings/paths'
import { isCurrent, othersOf } from './reach'
import { mentions, piecesOf, plain } from './text'
import { initialsOf } from './ui/person'
import { ago, shortTime } from './ui/time'

const hit = (event: string, member: string, at_ms: number, object = 'o', app = 'chat'): Hit => ({
  community: 'c',
  community_name: 'C',
  event,
  object,
  app,
  kind: 'message',
  member,
  name: member,
  at_ms,
  snippet: event,
  rank: 0,
})

test('an address is taken apart and put together', async () => {
  const { hrefOf, partsOf, hrefOfPlace } = await import('./route.svelte')
  expect(partsOf('#/c/abc/chat/a%2Fb')).toEqual(['c', 'abc', 'chat', 'a/b'])
  expect(partsOf('')).toEqual([])
  expect(partsOf('#/%E0%A4%A')).toEqual(['%E0%A4%A'])
  const { askedOf } = await import('./route.svelte')
  expect(partsOf('#/c/abc?find=a%2Fb&by=x')).toEqual(['c', 'abc'])
  expect(askedOf('#/c/abc?find=a%2Fb&by=x')).toEqual({ find: 'a/b', by: 'x' })
  expect(askedOf('#/c/abc')).toBeNull()
  expect(hrefOf('c', 'x', 'a/b')).toBe('#/c/x/a%2Fb')
  expect(hrefOfPlace('c1', 'chat', 'ch/ev')).toBe('#/c/c1/chat/ch/ev')
  expect(hrefOfPlace('c1', 'people', '')).toBe('#/c/c1/people')
})

describe('marks', () => {
  test('are around what was looked for only', () => {
    expect(piecesOf('The [seedlings] are [here]', 'seed')).toEqual([
      { text: 'The ', marked: false },
      { text: 'seedlings', marked: true },
      { text: ' are [here]', marked: false },
    ])
  })
  test('do not mind accents and case', () => {
    expect(piecesOf('[Árvore]', 'arv')).toEqual([{ text: 'Árvore', marked: true }])
  })
  test('keep the space after them, and lose the signs around them', () => {
    expect(piecesOf('Who has a *[ladder]* for **[ladder]s**?', 'ladder').map(piece => piece.text)).toEqual(['Who has a ', 'ladder', ' for ', 'ladder', 's?'])
  })
  test('Markdown is shown without its signs', () => {
    expect(plain('a *ladder* for _us_, 2 * 3 * 4, snake_case_name, *open')).toBe('a ladder for us, 2 * 3 * 4, snake_case_name, *open')
    expect(plain('# A **bold** [link](https://x.org)\n> and `code`')).toBe('A bold link and code')
  })
})

test('what is new comes first, and talk in one place together', () => {
  const now = new Date(2026, 10, 22, 12).getTime()
  const feed = [hit('e4', 'ben', now - 1), hit('e3', 'me', now - 2), hit('e2', 'ben', now - 3), hit('e1', 'cem', now - 90_000_000, 'p')]
  const sections = sectionsOf(feed, now - 10, 'me', 'New', now)
  expect(sections.map(section => section.title)).toEqual(['New', 'Today', 'Yesterday'])
  expect(sections[0]?.bunches[0]?.items.map(item => item.event)).toEqual(['e2', 'e4'])
  expect(sectionsOf(feed, 0, 'me', 'New', now).map(section => section.fresh)).toEqual([false, false])
})

const device = (more: Partial<DeviceRow>): DeviceRow => ({
  device: 'd',
  this: false,
  belongs: true,
  reached: false,
  direct: true,
  via: '',
  rtt_ms: 0,
  heard_ms: 0,
  lacks: null,
  has_more: false,
  addresses: [],
  ...more,
})

test('a person is up to date if one of their devices is', () => {
  const of = (...devices: Partial<DeviceRow>[]) => isCurrent({ member: 'ben', name: 'Ben', you: false, belongs: true, devices: devices.map(device) })
  expect([of({ lacks: 0 }), of({ lacks: 2 }, { lacks: 0 }), of({ lacks: 1 }), of({}), of()]).toEqual([true, true, false, false, false])
  expect([of({ lacks: 0, has_more: true }), of({ lacks: 0, belongs: false })]).toEqual([false, false])
})

test('who can be reached', () => {
  const member = (name: string, reached: boolean, you = false, belongs = true): MemberRow => ({ member: name, name, you, belongs, devices: [device({ device: name, this: you, belongs, reached })] })
  const { all, reached } = othersOf([member('me', true, true), member('ben', true), member('cem', false), member('dot', true, false, false)])
  expect([all.length, reached.map(one => one.name)]).toEqual([2, ['ben']])
})

test('people and times in few letters', () => {
  expect([initialsOf('Ben Okafor'), initialsOf('ana'), initialsOf('')]).toEqual(['BO', 'A', '?'])
  const now = new Date(2026, 10, 22, 12).getTime()
  expect(shortTime(now - 24 * 3_600_000, now)).toBe('yesterday')
  expect(ago(now - 5 * 60_000, now)).toBe('5 minutes ago')
  expect(ago(now - 1_000, now)).toBe('just now')
})

test('a mention is one of the name, whole or first, and no part of another word', () => {
  expect(mentions('hey @Ben, look', 'Ben Okafor')).toBe(true)
  expect(mentions('hey @ben okafor!', 'Ben Okafor')).toBe(true)
  expect(mentions('hey @Benedict', 'Ben Okafor')).toBe(false)
  expect(mentions('mail me@ben.org', 'Ben Okafor')).toBe(false)
  expect(mentions('hey @everyone', '')).toBe(false)
})

test('where a copy could go', () => {
  const day = new Date(2026, 10, 2)
  expect(suggest('/home/ana/.local/share/skein', 'Elm Street: Garden!', '', day)).toBe('/home/ana/skein-elm-street-garden-2026-11-02')
  expect(suggest('/srv/skein', '', '.backup', day)).toBe('/srv/skein-2026-11-02.backup')
})
