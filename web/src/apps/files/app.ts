// Files, as the shell finds it.
import FolderOpen from '@lucide/svelte/icons/folder-open'
import type { AppPage } from '../../shell/apps'
import { words } from './words'

const page: AppPage = {
  name: 'files',
  title: words.title,
  icon: FolderOpen,
  order: 20,
  screen: () => import('./Files.svelte'),
  place: object => object,
}

export default page
