// Reads pages of a channel or thread: the newest, around a message, and where the first unread one is.
import type { Hit } from '../../gen/Hit'
import type { MemberRow } from '../../gen/MemberRow'
import { request } from '../../shell/door'
import { feedOf } from '../../shell/home/ask'
import { read, show } from './ask'
import { CHAT, PAGE } from './asked'
import { readUntil } from './draft'
import { firstUnread } from './group'
import type { Hand } from './pages'
import { OPENED, threadReadUntil } from './reads.svelte'
import type { Page, ReadWanted } from './types'

const AROUND = 40
const MOST_A_PAGE = 500
/** So far back what Skein counts as unread is looked for. */
const MOST_FED = 200
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
    const readMs = await this.#readUntil(newest)
    let { messages, more } = newest
    for (;;) {
      const first = firstUnread(messages, this.thread === null ? unread : messages.length, readMs)
      const isOldest = first === messages.find(message => !message.mine && message.text !== null)?.id
      if (first === null || !isOldest || !more || messages.length >= MOST_LOOKED_THROUGH) return first
      const page = await this.read({ limit: MOST_A_PAGE, before: messages[0]?.id ?? '' })
      messages = [...page.messages, ...messages]
      more = page.more
    }
  }

  /**
   * Until when this channel or thread was read: here, or in another browser of this person. Skein counts for a channel and all of
   * its threads together, so what it counts is found among the newest of both.
   */
  async #readUntil(newest: Page): Promise<number> {
    const { id, unread } = newest.channel
    const here = this.thread === null ? readUntil(this.community, id) : threadReadUntil(this.community, this.thread)
    if (unread === 0) return this.thread === null ? here : here || OPENED
    if (this.thread !== null && here > 0) return here
    const { community } = this
    const [feed, members] = await Promise.all([request<Hit[]>(feedOf(community, MOST_FED)), request<MemberRow[]>({ members: { community } })])
    const me = members.find(member => member.you)?.member
    const others = feed.filter(hit => hit.app === CHAT && hit.object === id && hit.member !== me).sort((a, b) => b.at_ms - a.at_ms)
    return Math.max(here, (others[unread - 1]?.at_ms ?? 0) - 1)
  }
}
