// A channel or a thread while it is open: the messages in hand, older and newer ones, and what comes live.
import { Trouble } from '../../shell/door'
import { skein } from '../../shell/state.svelte'
import { read, show } from './ask'
import { readUntil } from './draft'
import { firstUnread } from './group'
import { MOST, reuse, withNewer, withOlder } from './pages'
import type { ChannelInfo, Message, Page, ReadWanted } from './types'

const PAGE = 60
const AROUND = 40
const MOST_A_PAGE = 500
const SETTLE_MS = 80

export class Talk {
  messages: Message[] = $state.raw([])
  older = $state(false)
  newer = $state(false)
  info: ChannelInfo | null = $state.raw(null)
  /** The message whose thread it is. */
  root: Message | null = $state.raw(null)
  /** Before which message the line "new" stands. */
  firstNew: string | null = $state(null)
  opened = $state(false)
  trouble: Trouble | null = $state(null)
  /** Whether whoever looks at it sees the newest now: what comes then is not new to them. */
  watched: () => boolean = () => false
  #busy: Promise<void> | null = null
  #again = false
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #stop: () => void

  constructor(
    readonly community: string,
    readonly channel: string,
    readonly thread: string | null = null,
  ) {
    this.#stop = skein.onChange({ kind: 'object', community, app: 'chat', object: channel }, () => this.soon())
  }

  stop(): void {
    this.#stop()
    clearTimeout(this.#timer)
  }

  /** Reads the newest, or what is around a message. */
  async open(at: string | null): Promise<void> {
    await this.#alone(async () => {
      if (this.thread !== null) this.root = await show(this.community, this.thread)
      if (at !== null) return this.#around(at)
      const page = await this.#read({ limit: PAGE })
      const unread = page.channel.unread
      if (this.thread !== null || unread === 0) return this.#hold(page.messages, page.more, false)
      const first = await this.#firstUnread(page, unread)
      if (first !== null && !page.messages.some(message => message.id === first)) await this.#around(first)
      else this.#hold(page.messages, page.more, false)
      this.firstNew = first
    })
    this.opened = true
  }

  /** Reads the newest, wherever the line "new" is. */
  toNewest(): Promise<void> {
    return this.#alone(async () => {
      const page = await this.#read({ limit: PAGE })
      this.#hold(page.messages, page.more, false)
    })
  }

  loadOlder(): Promise<void> {
    return this.#alone(async () => {
      const first = this.messages[0]
      if (!this.older || first === undefined) return
      const page = await this.#read({ limit: PAGE, before: first.id })
      this.#take(withOlder(this, page.messages, page.more))
    })
  }

  loadNewer(): Promise<void> {
    return this.#alone(async () => {
      const last = this.messages.at(-1)
      if (!this.newer || last === undefined) return
      const page = await this.#read({ limit: PAGE, after: last.id })
      this.#take(withNewer(this, page.messages, page.more))
    })
  }

  /** Something changed: asks anew soon, once for several changes. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.refresh()
    }, SETTLE_MS)
  }

  /** Asks anew for what is in hand, and for what has come since. */
  async refresh(): Promise<void> {
    if (!this.opened) return
    if (this.#busy !== null) {
      this.#again = true
      return
    }
    await this.#alone(async () => {
      if (this.thread !== null) this.root = await show(this.community, this.thread)
      const last = this.messages.at(-1)
      if (this.newer && last !== undefined) {
        const page = await this.#read({ limit: Math.max(1, this.messages.length - 1), before: last.id })
        const newest = await show(this.community, last.id)
        this.messages = reuse(this.messages, [...page.messages, newest])
        return
      }
      const page = await this.#read({ limit: Math.min(MOST, this.messages.length + PAGE) })
      const from = page.messages.findIndex(message => message.id === this.messages[0]?.id)
      const seen = new Set(this.messages.map(message => message.id))
      const come = page.messages.slice(Math.max(0, from)).find(message => !seen.has(message.id) && !message.mine)
      if (come !== undefined && !this.watched()) this.firstNew ??= come.id
      this.#hold(page.messages.slice(Math.max(0, from)), from > 0 || page.more, false)
    })
  }

  async #firstUnread(newest: Page, unread: number): Promise<string | null> {
    const readMs = readUntil(this.community, newest.channel.id)
    let messages = newest.messages
    let more = newest.more
    for (;;) {
      const first = firstUnread(messages, unread, readMs)
      if (first === null || first !== messages.find(message => !message.mine && message.text !== null)?.id || !more) return first
      if (messages.length >= 2 * MOST_A_PAGE) return first
      const page = await this.#read({ limit: MOST_A_PAGE, before: (messages[0] as Message).id })
      messages = [...page.messages, ...messages]
      more = page.more
    }
  }

  async #around(at: string): Promise<void> {
    const message = await show(this.community, at)
    if (message.id === this.thread) {
      const page = await this.#read({ limit: PAGE })
      return this.#hold(page.messages, page.more, false)
    }
    const [before, after] = await Promise.all([
      this.#read({ limit: AROUND, before: message.id }),
      this.#read({ limit: AROUND, after: message.id }),
    ])
    this.#hold([...before.messages, message, ...after.messages], before.more, after.more)
  }

  async #read(wanted: Omit<ReadWanted, 'channel' | 'thread'>): Promise<Page> {
    const thread = this.thread === null ? {} : { thread: this.thread }
    const page = await read(this.community, { channel: this.channel, ...thread, ...wanted })
    this.info = page.channel
    // A thread's first page begins with its root, which is shown apart.
    return this.thread === null ? page : { ...page, messages: page.messages.filter(message => message.id !== this.thread) }
  }

  #hold(messages: Message[], older: boolean, newer: boolean): void {
    this.#take({ messages: reuse(this.messages, messages), older, newer })
  }

  #take(hand: { messages: Message[]; older: boolean; newer: boolean }): void {
    this.messages = hand.messages
    this.older = hand.older
    this.newer = hand.newer
  }

  /** One thing at a time: pages are put together in the order in which they are asked. */
  async #alone(act: () => Promise<void>): Promise<void> {
    while (this.#busy !== null) await this.#busy
    this.#busy = act().then(
      () => {
        this.trouble = null
      },
      (error: unknown) => {
        this.trouble = error instanceof Trouble ? error : new Trouble('failed', String(error))
      },
    )
    await this.#busy
    this.#busy = null
    if (this.#again) {
      this.#again = false
      this.soon()
    }
  }
}
