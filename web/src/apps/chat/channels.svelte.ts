// The channels of a community, asked once and again whenever something is said; the sidebar and the screen share them.
import { type Trouble, troubleOf } from '../../shell/door'
import { skein } from '../../shell/state.svelte'
import { channels } from './ask'
import type { ChannelInfo } from './types'

const SETTLE_MS = 120
/** Counting what is unread takes a while: not more often than this, however many talk. */
const REST_MS = 600

class ChannelBook {
  list: ChannelInfo[] = $state.raw([])
  known = $state(false)
  trouble: Trouble | null = $state(null)
  #asked = -REST_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(readonly community: string) {
    skein.onChange({ kind: 'object', community, app: 'chat' }, () => this.soon())
    queueMicrotask(() => void this.load())
  }

  /** Several changes in a row ask once. */
  soon(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        this.#asked = performance.now()
        void this.load()
      },
      Math.max(SETTLE_MS, this.#asked + REST_MS - performance.now()),
    )
  }

  async load(): Promise<void> {
    try {
      this.list = await channels(this.community)
      this.known = true
      this.trouble = null
    } catch (error) {
      this.trouble = troubleOf(error)
    }
  }

  /** The next channel in that direction, around the end; with something unread in it, if that is wanted. */
  beside(channel: string, step: number, unread: boolean): ChannelInfo | undefined {
    const open = this.list.filter(info => !info.archived)
    const at = open.findIndex(info => info.id === channel)
    for (let i = 1; i < open.length; i++) {
      const info = open[(at + step * i + open.length * i) % open.length]
      if (info !== undefined && (!unread || info.unread > 0)) return info
    }
    return undefined
  }

  find(channel: string): ChannelInfo | undefined {
    return this.list.find(info => info.id === channel || info.name === channel)
  }
}

const books = new Map<string, ChannelBook>()

export function channelsOf(community: string): ChannelBook {
  let book = books.get(community)
  if (book === undefined) {
    book = new ChannelBook(community)
    books.set(community, book)
  }
  return book
}
