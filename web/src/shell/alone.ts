// Talking with one person alone: a conversation of two, made at the first time.
import type { Entered } from '../gen/Entered'
import { request } from './door'
import { leaveReady } from './ready'
import { go } from './route.svelte'
import { skein } from './state.svelte'

/** Opens the conversation with a member of a community. `text` stands ready in it, for the person to send. */
export async function talkAlone(community: string, member: string, text = ''): Promise<void> {
  try {
    const entered = await request<Entered>({ direct: { community, member } })
    await skein.refresh()
    leaveReady(entered.community, text)
    go('c', entered.community, 'chat')
  } catch (error) {
    skein.complain(error)
  }
}
