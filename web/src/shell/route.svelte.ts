// Where the person is, kept in the address after `#`: `#/c/<community>/<app>/<rest…>`, and what they look for: `?find=…`.

/** The parts of an address's fragment; empty at the start page. */
export function partsOf(hash: string): string[] {
  return (hash.split('?')[0] ?? '')
    .replace(/^#\/?/, '')
    .split('/')
    .filter(part => part !== '')
    .map(part => {
      try {
        return decodeURIComponent(part)
      } catch {
        return part
      }
    })
}

/** What is asked for behind the `?`; null if nothing is. */
export function askedOf(hash: string): Record<string, string> | null {
  const at = hash.indexOf('?')
  return at < 0 ? null : Object.fromEntries(new URLSearchParams(hash.slice(at + 1)))
}

/** The fragment that leads to these parts: for `href`. */
export function hrefOf(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`
}

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
