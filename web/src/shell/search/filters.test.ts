// What is asked of Skein when a search is narrowed.
import { describe, expect, test } from 'vitest'
import { changed, isNarrow, narrowed } from './filters'

const NOW = new Date(2026, 10, 22, 15, 30)

describe('a search', () => {
  test('that is not narrowed looks everywhere', () => {
    expect(narrowed({ find: ' beans ' }, 'c', false, 50, NOW)).toEqual({ community: null, text: 'beans', limit: 50 })
    expect(narrowed({ find: 'x' }, 'c', true, 50, NOW).community).toBe('c')
  })
  test('is narrowed by what, who, where and when', () => {
    expect(narrowed({ find: 'x', here: '1', app: 'chat', by: 'm', in: 'o', when: 'week' }, 'c', false, 9, NOW)).toEqual({
      community: 'c',
      text: 'x',
      limit: 9,
      app: 'chat',
      member: 'm',
      object: 'o',
      after_ms: new Date(2026, 10, 16).getTime(),
    })
    const between = narrowed({ find: 'x', when: 'between', from: '2026-11-01', to: '2026-11-02' }, 'c', false, 9, NOW)
    expect([between.after_ms, between.before_ms]).toEqual([new Date(2026, 10, 1).getTime(), new Date(2026, 10, 3).getTime()])
    expect(narrowed({ find: 'x', when: 'between', from: 'soon' }, 'c', false, 9, NOW)).toEqual({ community: null, text: 'x', limit: 9 })
  })
})

test('a filter that is changed takes along what hangs by it', () => {
  expect(changed({ find: 'x', here: '1', app: 'chat', in: 'o' }, { app: 'files' })).toEqual({ find: 'x', here: '1', app: 'files' })
  expect(changed({ find: 'x', app: 'chat' }, { app: 'chat', in: 'o' })).toEqual({ find: 'x', app: 'chat', in: 'o' })
  expect(changed({ find: 'x', when: 'between', from: '2026-01-01' }, { when: '' })).toEqual({ find: 'x' })
  expect([isNarrow({ find: 'x' }), isNarrow({ find: '', by: 'm' })]).toEqual([false, true])
})
