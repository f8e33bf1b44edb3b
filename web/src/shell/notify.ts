// Tells the person of a mention while the page is in the background, if they asked for it.
import type { Hit } from '../gen/Hit'
import { APPS } from './apps'
import { request } from './door'
import { notify } from './kept'
import { hrefOf, hrefOfPlace } from './route.svelte'
import { skein } from './state.svelte'
import { mentions, plain } from './text'
import { words } from './words'

const SETTLE_MS = 500
const NEWEST = 20

/** Watches for mentions until the function that it gives is called. */
export function watchMentions(): () => void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const told = new Set<string>()
  const since = Date.now()

  async function look(community: string) {
    timers.delete(community)
    const row = skein.community(community)
    if (!row || !document.hidden || notify() === 'off') return
    const feed = await request<Hit[]>({ feed: { community, limit: NEWEST, before: null } }).catch(() => [])
    const me = skein.members(community).find(member => member.you)?.member
    for (const item of feed) {
      if (item.at_ms < since || item.member === me || told.has(item.event) || !mentions(item.snippet, row.my_name)) continue
      told.add(item.event)
      show(item)
    }
  }

  function show(item: Hit) {
    const note = new Notification(words.notify.title(item.name, item.community_name), { body: plain(item.snippet), tag: item.event, icon: '/mark.svg' })
    note.onclick = () => {
      const app = APPS.find(one => one.name === item.app)
      window.focus()
      location.hash = app ? hrefOfPlace(item.community, app.name, app.place(item.object, item.event)) : hrefOf('c', item.community)
      note.close()
    }
  }

  return skein.onChange({ kind: 'object' }, change => {
    if (change === 'lagged' || !('object' in change)) return
    if (notify() === 'off' || !('Notification' in window) || Notification.permission !== 'granted') return
    const { community } = change.object
    if (!timers.has(community)) timers.set(community, setTimeout(() => void look(community), SETTLE_MS))
  })
}
