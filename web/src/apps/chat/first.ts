// What the chat asks first at an address.
import { asking } from '../../shell/ahead'
import type { First } from '../../shell/first'
import { CHANNELS, CHAT, channelKept, isId, newest } from './asked'
import { readUntil } from './draft'

const first = {
  screen: () => import('./Chat.svelte'),
  sidebar: () => import('./Channels.svelte'),
  asks: (community, [channel = channelKept(community), within, thread]) => {
    const queries: unknown[] = [CHANNELS]
    // Of a channel that was never read here, nothing may have been said: Skein would not know it by its id.
    if (isId(channel) && readUntil(community, channel) > 0) queries.push(newest(channel))
    if (within === 'thread' && isId(channel) && isId(thread)) queries.push({ show: { message: thread } }, newest(channel, thread))
    return queries.map(query => asking(community, CHAT, query))
  },
} satisfies First

export default first
