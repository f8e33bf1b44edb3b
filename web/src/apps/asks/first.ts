// What the asks' screen asks first.
import { asking } from '../../shell/ahead'
import type { First } from '../../shell/first'
import { ASKS, queriesAt } from './asked'

const first = {
  screen: () => import('./Asks.svelte'),
  asks: (community, rest) => queriesAt(rest).map(query => asking(community, ASKS, query)),
} satisfies First

export default first
