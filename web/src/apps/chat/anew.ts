// When a channel that is open is looked at again: soon after something changed, and as a whole at most so often while people talk.

const SETTLE_MS = 60
/** Everything in hand is asked anew at most so often while people talk. */
export const WHOLE_MS = 1_500

export class Anew {
  #soon: ReturnType<typeof setTimeout> | undefined
  #whole: ReturnType<typeof setTimeout> | undefined
  #wholeAt = 0

  constructor(
    /** Asks for what has come since. */
    readonly refresh: () => void,
    /** Asks for everything in hand. */
    readonly again: () => void,
  ) {}

  /** Something changed: looks soon, once for several changes. `missed`: nobody knows what. */
  heard(missed: boolean): void {
    if (missed) return this.whole(0)
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.refresh()
    }, SETTLE_MS)
  }

  whole(ms: number): void {
    if (this.#whole !== undefined && ms > 0) return
    clearTimeout(this.#whole)
    const wait = Math.max(ms, this.#wholeAt + WHOLE_MS / 3 - performance.now())
    this.#whole = setTimeout(() => {
      this.#whole = undefined
      this.#wholeAt = performance.now()
      this.again()
    }, wait)
  }

  stop(): void {
    clearTimeout(this.#soon)
    clearTimeout(this.#whole)
  }
}
