// Says what was read: to Skein, once a pause however many talk; and to this browser, for what is marked at once.
import { markRead } from './ask'
import { keepReadUntil } from './draft'
import { threadRead } from './reads.svelte'
import type { Talk } from './talk.svelte'

const READ_PAUSE_MS = 600

export class Marking {
  #timer: ReturnType<typeof setTimeout> | undefined
  #newestMs = 0

  constructor(
    readonly talk: Talk,
    /** How Skein is asked for the channel. */
    readonly refer: string,
  ) {}

  /** The newest that is in sight, in a window that somebody looks at; 0: none is. */
  seen(newestMs: number): void {
    const { talk } = this
    const { community, channel, thread } = talk
    this.#newestMs = newestMs
    if (newestMs === 0) return
    if (thread !== null) threadRead(community, thread, newestMs)
    else keepReadUntil(community, channel, newestMs)
    if (thread === null ? !talk.info?.unread : newestMs <= talk.readMs) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const until = this.#newestMs
      if (until > 0) markRead(community, this.refer, thread).then(() => talk.wasRead(until), () => {})
    }, READ_PAUSE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
