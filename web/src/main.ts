// Where the page begins: the look, and what the address tells to ask for; then everything else.
import './shell/tokens.css'
import './shell/base.css'
import { askFirst } from './shell/first'
import { showTheme, theme } from './shell/kept'

showTheme(theme())
const first = askFirst()
const page = import('./shell/page')
void first.then(async () => (await page).show())

// It shows a calm page while Skein does not run, and keeps nothing else. There is none where the way is not safe: on a phone.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  window.addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(console.warn))
}
