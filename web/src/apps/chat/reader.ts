// Reads pages of a channel or thread: the newest, around a message, and where the first unread one is.
import { read, show } from './ask'
import { PAGE } from './asked'
import { firstUnread } from './group'
import type { Hand } from './pages'
import type { Page, ReadWanted } from './types'

const AROUND = 40
const MOST_A_PAGE = 500
/** No further back than this is the first unread one looked for. */
const MOST_LOOKED_THROUGH = 1_000

export type Wanted = Omit<ReadWanted, 'channel' | 'thread'>

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
    return this.read({ limit: PAGE })
  }

  async around(at: string): Promise<Hand> {
    const [before, message, after] = await Promise.all([
      this.read({ limit: AROUND, before: at }),
      show(this.community, at),
      this.read({ limit: AROUND, after: at }),
    ])
    return { messages: [...before.messages, message, ...after.messages], older: before.more, newer: after.more }
  }

  /** The first message after what was read, going back from the newest page as far as there are unread ones. */
  async firstUnread(newest: Page): Promise<string | null> {
    const { unread } = newest.channel
    if (this.thread === null && unread === 0) return null
    let { messages, more } = newest
    for (;;) {
      const first = firstUnread(messages, this.thread === null ? unread : messages.length, newest.read_ms)
      const isOldest = first === messages.find(message => !message.mine && message.text !== null)?.id
      if (first === null || !isOldest || !more || messages.length >= MOST_LOOKED_THROUGH) return first
      const page = await this.read({ limit: MOST_A_PAGE, before: messages[0]?.id ?? '' })
      messages = [...page.messages, ...messages]
      more = page.more
    }
  }
}
