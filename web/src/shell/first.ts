// What the page asks first, which the address tells before any of its code is here. Small: it is the first that is run.
import type { Request } from '../gen/Request'
import { partsOf } from './address'
import { askAhead, REQUEST } from './ahead'
import type { ScreenProps } from './apps'
import { feedOf } from './home/ask'
import { lastCommunity } from './kept'
import { fetchPart, type Load } from './later'
import { signedIn } from './session'

/** What an app's `first.ts` says of itself, beside its `app.ts`. Like this file it is small, and knows no component. */
export interface First {
  /** `() => import('./Screen.svelte')`: fetched when it is first shown, so that the page begins small. */
  screen: Load<ScreenProps>
  /** What the app shows in the sidebar below its title (channels, say). */
  sidebar?: Load<ScreenProps>
  /** What is asked there, word for word as it is asked when the code is here. */
  asks: (community: string, rest: string[]) => Request[]
}

const FOUND = import.meta.glob<{ default: First }>('../apps/*/first.ts', { eager: true })

/** The page is shown without what has not come until then. */
const PATIENCE_MS = 60

/** Begins to ask, and to fetch the app's code; done when the first of it is here, so that it is drawn once, and never late. */
export async function askFirst(hash = location.hash): Promise<void> {
  if (!signedIn() || hash.startsWith('#code=')) return
  const [kind = '', named = null, app, ...rest] = partsOf(hash)
  const community = kind === '' ? lastCommunity() : named
  const first = kind === 'c' && app !== undefined ? FOUND[`../apps/${app}/first.ts`]?.default : undefined
  const coming: Promise<unknown>[] = [askAhead(REQUEST, 'status')]
  for (const load of [first?.screen, first?.sidebar]) if (load) coming.push(fetchPart(load))
  if (lastCommunity() !== null) document.documentElement.classList.add('framed')
  if (community !== null) {
    const atHome = kind === '' || (kind === 'c' && app === undefined)
    for (const wanted of first?.asks(community, rest) ?? (atHome ? [feedOf(community)] : [])) coming.push(askAhead(REQUEST, wanted))
    void askAhead(REQUEST, { members: { community } })
  }
  await Promise.race([Promise.allSettled(coming), new Promise(done => setTimeout(done, PATIENCE_MS))])
}
