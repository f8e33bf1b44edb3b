// The address after `#`, read and written: `#/c/<community>/<app>/<rest…>`, and what is looked for: `?find=…`. Knows no page.

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

/** Whether this page is on the computer that the program runs on. Elsewhere is a phone. */
export function atComputer(): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname)
}

/** The fragment that leads to these parts: for `href`. */
export function hrefOf(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`
}
