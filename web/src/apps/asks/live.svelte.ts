// An answer that stays true: asked when it is first wanted, and again whenever something changed in the asks.
import { type Trouble, troubleOf } from '../../shell/door'
import { skein } from '../../shell/state.svelte'
import { ASKS } from './asked'

const SETTLE_MS = 150
/** What depends on the clock alone is asked again so often: a date that passes changes an ask. */
const CLOCK_MS = 60_000

const all = new Set<{ soon: () => void }>()

/** Asks everything that is shown again: what stays on this device changes without a word to anybody. */
export function renew(): void {
  for (const live of all) live.soon()
}

export class Live<T> {
  value: T | null = $state.raw(null)
  trouble: Trouble | null = $state.raw(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  #round = 0
  readonly #clock: ReturnType<typeof setInterval>
  readonly #stops: (() => void)[]

  constructor(
    community: string,
    readonly question: () => Promise<T>,
  ) {
    this.#stops = [
      skein.onChange({ kind: 'object', community, app: ASKS }, () => this.soon()),
      // Somebody has another name, or was heard of again.
      skein.onChange({ kind: 'members', community }, () => this.soon()),
    ]
    all.add(this)
    this.#clock = setInterval(() => void this.load(), CLOCK_MS)
    void this.load()
  }

  stop(): void {
    all.delete(this)
    for (const stop of this.#stops) stop()
    clearTimeout(this.#timer)
    clearInterval(this.#clock)
  }

  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.load()
    }, SETTLE_MS)
  }

  async load(): Promise<void> {
    const round = ++this.#round
    try {
      const value = await this.question()
      // It was asked again meanwhile.
      if (round !== this.#round) return
      this.value = value
      this.trouble = null
    } catch (error) {
      if (round === this.#round) this.trouble = troubleOf(error)
    }
  }
}
