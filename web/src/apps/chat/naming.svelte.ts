// The names that could be meant after an `@` while it is written: shown, chosen by the arrows, put in.
import { type Calling, callingAt, candidates, complete } from './mention'
import type { Person } from './types'

export class Naming {
  chosen = $state(0)
  #calling: Calling | null = $state.raw(null)
  readonly shown: Person[] = $derived.by(() => (this.#calling === null ? [] : candidates(this.people(), this.#calling.begun)))

  constructor(readonly people: () => readonly Person[]) {}

  /** Looks what is being called at the cursor. */
  look(text: string, field: { selectionStart: number; selectionEnd: number }): void {
    const now = field.selectionStart === field.selectionEnd ? callingAt(text, field.selectionStart) : null
    if (now?.begun !== this.#calling?.begun || now?.at !== this.#calling?.at) this.chosen = 0
    this.#calling = now
  }

  end(): void {
    this.#calling = null
  }

  /** The text with the name put in, and where the cursor is then; null: nobody was being called. */
  put(text: string, person: Person): { text: string; cursor: number } | null {
    if (this.#calling === null) return null
    const done = complete(text, this.#calling, person.name)
    this.end()
    return done
  }

  /** What a key means while names are shown: who is put in, or that something moved; null: nothing. */
  pressed(key: string): Person | 'moved' | null {
    const { shown } = this
    if (shown.length === 0) return null
    const step = { ArrowDown: 1, ArrowUp: -1 }[key]
    if (step !== undefined) this.chosen = (this.chosen + step + shown.length) % shown.length
    else if (key === 'Enter' || key === 'Tab') return shown[this.chosen] ?? null
    else if (key === 'Escape') this.end()
    else return null
    return 'moved'
  }
}
