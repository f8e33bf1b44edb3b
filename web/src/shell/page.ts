// The page itself. `main.ts` fetches it, having asked already for what is shown first.
import { mount } from 'svelte'
import App from './App.svelte'

export function show(): void {
  const target = document.getElementById('app') as HTMLElement
  // It shows the empty frame itself until it knows more.
  target.replaceChildren()
  mount(App, { target })
}
