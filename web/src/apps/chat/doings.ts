// What is done with a message from its tools, its menu and the keys, wherever it is shown.
import { talkAlone } from '../../shell/alone'
import { copy } from '../../shell/copy'
import { go, hrefOf } from '../../shell/route.svelte'
import { skein } from '../../shell/state.svelte'
import type { Actions } from './actions'
import { pin, react } from './ask'
import type { Message } from './types'
import { words } from './words'

/** Where a message is: the address that is copied. */
export function hrefOfMessage(community: string, message: Message): string {
  const within = message.thread === null ? [] : ['thread', message.thread]
  return hrefOf('c', community, 'chat', message.channel, ...within, message.id)
}

const complain = (error: unknown) => skein.complain(error)

async function turnPin(community: string, message: Message): Promise<void> {
  await pin(community, message.id, message.pinned)
  const undo = () => void pin(community, message.id, !message.pinned).catch(complain)
  skein.toast(message.pinned ? words.message.unpinnedNow : words.message.pinnedNow, { undo })
}

/** Everything but what belongs to one view of the conversation. `ask`: what the screen shows a window for. */
export function actionsIn(
  community: string,
  ask: { remove: (message: Message) => void; whoHas: (message: Message) => void },
): Omit<Actions, 'reply' | 'edit' | 'jump'> {
  return {
    thread: message => go('c', community, 'chat', message.channel, 'thread', message.thread ?? message.id),
    react: (message, word, gone) => void react(community, message.id, word, gone).catch(complain),
    pin: message => void turnPin(community, message).catch(complain),
    copyLink: message => void copy(`${location.origin}/${hrefOfMessage(community, message)}`),
    copyText: message => void copy(message.text ?? ''),
    alone: message => void talkAlone(community, message.author.member),
    ...ask,
  }
}
