// Where the person is, kept in the address: which place is shown, and what they look for over it.
import { askedOf, hrefOf, partsOf } from './address'

export { askedOf, hrefOf, partsOf }

class Route {
  parts: string[] = $state(partsOf(location.hash))
  /** What the person looks for, over wherever they are; null while they do not. */
  asked: Record<string, string> | null = $state.raw(askedOf(location.hash))

  /** The community's id, if the address names one. */
  get community(): string | null {
    return this.parts[0] === 'c' ? (this.parts[1] ?? null) : null
  }

  /** The app's name, if the address names one. */
  get app(): string | null {
    return this.parts[0] === 'c' ? (this.parts[2] ?? null) : null
  }

  /** What comes after the app. */
  get rest(): string[] {
    return this.parts.slice(3)
  }
}

export const route = new Route()

/** Looks at the address anew. */
export function readAddress(): void {
  route.parts = partsOf(location.hash)
  route.asked = askedOf(location.hash)
}

window.addEventListener('hashchange', readAddress)

/** Looks for something without leaving the place; null ends it. */
export function lookFor(asked: Record<string, string> | null): void {
  const query = asked === null ? '' : `?${new URLSearchParams(asked)}`
  route.asked = asked
  history.replaceState(null, '', hrefOf(...route.parts) + query)
}

/** Goes somewhere. */
export function go(...parts: string[]): void {
  location.hash = hrefOf(...parts)
}

/** Goes somewhere without leaving a step to go back to. */
export function goInstead(...parts: string[]): void {
  // The person has gone elsewhere already, and the browser is about to say so.
  if (hrefOf(...partsOf(location.hash)) !== hrefOf(...route.parts)) return
  history.replaceState(null, '', hrefOf(...parts))
  route.parts = parts
  route.asked = null
}

/** Goes to where a place says: what [`AppPage.place`] gave, below a community's app. */
export function hrefOfPlace(community: string, app: string, place: string): string {
  const rest = place.split('/').filter(part => part !== '')
  return hrefOf('c', community, app, ...rest.map(part => decodeURIComponent(part)))
}
