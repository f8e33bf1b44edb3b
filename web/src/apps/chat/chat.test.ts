// The chat's logic, without a browser: layout, pages, Markdown, mentions, drafts.
import { describe, expect, it } from 'vitest'
import { draftOf, keepDraft, keepReadUntil, readUntil } from './draft'
import { EMOJI, fitsReaction } from './emoji'
import { firstUnread, rowsOf } from './group'
import { htmlOf, onlyEmoji, plainOf, split } from './markdown'
import { callingAt, candidates, complete } from './mention'
import { reuse, withNewer, withOlder, type Hand } from './pages'
import type { Message } from './types'

const NOON = new Date(2026, 4, 3, 12, 0).getTime()
const MINUTE = 60_000

function message(id: string, at_ms: number, more: Partial<Message> = {}): Message {
  const author = { member: 'ana', name: 'Ana' }
  return {
    ...{ id, channel: 'c', channel_name: 'general', author, mine: false, at_ms, text: id, edits: 0, pinned: false, mentions: [] },
    ...{ thread: null, reply: null, reactions: [], replies: { count: 0, last_ms: null } },
    ...more,
  }
}

describe('rows', () => {
  const shape = (messages: Message[], firstNew: string | null = null) =>
    rowsOf(messages, firstNew).map(row => (row.kind === 'message' ? `${row.head ? '+' : ''}${row.key}` : row.kind))

  it('puts what one person says in a row under one name', () => {
    const ben = { author: { member: 'ben', name: 'Ben' } }
    const said = [message('a', NOON), message('b', NOON + MINUTE), message('c', NOON + 2 * MINUTE, ben), message('d', NOON + 20 * MINUTE, ben)]
    expect(shape(said)).toEqual(['day', '+a', 'b', '+c', '+d'])
  })

  it('begins anew with each day, with what is new, and with an answer', () => {
    const said = [message('a', NOON), message('b', NOON + 1), message('c', NOON + 24 * 60 * MINUTE)]
    expect(shape(said, 'b')).toEqual(['day', '+a', 'new', '+b', 'day', '+c'])
    const answer = message('b', NOON + 1, { reply: { id: 'a', author: null, text: null } })
    expect(shape([message('a', NOON), answer])).toEqual(['day', '+a', '+b'])
  })
})

describe('the first unread message', () => {
  const said = [message('a', 1), message('mine', 2, { mine: true }), message('b', 3), message('gone', 4, { text: null }), message('c', 5)]
  it('is found by count, among those of others that are still there', () => {
    expect(firstUnread(said, 0, 0)).toBeNull()
    expect(firstUnread(said, 1, 0)).toBe('c')
    expect(firstUnread(said, 2, 0)).toBe('b')
    expect(firstUnread(said, 9, 0)).toBe('a')
  })
  it('is never one that was read here', () => {
    expect(firstUnread(said, 9, 2)).toBe('b')
    expect(firstUnread(said, 9, 5)).toBeNull()
  })
})

describe('the part of a channel in hand', () => {
  const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => message(`m${from + i}`, from + i))
  const hand: Hand = { messages: many(10, 20), older: true, newer: false }
  const ends = (hand: Hand) => [hand.messages[0]?.id, hand.messages.at(-1)?.id, hand.messages.length]

  it('grows at either end, to a bound, without doubles', () => {
    const older = withOlder(hand, many(5, 12), true, 12)
    expect(ends(older)).toEqual(['m5', 'm16', 12])
    expect([older.older, older.newer]).toEqual([true, true])
    const newer = withNewer(older, many(16, 22), false, 12)
    expect(ends(newer)).toEqual(['m10', 'm21', 12])
    expect([newer.older, newer.newer]).toEqual([true, false])
  })

  it('keeps the objects that have not changed', () => {
    const now = many(10, 20).map(m => (m.id === 'm12' ? { ...m, edits: 1 } : m))
    const kept = reuse(hand.messages, now)
    expect(kept[0]).toBe(hand.messages[0])
    expect(kept[2]).not.toBe(hand.messages[2])
    expect(kept[2]?.edits).toBe(1)
  })
})

