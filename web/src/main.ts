// Where the page begins: the look, the session from the opening link, then everything else.
import './shell/tokens.css'
import './shell/base.css'
import { mount } from 'svelte'
import App from './shell/App.svelte'
import { showTheme, theme } from './shell/kept'

showTheme(theme())

mount(App, { target: document.getElementById('app') as HTMLElement })
