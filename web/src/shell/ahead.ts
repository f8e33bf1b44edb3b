// What is asked before the page's own code is here: whoever asks the same soon after takes the answer, once.
import type { Request } from '../gen/Request'
import { bearer } from './session'

/** Where every [`Request`] is asked. */
export const REQUEST = '/api/request'
/** An answer that nobody took until then is old. */
const KEPT_MS = 5_000

/** A whole answer. */
export interface Answer {
  ok: boolean
  status: number
  text: string
}

const waiting = new Map<string, Promise<Answer>>()

/** Without a body it asks, with one (as JSON) it acts. */
export function call(path: string, body?: string, signal?: AbortSignal): Promise<Response> {
  const how: RequestInit =
    body === undefined ? { headers: bearer() } : { method: 'POST', headers: { 'content-type': 'application/json', ...bearer() }, body }
  return fetch(path, { ...how, ...(signal ? { signal } : {}) })
}

/** What an app is asked, as a request. */
export function asking(community: string, app: string, query: unknown): Request {
  return { ask: { community, app, query } }
}

/** Asks now what will be asked soon. For questions only: what acts is not done ahead. */
export function askAhead(path: string, wanted?: Request): Promise<Answer> {
  const body = wanted === undefined ? undefined : JSON.stringify(wanted)
  const key = keyOf(path, body)
  const answer = call(path, body).then(async found => ({ ok: found.ok, status: found.status, text: await found.text() }))
  // Whoever takes it hears of it.
  answer.catch(() => undefined)
  waiting.set(key, answer)
  setTimeout(() => waiting.delete(key), KEPT_MS)
  return answer
}

/** The answer to what was asked ahead, for the first one who asks. */
export function takeAhead(path: string, body?: string): Promise<Answer> | undefined {
  const key = keyOf(path, body)
  const answer = waiting.get(key)
  waiting.delete(key)
  return answer
}

const keyOf = (path: string, body = '') => `${path}\n${body}`
