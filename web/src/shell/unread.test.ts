// What needs a person, in one number.
import { expect, test } from 'vitest'
import type { CommunityRow } from '../gen/CommunityRow'
import { elsewhere, needsMe, short, titleOf } from './unread'

const row = (community: string, unread: number, mentions = 0, direct = '') => ({ community, unread, mentions, direct }) as CommunityRow

test('what calls me by name, and all that is said to me alone, needs me', () => {
  const rows = [row('a', 12, 1), row('b', 3), row('c', 2, 0, 'Ben')]
  expect(needsMe(rows)).toBe(3)
  expect(needsMe(rows, 1)).toBe(4)
  expect(titleOf('Talk', rows)).toBe('(3) Talk')
  expect(titleOf('Talk', [row('a', 12)])).toBe('• Talk')
  expect(titleOf('Talk', [row('a', 0)])).toBe('Talk')
  expect([elsewhere(rows, 'a'), elsewhere(rows, 'b'), elsewhere([row('a', 1), row('c', 2, 0, 'Ben')], 'a')]).toEqual([true, true, false])
  expect([short(99), short(100)]).toEqual(['99', '99+'])
})
