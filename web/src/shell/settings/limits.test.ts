import { expect, test } from 'vitest'
import { clockOf, megabytes, minuteOf, rateOf } from './limits'

test('rates are megabytes in the field, and nothing is no limit', () => {
  expect([megabytes(1_500_000), megabytes(null)]).toEqual(['1.5', ''])
  expect([rateOf('1.5'), rateOf('0,5'), rateOf(' '), rateOf('2')]).toEqual([1_500_000, 500_000, null, 2_000_000])
  for (const text of ['fast', '-1', '1e9', '0', '1.2.3']) expect(rateOf(text)).toBeUndefined()
})

test('times go there and back', () => {
  for (const minute of [0, 5, 480, 1_439]) expect(minuteOf(clockOf(minute))).toBe(minute)
  expect(minuteOf('')).toBe(0)
})
