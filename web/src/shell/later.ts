// What was fetched already of the parts that are fetched when they are first shown.
import type { Component } from 'svelte'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a component's own props are told to `Later.svelte`
export type Load<Props extends Record<string, unknown> = any> = () => Promise<{ default: Component<Props> }>

export const fetched = new Map<Load, Component<never>>()

/** Fetches a part, and notes it: whoever shows it then has it at once. */
export async function fetchPart(load: Load): Promise<void> {
  fetched.set(load, (await load()).default as Component<never>)
}

/** Fetches parts while nobody waits for them, one after the other: the first look at each is then at once. */
export function fetchSoon(loads: readonly Load[]): void {
  const rest = [...loads]
  const next = () => {
    const load = rest.shift()
    if (load === undefined) return
    fetchPart(load).catch(() => undefined).finally(() => idle(next))
  }
  idle(next)
}

function idle(act: () => void): void {
  // Safari has no such callback.
  if ('requestIdleCallback' in window) window.requestIdleCallback(act, { timeout: 4_000 })
  else setTimeout(act, 400)
}
