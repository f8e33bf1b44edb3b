// The chat, as the shell finds it.
import MessageCircle from '@lucide/svelte/icons/message-circle'
import type { AppPage } from '../../shell/apps'
import Channels from './Channels.svelte'
import Chat from './Chat.svelte'
import { words } from './words'

const page: AppPage = {
  name: 'chat',
  title: words.title,
  icon: MessageCircle,
  order: 10,
  screen: Chat,
  sidebar: Channels,
  place: (object, event) => `${object}/${event}`,
}

export default page
