// Files, as the shell finds it.
import FolderOpen from '@lucide/svelte/icons/folder-open'
import type { AppPage } from '../../shell/apps'
import first from './first'
import { words } from './words'

const page: AppPage = {
  name: 'files',
  title: words.title,
  icon: FolderOpen,
  order: 20,
  screen: first.screen,
  also: ['folders'],
  place: (object, _event, app) => (app === 'folders' ? `folder/${object}` : object),
}

export default page
