// Tells the person what is new while the page is in the background, as far as they asked for it.
import type { Hit } from '../gen/Hit'
import { hrefOfItem } from './apps'
import { request } from './door'
import { isMuted, notify, quiet, tells } from './quiet'
import { skein } from './state.svelte'
import { mentions, plain } from './text'
import { words } from './words'

const SETTLE_MS = 500
const NEWEST = 20

/** Watches until the function that it gives is called. */
export function watchNews(): () => void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const told = new Set<string>()
  const since = Date.now()

  async function look(community: string) {
    timers.delete(community)
    const row = skein.community(community)
    const [now, hours] = [new Date(), quiet()]
    const wanted = (forMe: boolean) => tells(notify(), { forMe, muted: isMuted(community) }, hours, now)
    if (!row || !document.hidden || !wanted(true)) return
    const feed = await request<Hit[]>({ feed: { community, limit: NEWEST, before: null } }).catch(() => [])
    const me = skein.members(community).find(member => member.you)?.member
    for (const item of feed) {
      if (item.at_ms < since || item.member === me || told.has(item.event)) continue
      const called = mentions(item.snippet, row.my_name)
      if (!wanted(called || Boolean(row.direct))) continue
      told.add(item.event)
      const say = words.notify
      show(item, row.direct ? say.alone(item.name) : (called ? say.mentioned : say.said)(item.name, item.community_name))
    }
  }

  function show(item: Hit, title: string) {
    const note = new Notification(title, { body: plain(item.snippet), tag: item.event, icon: '/mark.svg' })
    note.onclick = () => {
      window.focus()
      location.hash = hrefOfItem(item.community, item.app, item.object, item.event)
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
