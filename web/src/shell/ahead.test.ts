// What is asked ahead is asked word for word as the page asks it later: else it would be asked twice.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const asked: string[] = []
const COMMUNITY = 'b'.repeat(52)
const CHANNEL = 'c'.repeat(52)
const THREAD = 'd'.repeat(52)

beforeEach(() => {
  vi.resetModules()
  asked.length = 0
  const kept = new Map([['skein-session', 'token'], ['skein-community', COMMUNITY], [`skein-read ${COMMUNITY} ${CHANNEL}`, '1']])
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: () => undefined, removeItem: () => undefined })
  vi.stubGlobal('document', { documentElement: { classList: { add: () => undefined } } })
  vi.stubGlobal('fetch', (path: string, how: RequestInit) => {
    asked.push(`${path} ${typeof how.body === 'string' ? how.body : ''}`)
    return Promise.resolve(new Response('{"done":{"messages":[],"channels":[],"shares":[]}}\n'))
  })
})
afterEach(() => vi.unstubAllGlobals())

async function ahead(hash: string): Promise<number> {
  const { askFirst } = await import('./first')
  // The code of the screens is of no matter here.
  void askFirst(hash)
  return asked.length
}

test('a channel’s first page, its thread and the list of channels', async () => {
  const before = await ahead(`#/c/${COMMUNITY}/chat/${CHANNEL}/thread/${THREAD}`)
  const { Reader } = await import('../apps/chat/reader')
  const { channels, show } = await import('../apps/chat/ask')
  await new Reader(COMMUNITY, CHANNEL, null).newest()
  await new Reader(COMMUNITY, CHANNEL, THREAD).newest()
  await channels(COMMUNITY)
  await show(COMMUNITY, THREAD)
  expect(asked.slice(before)).toEqual([])
  // Once: what is asked again is asked anew.
  await channels(COMMUNITY)
  expect(asked.length).toBe(before + 1)
})

test('a home, files and people', async () => {
  const { request } = await import('./door')
  const { feedOf } = await import('./home/ask')
  let before = await ahead('')
  await request('status')
  await request({ members: { community: COMMUNITY } })
  await request(feedOf(COMMUNITY))
  expect(asked.slice(before)).toEqual([])
  before = await ahead(`#/c/${COMMUNITY}/files`)
  const files = await import('../apps/files/ask')
  await files.list(COMMUNITY, '')
  await files.sole(COMMUNITY).catch(() => undefined)
  const folders = await import('../apps/files/folders/ask')
  await folders.list(COMMUNITY)
  expect(asked.slice(before)).toEqual([])
  before = await ahead(`#/c/${COMMUNITY}/people`)
  const people = await import('../apps/people/ask')
  await Promise.all([people.members(COMMUNITY), people.invitations(COMMUNITY), people.charter(COMMUNITY)])
  expect(asked.slice(before)).toEqual([])
})

test('nothing is asked before one is signed in', async () => {
  expect(await ahead('#code=abc')).toBe(0)
  vi.stubGlobal('localStorage', { getItem: () => null })
  expect(await ahead('#/')).toBe(0)
})
