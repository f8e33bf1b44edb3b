// Reach in words, and the QR code.
import { describe, expect, it } from 'vitest'
import type { DeviceRow } from '../../gen/DeviceRow'
import { qrOf } from '../../shell/qr/make'
import { isNearby, reachOf } from './reach'
import { dayAndTime, dayOnly } from './when'

const NOW = new Date(2026, 4, 3, 12, 0).getTime()
const HOUR = 3_600_000

function device(more: Partial<DeviceRow>): DeviceRow {
  return { device: 'd', this: false, belongs: true, reached: false, direct: false, via: '', rtt_ms: 0, heard_ms: 0, lacks: null, has_more: false, addresses: [], ...more }
}

describe('how a person can be reached', () => {
  it('is the best way to one of their devices', () => {
    const relayed = device({ reached: true, via: 'relay:https://relay.example', rtt_ms: 40 })
    const near = device({ reached: true, direct: true, via: '192.168.1.4:4242', rtt_ms: 2.4 })
    expect(reachOf([relayed], NOW)).toEqual({ up: true, state: 'Reachable now', path: 'through a relay, 40 ms' })
    expect(reachOf([relayed, near], NOW).path).toBe('on the same network, 2 ms')
  })
  it('or when one of them was last heard of', () => {
    expect(reachOf([device({ heard_ms: NOW - 3 * HOUR }), device({ heard_ms: NOW - 9 * HOUR })], NOW).state).toBe('Last heard from 3 hours ago')
    expect(reachOf([device({})], NOW).state).toBe('Not heard from yet')
    expect(reachOf([device({ reached: true, belongs: false })], NOW).up).toBe(false)
  })
  it('tells one’s own network from the Internet', () => {
    for (const via of ['10.0.0.1:1', '172.20.3.4:1', '127.0.0.1:9', '[fe80::1]:2', '[::1]:2', '[::ffff:192.168.0.2]:3']) expect(isNearby(via)).toBe(true)
    for (const via of ['172.32.0.1:1', '8.8.8.8:1', '[2001:db8::1]:2']) expect(isNearby(via)).toBe(false)
  })
})

describe('days', () => {
  it('are said with their date, unless it is today', () => {
    expect(dayOnly(NOW, 'today', NOW)).toBe('today')
    expect(dayOnly(NOW - 48 * HOUR, 'today', NOW)).toMatch(/\b1\b/)
    expect(dayAndTime(NOW + 7 * 24 * HOUR, NOW)).toMatch(/\b10\b/)
    expect(dayAndTime(NOW + 400 * 24 * HOUR, NOW)).toContain('2027')
  })
})

describe('the QR code', () => {
  it('is one path within its square', () => {
    const { side, path } = qrOf(`skein:${'a'.repeat(320)}`)
    expect(side).toBeGreaterThan(40)
    expect(path).toMatch(/^(?:M\d+ \d+h\d+v1H\d+z)+$/)
  })
})
