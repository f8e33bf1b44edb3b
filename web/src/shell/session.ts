// The session that this browser holds: nothing but the door and the uploads behind it reads it.

const KEPT = 'skein-session'

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
