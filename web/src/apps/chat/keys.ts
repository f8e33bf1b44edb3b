// What the keys do on a message that has the focus.
import type { Actions } from './actions'
import type { Message } from './types'

export interface KeyTarget {
  messages: readonly Message[]
  actions: Actions
  focus: (id: string) => void
  toEnd: () => void
  escape: () => void
}

/** Does what the key means; gives whether it means anything. */
export function pressKey(event: KeyboardEvent, id: string | null, { messages, actions, focus, toEnd, escape }: KeyTarget): boolean {
  const at = messages.findIndex(message => message.id === id)
  const message = messages[at]
  if (message === undefined || event.ctrlKey || event.metaKey || event.altKey) return false
  const living = message.text !== null
  const beside = (step: number) => {
    const next = messages[at + step]
    if (next !== undefined) focus(next.id)
  }
  const acts: Record<string, (() => void) | false> = {
    ArrowUp: () => beside(-1),
    ArrowDown: () => beside(1),
    End: toEnd,
    Escape: escape,
    r: living && (() => actions.reply(message)),
    e: living && message.mine && (() => actions.edit(message)),
    t: living && (() => actions.thread(message)),
    c: () => actions.copyLink(message),
    Delete: living && message.mine && (() => actions.remove(message)),
  }
  const act = acts[event.key]
  if (!act) return false
  act()
  return true
}