describe('Markdown', () => {
  it('knows the usual signs and single line breaks', () => {
    expect(htmlOf('**b** _i_ `c`\nnext')).toBe('<p><strong>b</strong> <em>i</em> <code>c</code><br>\nnext</p>\n')
  })
  it('lets no HTML and no script address through, and loads no pictures', () => {
    expect(htmlOf('<img src=x onerror=alert(1)>')).not.toContain('<img')
    expect(htmlOf('[x](javascript:alert(1))')).not.toContain('<a')
    expect(htmlOf('![x](https://example.org/a.png)')).not.toContain('<img')
  })
  it('opens other addresses apart, and our own here', () => {
    expect(htmlOf('https://example.org')).toContain('target="_blank" rel="noopener noreferrer"')
    expect(htmlOf('http://127.0.0.1:7117/#/c/a/chat/b')).toContain('href="#/c/a/chat/b"')
  })
  it('marks who is called, but not in code or links', () => {
    expect(htmlOf('hi @Ana Maria!', ['Ana', 'Ana Maria'])).toContain('<span class="mention">@Ana Maria</span>!')
    expect(htmlOf('`@Ana`', ['Ana'])).not.toContain('mention')
    expect(htmlOf('@<b>', ['<b>'])).toContain('<span class="mention">@&lt;b&gt;</span>')
  })
  it('cuts only at whole names', () => {
    expect(split('a@Ana @Anabel @ana.', ['Ana']).filter(part => part.called)).toEqual([{ text: '@ana', called: true }])
  })
  it('is taken away in quotes', () => {
    expect(plainOf('Shall we plant **beans** or _peas_, `now`?')).toBe('Shall we plant beans or peas, now?')
    expect(plainOf('[plan.png](#/c/abc/fi…')).toBe('plan.png')
    expect(plainOf('see [a](b) and [c]')).toBe('see a and [c]')
    expect(plainOf('## snake_case_name and 2 * 3 * 4')).toBe('snake_case_name and 2 * 3 * 4')
  })
  it('knows a message of nothing but emoji', () => {
    expect(onlyEmoji('🎉')).toBe(true)
    expect(onlyEmoji('👩‍🌾 ❤️')).toBe(true)
    for (const text of ['ok 🎉', '', '42', '🎉🎉🎉🎉🎉 x']) expect(onlyEmoji(text)).toBe(false)
  })
})

describe('mentions', () => {
  const people = ['Ana', 'Ben Adler', 'Cem'].map(name => ({ member: name, name }))
  it('are completed where an @ was begun', () => {
    expect(callingAt('hi @a', 5)).toEqual({ at: 3, begun: 'a' })
    expect(callingAt('@', 1)).toEqual({ at: 0, begun: '' })
    expect(callingAt('@Ben A', 6)).toEqual({ at: 0, begun: 'Ben A' })
    for (const text of ['a@b', 'hi', '@a\nb', '@ a', '@ben adler is here ']) expect(callingAt(text, text.length)).toBeNull()
  })
  it('offer who fits, first by the beginning of the name', () => {
    expect(candidates(people, 'a').map(person => person.name)).toEqual(['Ana', 'Ben Adler'])
    expect(candidates(people, 'x')).toEqual([])
  })
  it('put the name in, with one space after it', () => {
    expect(complete('hi @a', { at: 3, begun: 'a' }, 'Ana')).toEqual({ text: 'hi @Ana ', cursor: 8 })
    expect(complete('hi @a there', { at: 3, begun: 'a' }, 'Ana')).toEqual({ text: 'hi @Ana there', cursor: 8 })
  })
})

describe('what this browser keeps', () => {
  const kept = new Map<string, string>()
  const shelf = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
  it('is a draft for each place, and nothing when it is sent', () => {
    keepDraft('g', 'general', 'hello', shelf)
    keepDraft('g', 'plot', 'beans', shelf)
    expect(draftOf('g', 'general', shelf)).toBe('hello')
    keepDraft('g', 'general', '  ', shelf)
    expect(draftOf('g', 'general', shelf)).toBe('')
    expect(kept.size).toBe(1)
  })
  it('is until when a channel was read', () => {
    expect(readUntil('g', 'x', shelf)).toBe(0)
    keepReadUntil('g', 'x', 5, shelf)
    expect(readUntil('g', 'x', shelf)).toBe(5)
  })
})

describe('reactions', () => {
  it('are short', () => {
    expect(EMOJI.length).toBe(24)
    expect(EMOJI.every(({ sign }) => fitsReaction(sign))).toBe(true)
    for (const word of ['', 'two words', 'x'.repeat(33)]) expect(fitsReaction(word)).toBe(false)
  })
})
