// A channel or a thread while it is open: the messages in hand, older and newer ones, and what comes live.
import { type Trouble, troubleOf } from '../../shell/door'
import { skein } from '../../shell/state.svelte'
import { Anew, WHOLE_MS } from './anew'
import { show } from './ask'
import { PAGE } from './asked'
import { type Hand, MOST, reuse, withFresh, withNewer, withOlder } from './pages'
import { Reader, type Wanted } from './reader'
import { frame, warm } from './safe'
import type { ChannelInfo, Message, Page } from './types'

/** So many lines of a page are drawn in one frame: more would be felt while scrolling. */
const STEP = 12
/** So many of the newest are drawn at once when a channel is opened: about what a screen holds. */
const SIGHT = 14

const newest = (page: Page): Hand => ({ messages: page.messages, older: page.more, newer: false })

export class Talk {
  messages: Message[] = $state.raw([])
  older = $state(false)
  newer = $state(false)
  info: ChannelInfo | null = $state.raw(null)
  /** Until when it was read, as Skein knows. */
  readMs = $state(0)
  /** The message whose thread it is. */
  root: Message | null = $state.raw(null)
  /** Before which message the line "new" stands. */
  firstNew: string | null = $state(null)
  opened = $state(false)
  trouble: Trouble | null = $state(null)
  /** Whether whoever looks at it sees the newest now: what comes then is not new to them. */
  watched: () => boolean = () => false
  #newest = ''
  #busy: Promise<void> | null = null
  readonly #reader: Reader
  readonly #stop: () => void
  readonly #anew = new Anew(
    () => void this.refresh(),
    () => this.opened && void this.#alone(() => this.#again()),
  )

  constructor(
    readonly community: string,
    readonly channel: string,
    readonly thread: string | null = null,
    refer = channel,
  ) {
    this.#reader = new Reader(community, refer, thread)
    this.#stop = skein.onChange({ kind: 'object', community, app: 'chat', object: channel }, change => this.#anew.heard(change === 'lagged'))
  }

  stop(): void {
    this.#stop()
    this.#anew.stop()
  }

  /** Reads the newest, or what is around a message. */
  async open(at: string | null): Promise<void> {
    const rest: { messages: Message[]; more: boolean } = { messages: [], more: false }
    await this.#alone(async () => {
      const [root, page] = await Promise.all([this.thread === null ? null : show(this.community, this.thread), this.#reader.newest()])
      this.root = root
      this.#told(page)
      if (at !== null && at !== this.thread) return this.#hold(await this.#reader.around(at))
      const first = at === null ? await this.#reader.firstUnread(page) : null
      if (first === null) {
        // What is in sight first, then the rest: the page is there the sooner.
        this.#hold(newest({ ...page, messages: page.messages.slice(-SIGHT), more: page.more || page.messages.length > SIGHT }))
        Object.assign(rest, { messages: page.messages.slice(0, -SIGHT), more: page.more })
      } else if (page.messages.some(message => message.id === first)) this.#hold(newest(page))
      else this.#hold(await this.#reader.around(first))
      this.firstNew = first
    })
    this.opened = true
    if (rest.messages.length > 0) await this.#alone(() => this.#putBefore(rest))
  }

  /** Reads the newest, wherever the line "new" is. */
  toNewest(): Promise<void> {
    return this.#alone(async () => {
      this.#hold(newest(await this.#read({ limit: PAGE })))
    })
  }

  async loadOlder(): Promise<void> {
    if (this.#busy !== null) return
    await this.#alone(async () => {
      const first = this.messages[0]
      if (!this.older || first === undefined) return
      await this.#putBefore(await this.#read({ limit: PAGE, before: first.id }))
    })
  }

  /** Draws older messages before what is in hand, a few in each frame. */
  async #putBefore({ messages, more }: Pick<Page, 'messages' | 'more'>): Promise<void> {
    await warm(messages)
    for (let end = messages.length; end > 0; end -= STEP) {
      await frame()
      this.#take(withOlder(this, messages.slice(Math.max(0, end - STEP), end), more || end > STEP))
    }
    if (messages.length === 0) this.older = more
  }

  async loadNewer(): Promise<void> {
    if (this.#busy !== null) return
    await this.#alone(async () => {
      const last = this.messages.at(-1)
      if (!this.newer || last === undefined) return
      const { messages, more } = await this.#read({ limit: PAGE, after: last.id })
      await warm(messages)
      for (let from = 0; from < messages.length; from += STEP) {
        await frame()
        this.#take(withNewer(this, messages.slice(from, from + STEP), more || from + STEP < messages.length))
      }
      if (messages.length === 0) this.newer = more
    })
  }

  /** Asks for what has come since; and, now or later, whether anything in hand has changed. */
  async refresh(): Promise<void> {
    if (!this.opened) return
    if (this.#newest === '') return this.#anew.whole(0)
    let came = 0
    await this.#alone(async () => {
      const page = await this.#read({ limit: MOST, since: this.#newest })
      came = page.more ? 0 : page.messages.length
      if (!page.more) this.#come(page.messages)
    })
    // If nothing was said, something that is here was edited, pinned, or reacted to.
    this.#anew.whole(came > 0 ? WHOLE_MS : 0)
  }

  #come(messages: readonly Message[]): void {
    const here = messages.filter(message => message.thread === this.thread)
    this.#markNew(here)
    this.#take(withFresh(this, here, messages.filter(message => message.thread !== this.thread)))
  }

  /** The line "new" stands before what others said while nobody looked. */
  #markNew(messages: readonly Message[]): void {
    const known = new Set(this.messages.map(message => message.id))
    const others = messages.find(message => !known.has(message.id) && !message.mine)
    if (others !== undefined && !this.watched()) this.firstNew ??= others.id
  }

  /** Asks anew for everything in hand. */
  async #again(): Promise<void> {
    if (this.thread !== null) this.root = await show(this.community, this.thread)
    const last = this.messages.at(-1)
    if (this.newer && last !== undefined) {
      const page = await this.#read({ limit: Math.max(1, this.messages.length - 1), before: last.id })
      this.messages = reuse(this.messages, [...page.messages, await show(this.community, last.id)])
      return
    }
    const page = await this.#read({ limit: Math.min(MOST, this.messages.length + PAGE) })
    const from = Math.max(0, page.messages.findIndex(message => message.id === this.messages[0]?.id))
    this.#markNew(page.messages.slice(from))
    this.#hold({ messages: page.messages.slice(from), older: from > 0 || page.more, newer: false })
  }

  async #read(wanted: Wanted): Promise<Page> {
    const page = await this.#reader.read(wanted)
    // Where to go on from: only what was read to the end, or from there, is known up to it.
    if (wanted.before === undefined && wanted.after === undefined) return this.#told(page)
    this.info = page.channel
    return page
  }

  /** It was said that it is read up to now. */
  wasRead(ms: number): void {
    this.readMs = Math.max(this.readMs, ms)
    if (this.thread === null && this.info) this.info = { ...this.info, unread: 0, mentions: 0 }
  }

  #told(page: Page): Page {
    this.info = page.channel
    this.readMs = page.read_ms
    this.#newest = page.newest
    return page
  }

  #hold(hand: Hand): void {
    this.#take({ ...hand, messages: reuse(this.messages, hand.messages) })
  }

  #take(hand: Hand): void {
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
        this.trouble = troubleOf(error)
      },
    )
    await this.#busy
    this.#busy = null
  }
}
