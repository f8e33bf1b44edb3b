// What the files' screen asks first.
import { asking } from '../../shell/ahead'
import type { First } from '../../shell/first'
import { listOf, LS, SOLE } from './asked'

const first = {
  screen: () => import('./Files.svelte'),
  asks: community => [...[listOf(''), SOLE].map(query => asking(community, 'files', query)), asking(community, 'folders', LS)],
} satisfies First

export default first
