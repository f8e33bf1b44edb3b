// People, as the shell finds it.
import Users from '@lucide/svelte/icons/users'
import type { AppPage } from '../../shell/apps'
import first from './first'
import { words } from './words'

const page: AppPage = {
  name: 'people',
  title: words.title,
  icon: Users,
  order: 30,
  screen: first.screen,
  place: () => '',
}

export default page
