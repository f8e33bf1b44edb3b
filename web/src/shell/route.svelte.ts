// Where the person is, kept in the address after `#`: `#/c/<community>/<app>/<rest…>`.

/** The parts of an address's fragment; empty at the start page. */
export function partsOf(hash: string): string[] {
  return hash
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

/** The fragment that leads to these parts: for `href`. */
export function hrefOf(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`
}

class Route {
  parts: string[] = $state(partsOf(location.hash))

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

window.addEventListener('hashchange', () => {
  route.parts = partsOf(location.hash)
})

/** Goes somewhere. */
export function go(...parts: string[]): void {
  location.hash = hrefOf(...parts)
}

/** Goes somewhere without leaving a step to go back to. */
export function goInstead(...parts: string[]): void {
  history.replaceState(null, '', hrefOf(...parts))
  route.parts = parts
}

/** Goes to where a place says: what [`AppPage.place`] gave, below a community's app. */
export function hrefOfPlace(community: string, app: string, place: string): string {
  const rest = place.split('/').filter(part => part !== '')
  return hrefOf('c', community, app, ...rest.map(part => decodeURIComponent(part)))
}
