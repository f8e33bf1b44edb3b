// When a person is told of something, and when they are left in peace.
import { describe, expect, test } from 'vitest'
import { isQuiet, tells, type Quiet } from './quiet'

const at = (hours: number, minutes = 0) => new Date(2026, 10, 22, hours, minutes)
const night: Quiet = { on: true, from: '22:00', to: '07:00' }
const noon: Quiet = { on: true, from: '12:00', to: '13:30' }

describe('quiet hours', () => {
  test('may go over midnight', () => {
    expect([at(21, 59), at(22), at(0), at(6, 59), at(7)].map(now => isQuiet(night, now))).toEqual([false, true, true, true, false])
  })
  test('or lie within a day', () => {
    expect([at(11, 59), at(12), at(13, 29), at(13, 30)].map(now => isQuiet(noon, now))).toEqual([false, true, true, false])
  })
  test('are the whole day from a time to the same time', () => {
    expect(isQuiet({ on: true, from: '08:00', to: '08:00' }, at(15))).toBe(true)
  })
  test('are none if they are off, or no times', () => {
    expect([isQuiet({ ...night, on: false }, at(23)), isQuiet({ on: true, from: '25:00', to: 'x' }, at(23))]).toEqual([false, false])
  })
})

test('what is for me is told, everything only to those who want it', () => {
  const other = { forMe: false, muted: false }
  const mine = { forMe: true, muted: false }
  expect(tells('mentions', mine, night, at(12))).toBe(true)
  expect(tells('mentions', other, night, at(12))).toBe(false)
  expect(tells('all', other, night, at(12))).toBe(true)
  expect(tells('all', { forMe: true, muted: true }, night, at(12))).toBe(false)
  expect(tells('all', mine, night, at(23))).toBe(false)
  expect(tells('off', mine, night, at(12))).toBe(false)
})
