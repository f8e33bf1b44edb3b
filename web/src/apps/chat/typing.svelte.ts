// Who is writing just now: said to those who are connected, and kept nowhere.
import { request } from '../../shell/door'
import { skein } from '../../shell/state.svelte'

/** Whoever goes on writing says so again after this. */
const AGAIN_MS = 3_000
/** Nobody is thought to be writing for longer than this without saying so again. */
const GONE_MS = 6_500

export interface Writer {
  member: string
  name: string
}

export class Typing {
  writers: Writer[] = $state.raw([])
  #said = 0
  readonly #ends = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #stop: () => void

  /** `thread` is the thread's first message, or empty for the channel itself. */
  constructor(
    readonly community: string,
    readonly channel: string,
    readonly thread: string,
  ) {
    this.#stop = skein.onChange({ kind: 'signal', community, app: 'chat', object: channel }, change => {
      if (change !== 'lagged' && 'signal' in change) this.#heard(change.signal.from, change.signal.text)
    })
  }

  stop(): void {
    this.#stop()
    for (const timer of this.#ends.values()) clearTimeout(timer)
    if (this.#said > 0) this.#say('still')
  }

  /** I have written something, or taken all of it away again. */
  wrote(text: string): void {
    if (text.trim() === '') return this.sent()
    if (performance.now() - this.#said < AGAIN_MS && this.#said > 0) return
    this.#said = performance.now()
    this.#say('writing')
  }

  /** Nothing is being written any more. */
  sent(): void {
    if (this.#said > 0) this.#say('still')
    this.#said = 0
  }

  #say(what: 'writing' | 'still'): void {
    const text = `${what} ${this.thread}`.trim()
    // It is only a courtesy: nothing depends on it.
    void request({ signal: { community: this.community, app: 'chat', object: this.channel, text } }).catch(() => {})
  }

  #heard(device: string, text: string): void {
    const [what, thread = ''] = text.split(' ')
    if (thread !== this.thread) return
    const member = skein.members(this.community).find(member => member.devices.some(row => row.device === device))
    if (member === undefined || member.you || !member.belongs) return
    clearTimeout(this.#ends.get(member.member))
    const others = this.writers.filter(writer => writer.member !== member.member)
    if (what !== 'writing') {
      this.writers = others
      return
    }
    this.writers = [...others, { member: member.member, name: member.name }]
    const end = () => (this.writers = this.writers.filter(writer => writer.member !== member.member))
    this.#ends.set(member.member, setTimeout(end, GONE_MS))
  }
}
