// The chat, as the shell finds it.
import MessageCircle from '@lucide/svelte/icons/message-circle'
import type { AppPage } from '../../shell/apps'
import first from './first'
import { words } from './words'

const page: AppPage = {
  name: 'chat',
  title: words.title,
  icon: MessageCircle,
  order: 10,
  screen: first.screen,
  sidebar: first.sidebar,
  narrow: {
    any: words.channels.any,
    list: async community => {
      const { channels } = await import('./ask')
      return (await channels(community)).map(({ id, name }) => ({ id, name: `#${name}` }))
    },
  },
  where: async (community, event) => {
    const { show } = await import('./ask')
    const { channel, thread } = await show(community, event)
    return [channel, ...(thread === null ? [] : ['thread', thread]), event].join('/')
  },
  place: (object, event) => `${object}/${event}`,
}

export default page
