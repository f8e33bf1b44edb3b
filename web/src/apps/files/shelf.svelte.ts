// What is shared in a community, as far as it was asked for; asked again whenever it changes.
import { type Trouble, troubleOf } from '../../shell/door'
import { skein } from '../../shell/state.svelte'
import { list, sole } from './ask'
import type { Only, Share } from '../../shell/files/types'

const SETTLE_MS = 150

export class Shelf {
  shares: Share[] = $state.raw([])
  /** Those that hang by one member's devices. */
  only: Map<string, Only> = $state.raw(new Map<string, Only>())
  more = $state(false)
  known = $state(false)
  trouble: Trouble | null = $state(null)
  #pattern = ''
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #stop: () => void

  constructor(readonly community: string) {
    this.#stop = skein.onChange({ kind: 'object', community, app: 'files' }, () => this.soon())
    void this.load()
  }

  stop(): void {
    this.#stop()
    clearTimeout(this.#timer)
  }

  search(pattern: string): void {
    this.#pattern = pattern.trim()
    this.soon()
  }

  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.load()
    }, SETTLE_MS)
  }

  async load(): Promise<void> {
    const pattern = this.#pattern
    try {
      const [listed, only] = await Promise.all([list(this.community, pattern), sole(this.community)])
      // Somebody typed on while this was asked.
      if (pattern !== this.#pattern) return
      this.shares = listed.shares
      this.more = listed.more
      this.only = only
      this.known = true
      this.trouble = null
    } catch (error) {
      this.trouble = troubleOf(error)
    }
  }
}
