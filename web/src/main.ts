// Where the page begins: the look, the session from the opening link, then everything else.
import './shell/tokens.css'
import './shell/base.css'
import { mount } from 'svelte'
import App from './shell/App.svelte'
import { fetchAhead } from './shell/apps'
import { showTheme, theme } from './shell/kept'
import { route } from './shell/route.svelte'

showTheme(theme())

// It shows a calm page while Skein does not run, and keeps nothing else. There is none where the way is not safe: on a phone.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  window.addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(console.warn))
}

fetchAhead(route.app)
mount(App, { target: document.getElementById('app') as HTMLElement })
