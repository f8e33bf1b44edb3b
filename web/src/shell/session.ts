// The session that this browser holds: nothing but the door and the uploads behind it reads it.

const KEPT = 'skein-session'

// Read as soon as the first code runs: whoever goes elsewhere before all of it is here still comes in.
let arrival = codeIn(typeof location === 'undefined' ? '' : location.hash)

function codeIn(hash: string): string | null {
  return new URLSearchParams(hash.slice(1)).get('code')
}

/** The code of the opening link, once; `null` if this page was not opened by one. */
export function takeCode(hash = location.hash): string | null {
  const code = codeIn(hash) ?? arrival
  arrival = null
  return code
}

/** Whether this browser holds a session; it may have ended since. */
export function signedIn(): boolean {
  return localStorage.getItem(KEPT) !== null
}

/** The session's token; empty without one. */
export function token(): string {
  return localStorage.getItem(KEPT) ?? ''
}

export function keepSession(token: string): void {
  localStorage.setItem(KEPT, token)
}

export function forgetSession(): void {
  localStorage.removeItem(KEPT)
}

/** What every request says about who asks. */
export function bearer(): Record<string, string> {
  return signedIn() ? { authorization: `Bearer ${token()}` } : {}
}
