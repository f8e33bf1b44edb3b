// The apps' pages, found by their folders. Each has `app.ts` with a default export of this shape; the shell names none.
// An `app.ts` is a card with a name on it, and small: what it shows is fetched by itself, as a file of its own.
import type { Component } from 'svelte'
import type { Load } from './later'
import { hrefOf, hrefOfPlace } from './route.svelte'

/** What an app's screen is given. A type and no interface: so it counts as a component's properties. */
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type ScreenProps = {
  /** The community's id. */
  community: string
  /** What comes after `#/c/<community>/<app>/` in the address, in parts. */
  rest: string[]
}

/** Something that was said, in whatever app. */
export interface Saying {
  /** The event that said it. */
  event: string
  text: string
}

/** What an app can make of something that was said elsewhere: the others offer it with their own acts. */
export interface Making {
  /** "Make this a need…" */
  text: string
  icon: Component
  act: (community: string, said: Saying) => void
}

export interface AppPage {
  /** The app's name, as in events and on the command line. */
  name: string
  /** What the sidebar says. */
  title: string
  icon: Component
  /** The place in the sidebar; lower is higher up. */
  order: number
  /** From its `first.ts`. */
  screen: Load<ScreenProps>
  /** What the app shows in the sidebar below its title (channels, say). */
  sidebar?: Load<ScreenProps>
  /** What the app shows beside its title there: a count. Fetched once nobody waits for anything. */
  beside?: Load<{ community: string }>
  /** To what a search can be narrowed within the app: to one channel, say. */
  narrow?: {
    /** "In any channel". */
    any: string
    list: (community: string) => Promise<{ id: string; name: string }[]>
  }
  makes?: Making[]
  /** Where in the app something is that another app refers to by its event alone: as `place` says it. */
  where?: (community: string, event: string) => Promise<string>
  /** Other apps that have no page of their own: what they say is shown in this one. */
  also?: string[]
  /** Where in the app an item of the feed or of a search is shown: the rest of the address. `app` is whose it is. */
  place(object: string, event: string, app: string): string
}

const found = import.meta.glob<{ default: AppPage }>('../apps/*/app.ts', { eager: true })

export const APPS: AppPage[] = Object.values(found)
  .map(module => module.default)
  .sort((a, b) => a.order - b.order)

/** The page on which an app's things are shown. */
export const appOf = (name: string): AppPage | undefined => APPS.find(app => app.name === name || app.also?.includes(name))

/** Leads to where an item of the feed or of a search is shown. */
export function hrefOfItem(community: string, name: string, object: string, event: string): string {
  const app = appOf(name)
  return app ? hrefOfPlace(community, app.name, app.place(object, event, name)) : hrefOf('c', community)
}

/** What all the apps can make of something that was said. */
export const MAKINGS: Making[] = APPS.flatMap(app => app.makes ?? [])
