// Does what the buttons say: one thing at a time, with a word when it is done, and a window where one is needed first.
import { skein } from '../../shell/state.svelte'
import { act, show } from './ask'
import { renew } from './live.svelte'
import { contestedIn, firstOf, isAhead, isSimple } from './may'
import type { AskRow, Command, Todo } from './types'
import { type Window, Windows } from './windows'
import { words } from './words'

export class Doer {
  /** What is being done. */
  busy = $state('')
  window: Window | null = $state.raw(null)
  /** What is being promised: with its own window. */
  taking: { ask: AskRow; part: number } | null = $state.raw(null)
  readonly windows: Windows

  constructor(readonly community: string) {
    this.windows = new Windows(community)
  }

  /** Runs it, unless it runs already. */
  async run(key: string, what: () => Promise<unknown>): Promise<void> {
    if (this.busy !== '') return
    this.busy = key
    try {
      await what()
    } catch (error) {
      skein.complain(error)
    } finally {
      this.busy = ''
      renew()
    }
  }

  tell(key: string, command: Command, said: string, undo?: Command): Promise<void> {
    return this.run(key, async () => {
      await act(this.community, command)
      skein.toast(said, undo ? { undo: () => void this.tell(key, undo, words.now.undone) } : {})
    })
  }

  /** Takes it at once if that needs no more than a tap; otherwise asks how much. */
  async take(ask: AskRow, part = 1): Promise<void> {
    if (!isSimple(ask)) {
      this.taking = { ask, part }
      return
    }
    await this.run(`take ${ask.id}`, async () => {
      const { event } = await act(this.community, { take: { ask: ask.id, part } })
      const undo = () => void this.tell('release', { release: { promise: event } }, words.toast.released)
      skein.toast(ask.kind === 'petition' ? words.toast.signed : words.toast.promised, { undo })
    })
  }

  /** Not for this person. It never leaves this device. */
  decline(ask: AskRow): Promise<void> {
    return this.tell(`decline ${ask.id}`, { decline: { ask: ask.id } }, words.now.declined, { decline: { ask: ask.id, undo: true } })
  }

  choose(promises: string[], names: string[]): Promise<void> {
    return this.tell('choose', { choose: { promises } }, words.toast.settled(words.toast.keeps(names)))
  }

  /** Settles it as it came: whoever was first does it, the others help. */
  settle(ask: AskRow): Promise<void> {
    return this.run(`settle ${ask.id}`, async () => {
      const { promises } = await show(this.community, ask.id)
      const names: string[] = []
      for (const part of contestedIn(promises)) {
        await act(this.community, { choose: { promises: firstOf(part) } })
        names.push(...part.filter(({ id }) => firstOf(part).includes(id)).map(({ by }) => by.name))
      }
      skein.toast(words.toast.settled(words.toast.keeps([...new Set(names)])))
    })
  }

  /** What the one button of a card does; null: it leads to the ask. */
  actOf({ act: which, ask, promise }: Todo): (() => void) | null {
    const key = `${which} ${ask.id}`
    const { toast } = words
    if (which === 'take') return () => void this.take(ask)
    if (which === 'settle') return () => void this.settle(ask)
    if (which === 'send') return () => (this.window = this.windows.sent(ask))
    if (which === 'hear') return () => void this.tell(key, { seen: { ask: ask.id } }, toast.heard)
    if (which === 'answer') return () => (this.window = this.windows.answer(ask))
    if (promise === null) return null
    if (which === 'take-over') return () => void this.tell(key, { 'take-over': { promise } }, toast.takenOver)
    if (which === 'check') return () => void this.tell(key, { 'on-track': { promise } }, toast.onTrack)
    if (which === 'replan') return () => (this.window = this.windows.later(promise))
    // The milestones of a gig are on its own screen.
    if (ask.kind === 'gig') return null
    if (which === 'deliver') return isAhead(ask) ? null : () => void this.tell(key, { deliver: { promise } }, toast.delivered)
    if (which === 'confirm') return () => void this.tell(key, { confirm: { promise } }, toast.confirmed)
    return null
  }
}
