// How a person can be reached, in words.
import type { DeviceRow } from '../../gen/DeviceRow'
import { ago } from '../../shell/ui/time'
import { words } from './words'

export interface Reach {
  up: boolean
  /** "Reachable now", "Last heard from yesterday". */
  state: string
  /** "on the same network, 3 ms"; empty if it is not reached. */
  path: string
}

/** Whether an address like `192.168.1.4:4242` or `[fe80::1]:4242` is of a network of one's own. */
export function isNearby(via: string): boolean {
  const host = via.replace(/:\d+$/, '').replace(/^\[|\]$/g, '').replace(/^::ffff:/, '')
  if (host.includes(':')) return host === '::1' || /^(?:fe[89ab]|f[cd])/i.test(host)
  return /^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(host)
}

export function pathOf(device: DeviceRow): string {
  if (device.this) return words.reach.this
  if (!device.reached) return ''
  const way = !device.direct ? words.reach.relay : isNearby(device.via) ? words.reach.sameNetwork : words.reach.direct
  return device.rtt_ms > 0 ? `${way}, ${words.reach.ms(Math.max(1, Math.round(device.rtt_ms)))}` : way
}

/** A person by all their devices: the best way to them, or when one of them was last heard of. */
export function reachOf(devices: readonly DeviceRow[], now = Date.now()): Reach {
  const belonging = devices.filter(device => device.belongs)
  const up = belonging.filter(device => device.reached).sort((a, b) => Number(b.direct) - Number(a.direct) || a.rtt_ms - b.rtt_ms)[0]
  if (up !== undefined) return { up: true, state: words.reach.now, path: pathOf(up) }
  const heard = Math.max(0, ...belonging.map(device => device.heard_ms))
  return { up: false, state: heard === 0 ? words.reach.never : words.reach.heard(ago(heard, now)), path: '' }
}
