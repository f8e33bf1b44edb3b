// Reads pages of a channel or thread: the newest, around a message, and where the first unread one is.
import { read, show } from './ask'
import { readUntil } from './draft'
import { firstUnread } from './group'
import type { Hand } from './pages'
import type { Page, ReadWanted } from './types'

export const PAGE = 60
const AROUND = 40
const MOST_A_PAGE = 500
/** No further back than this is the first unread one looked for. */
const MOST_LOOKED_THROUGH = 1_000

export type Wanted = Omit<ReadWanted, 'channel' | 'thread'>

/** A newest page that was asked for before anybody could show it. */
let early: { place: string; page: Promise<Page> } | null = null

/** Asks for a channel's newest page at once: for a page that is opened at it, before the list of channels is known. */
export function readEarly(community: string, channel: string): void {
  if (!/^[a-z2-7]{52}$/.test(channel)) return
  const page = read(community, { channel, limit: PAGE })
  page.catch(() => undefined)
  early = { place: `${community} ${channel}`, page }
}

export class Reader {
  constructor(
    readonly community: string,
    readonly channel: string,
    readonly thread: string | null,
  ) {}

  async read(wanted: Wanted): Promise<Page> {
    const thread = this.thread === null ? {} : { thread: this.thread }
    const page = await read(this.community, { channel: this.channel, ...thread, ...wanted })
    // A thread's first page begins with its root, which is shown apart.
    return this.thread === null ? page : { ...page, messages: page.messages.filter(message => message.id !== this.thread) }
  }

  /** The newest page. */
  newest(): Promise<Page> {
    const ready = this.thread === null && early?.place === `${this.community} ${this.channel}` ? early.page : null
    early = null
    return ready ?? this.read({ limit: PAGE })
  }

  async around(at: string): Promise<Hand> {
    const [before, message, after] = await Promise.all([
      this.read({ limit: AROUND, before: at }),
      show(this.community, at),
      this.read({ limit: AROUND, after: at }),
    ])
    return { messages: [...before.messages, message, ...after.messages], older: before.more, newer: after.more }
  }

  /** The first message after the read mark, going back from the newest page as far as there are unread ones. */
  async firstUnread(newest: Page): Promise<string | null> {
    const { id, unread } = newest.channel
    if (this.thread !== null || unread === 0) return null
    const readMs = readUntil(this.community, id)
    let { messages, more } = newest
    for (;;) {
      const first = firstUnread(messages, unread, readMs)
      const isOldest = first === messages.find(message => !message.mine && message.text !== null)?.id
      if (first === null || !isOldest || !more || messages.length >= MOST_LOOKED_THROUGH) return first
      const page = await this.read({ limit: MOST_A_PAGE, before: messages[0]?.id ?? '' })
      messages = [...page.messages, ...messages]
      more = page.more
    }
  }
}
