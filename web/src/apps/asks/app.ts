// Needs and offers, as the shell finds them.
import HandHelping from '@lucide/svelte/icons/hand-helping'
import type { AppPage } from '../../shell/apps'
import { card } from './card'
import first from './first'

const page: AppPage = {
  name: 'asks',
  title: card.title,
  icon: HandHelping,
  order: 15,
  screen: first.screen,
  beside: () => import('./Waiting.svelte'),
  makes: [
    {
      text: card.make,
      icon: HandHelping,
      act: (community, said) => void import('./make').then(({ make }) => make(community, said)),
    },
  ],
  place: object => object,
}

export default page
