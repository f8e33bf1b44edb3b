// Until when threads were read in this browser: what is newer is marked. Channels are counted by Skein itself.
import { SvelteMap } from 'svelte/reactivity'
import { keepReadUntil, readUntil } from './draft'
import type { Message } from './types'

export const OPENED = Date.now()
const reads = new SvelteMap<string, number>()

/** A thread was read up to a time. */
export function threadRead(community: string, thread: string, ms: number): void {
  if (ms <= threadReadUntil(community, thread)) return
  reads.set(thread, ms)
  keepReadUntil(community, thread, ms)
}

/** Until when a thread was read in this browser; 0 if nobody knows. */
const threadReadUntil = (community: string, thread: string) => reads.get(thread) ?? readUntil(community, thread)

/** Whether others replied in a message's thread since it was looked at; of one never looked at, what came since the page was opened counts. */
export function hasNewReplies(community: string, message: Message): boolean {
  const { count, last_ms } = message.replies
  if (count === 0 || last_ms === null) return false
  return last_ms > (threadReadUntil(community, message.id) || OPENED)
}
