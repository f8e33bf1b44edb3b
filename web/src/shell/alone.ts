// Talking with one person alone: a conversation of two, made at the first time.
import type { Entered } from '../gen/Entered'
import { request } from './door'
import { go } from './route.svelte'
import { skein } from './state.svelte'

/** Opens the conversation with a member of a community. */
export async function talkAlone(community: string, member: string): Promise<void> {
  try {
    const entered = await request<Entered>({ direct: { community, member } })
    await skein.refresh()
    go('c', entered.community, 'chat')
  } catch (error) {
    skein.complain(error)
  }
}
