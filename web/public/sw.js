// The service worker. It does one thing: while Skein does not run, it shows a calm page that says so, instead of the browser's
// own error. It keeps that page and nothing else: no data, and never the page itself, which always comes from the program.

/** The beginning of the hash over what is kept, in this order; a test holds it to that, so that a change is always noticed. */
const VERSION = 'ac56e0627816'
const KEPT = ['/away/away.html', '/away/away.css', '/away/away.js', '/mark.svg']
const SHELF = `skein-away-${VERSION}`

self.addEventListener('install', event => {
  const keep = async () => {
    const shelf = await caches.open(SHELF)
    await shelf.addAll(KEPT.map(path => new Request(path, { cache: 'reload' })))
    await self.skipWaiting()
  }
  event.waitUntil(keep())
})

self.addEventListener('activate', event => {
  const begin = async () => {
    for (const name of await caches.keys()) if (name !== SHELF) await caches.delete(name)
    // The page is asked for while the worker is still waking up: it costs no time.
    await self.registration.navigationPreload?.enable()
    await self.clients.claim()
  }
  event.waitUntil(begin())
})

self.addEventListener('fetch', event => {
  const { pathname } = new URL(event.request.url)
  if (event.request.mode === 'navigate' && pathname === '/') event.respondWith(page(event))
  else if (KEPT.includes(pathname)) event.respondWith(fetch(event.request).catch(() => kept(pathname)))
})

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request))
  } catch {
    return kept(KEPT[0])
  }
}

async function kept(path) {
  return (await (await caches.open(SHELF)).match(path)) ?? Response.error()
}
