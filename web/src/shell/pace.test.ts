// Costly questions are asked soon after a change, and never often.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paced } from './pace'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('many changes ask once, and again only when it is time', () => {
  const act = vi.fn()
  const pace = paced(act, 1_000, 30_000)
  pace.soon()
  pace.soon()
  vi.advanceTimersByTime(1_000)
  expect(act).toHaveBeenCalledTimes(1)
  pace.soon()
  vi.advanceTimersByTime(29_000)
  expect(act).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1_000)
  expect(act).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(60_000)
  expect(act).toHaveBeenCalledTimes(2)
  pace.soon()
  pace.stop()
  vi.advanceTimersByTime(60_000)
  expect(act).toHaveBeenCalledTimes(2)
})
