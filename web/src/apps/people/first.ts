// What the people's screen asks first.
import { asking } from '../../shell/ahead'
import type { First } from '../../shell/first'

const first = {
  screen: () => import('./People.svelte'),
  asks: community => ['members', { invitations: { all: true } }, 'charter'].map(query => asking(community, 'people', query)),
} satisfies First

export default first
