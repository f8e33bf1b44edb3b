// The part of a channel that is in hand: pages are put together, and it never grows past a bound, however long the channel.
import type { Message } from './types'

/** The most messages that are held and drawn at once. */
export const MOST = 240

export interface Hand {
  messages: Message[]
  /** Whether there are older ones than these. */
  older: boolean
  /** Whether there are newer ones than these. */
  newer: boolean
}

/** Takes over the objects that have not changed: what is drawn from them need not be drawn again. */
export function reuse(before: readonly Message[], now: readonly Message[]): Message[] {
  const known = new Map(before.map(message => [message.id, message]))
  return now.map(message => {
    const old = known.get(message.id)
    return old !== undefined && JSON.stringify(old) === JSON.stringify(message) ? old : message
  })
}

/** Puts an older page before what is in hand; what is too much goes from the end. */
export function withOlder(hand: Hand, page: readonly Message[], more: boolean, most = MOST): Hand {
  const have = new Set(hand.messages.map(message => message.id))
  const all = [...page.filter(message => !have.has(message.id)), ...hand.messages]
  return { messages: all.slice(0, most), older: more, newer: hand.newer || all.length > most }
}

/** Puts a newer page after what is in hand; what is too much goes from the beginning. */
export function withNewer(hand: Hand, page: readonly Message[], more: boolean, most = MOST): Hand {
  const have = new Set(hand.messages.map(message => message.id))
  const all = [...hand.messages, ...page.filter(message => !have.has(message.id))]
  return { messages: all.slice(Math.max(0, all.length - most)), older: hand.older || all.length > most, newer: more }
}
