// The part of a channel that is in hand: pages are put together, and it never grows past a bound, however long the channel.
import type { Message } from './types'

/** The most messages that are held and drawn at once. */
export const MOST = 180

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

/**
 * Takes in what was just said: here, or in threads whose first message is in hand. What came late goes to its time; what
 * is older than all in hand is found by scrolling up.
 */
export function withFresh(hand: Hand, here: readonly Message[], inThreads: readonly Message[], most = MOST): Hand {
  const have = new Set(hand.messages.map(message => message.id))
  const first = hand.messages[0]
  const fresh = here.filter(message => !have.has(message.id) && !(hand.older && first !== undefined && message.at_ms < first.at_ms))
  if (hand.newer) return hand
  let messages = hand.messages
  if (fresh.length > 0) {
    messages = [...messages, ...fresh]
    const late = fresh.some(message => message.at_ms < (hand.messages.at(-1)?.at_ms ?? 0))
    if (late) messages.sort((a, b) => a.at_ms - b.at_ms)
  }
  for (const { thread, at_ms } of inThreads) {
    messages = messages.map(root => (root.id === thread ? { ...root, replies: { count: root.replies.count + 1, last_ms: at_ms } } : root))
  }
  return { messages: messages.slice(Math.max(0, messages.length - most)), older: hand.older || messages.length > most, newer: false }
}
