// Talking with one person alone: a conversation of two, made at the first time.
import type { Entered } from '../gen/Entered'
import type { Knock } from '../gen/Knock'
import type { LinkRead } from '../gen/LinkRead'
import { request } from './door'
import { leaveReady } from './ready'
import { go, route } from './route.svelte'
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

/** Whoever knocked may be away: so soon the page shows that it is waiting. */
const PATIENCE_MS = 1_500

/** Opens the conversation that somebody asked for; as long as they cannot be reached, it is shown on its way. */
export async function openKnock(knock: Knock): Promise<void> {
  const { community } = await request<LinkRead>({ 'read-link': { link: knock.link } })
  const show = async () => {
    await skein.refresh()
    if (skein.community(community)?.standing === 'joining') go('c', community)
  }
  const timer = setTimeout(() => void show(), PATIENCE_MS)
  try {
    const entered = await request<Entered>({ join: { link: knock.link, my_name: null, wait_ms: null } })
    await skein.refresh()
    // Not if the person has gone elsewhere meanwhile.
    if (route.community === community || knock.community === route.community || route.community === null) go('c', entered.community, 'chat')
  } catch (error) {
    await skein.refresh()
    // It goes on by itself, and says so.
    if (skein.community(community)?.standing !== 'joining') throw error
  } finally {
    clearTimeout(timer)
  }
}
