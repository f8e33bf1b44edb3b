// The page's side of the local door: who we are, what we ask, what we are told. Knows no screen.
import type { Change } from '../gen/Change'
import type { ErrorBody } from '../gen/ErrorBody'
import type { Item } from '../gen/Item'
import type { LoggedIn } from '../gen/LoggedIn'
import type { Progress } from '../gen/Progress'
import type { Request } from '../gen/Request'
import type { Ticket } from '../gen/Ticket'
import type { Told } from '../gen/Told'
import { asking, call, REQUEST, takeAhead, type Answer } from './ahead'
import { forgetSession, keepSession, takeCode, token } from './session'
import { words } from './words'

/** A "no" that says what happened, why, and what to do next. */
export class Trouble extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly hint = '',
  ) {
    super(message)
  }
}

/** Whatever was thrown, as something that can be shown. */
export function troubleOf(error: unknown): Trouble {
  return error instanceof Trouble ? error : new Trouble('failed', String(error))
}

/** Swaps the code in the opening link for a session, and takes the code out of the address. */
export async function signInFromAddress(): Promise<void> {
  const code = takeCode()
  if (code === null) return
  if (location.hash.startsWith('#code=')) history.replaceState(null, '', location.pathname)
  keepSession((await post<LoggedIn>('/api/login', { code })).token)
}

/** Ends this browser's session: Skein forgets it too, if it can be told. */
export async function signOut(): Promise<void> {
  await send('/api/sign-out', {}).catch(() => undefined)
  forgetSession()
}

/** Without a body it asks, with one it acts. */
async function send(path: string, body?: unknown, signal?: AbortSignal): Promise<Response | Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  let answer: Response | Answer
  try {
    answer = await (takeAhead(path, text) ?? call(path, text, signal))
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Trouble('not-running', words.door.silent, words.door.silentHint)
  }
  if (answer.ok) return answer
  const told = await json<ErrorBody>(answer).catch(() => null)
  if (answer.status === 401) forgetSession()
  throw new Trouble(told?.error.code ?? 'failed', told?.error.message ?? words.door.answered(answer.status), told?.error.hint)
}

async function json<T>(answer: Response | Answer): Promise<T> {
  return (answer instanceof Response ? await answer.json() : JSON.parse(answer.text)) as T
}

/** What has a place of its own at the door, beside [`request`]: a phone, a demo. */
export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return json<T>(await send(path, body))
}

export async function get<T>(path: string): Promise<T> {
  return json<T>(await send(path))
}

/** Everything that comes back, until it is done. Throws a [`Trouble`] if it is refused. */
async function* items(request: Request, signal?: AbortSignal): AsyncGenerator<Item> {
  const answer = await send(REQUEST, request, signal)
  if (!(answer instanceof Response)) {
    for (const line of answer.text.split('\n')) if (line !== '') yield JSON.parse(line) as Item
    return
  }
  if (answer.body === null) return
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as Item
  }
}

/** Asks for something and waits until it is done; gives the answer, whose type is named with each [`Request`]. */
export async function request<T>(wanted: Request, progress?: (now: Progress) => void, signal?: AbortSignal): Promise<T> {
  for await (const item of items(wanted, signal)) {
    if ('progress' in item) progress?.(item.progress)
    else if ('refused' in item) throw new Trouble(item.refused.kind, item.refused.message, item.refused.hint)
    else if ('done' in item) return item.done as T
  }
  throw new Trouble('failed', words.door.brokeOff, words.door.again)
}

/** Asks an app something. */
export function ask<T>(community: string, app: string, query: unknown): Promise<T> {
  return request<T>(asking(community, app, query))
}

/** Has an app do something: its answer is `Said` (an event), `Fetched`, or null. */
export function tell<T>(community: string, app: string, command: unknown, progress?: (now: Progress) => void): Promise<T> {
  return request<T>({ do: { community, app, command, cwd: null } }, progress)
}

/** An address at which a file can be read for a while: for `<img>`, `<video>` and downloads. */
export async function ticket(root: string, name: string): Promise<string> {
  return (await post<Ticket>('/api/ticket', { root, name })).url
}

/** What [`live`] says: signed in, lost (and tried again by itself), or ended for good. */
export type Line = 'up' | 'down' | 'signed-out'

/** What changed while the page was just being asked for is asked so long after, when it is there. */
const CALM_MS = 1_000
const FIRST_WAIT_MS = 500
const LAST_WAIT_MS = 15_000

/** One WebSocket that comes back by itself; `changed` hears every change, and `lagged` whenever everything should be asked anew. */
export function live(changed: (change: Change) => void, line: (state: Line) => void): () => void {
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = FIRST_WAIT_MS
  let stopped = false
  let fresh = true
  const open = () => {
    socket = new WebSocket(`ws://${location.host}/ws`)
    socket.onopen = () => socket?.send(JSON.stringify({ token: token() }))
    socket.onmessage = message => {
      const told = JSON.parse(message.data as string) as Told
      if (told === 'ready') {
        waitMs = FIRST_WAIT_MS
        line('up')
        if (!fresh) changed('lagged')
        else setTimeout(() => !stopped && changed('lagged'), CALM_MS)
        fresh = false
      } else {
        told.changes.forEach(changed)
      }
    }
    socket.onclose = ended => {
      if (stopped) return
      if (ended.code === 4401) {
        forgetSession()
        line('signed-out')
        return
      }
      line('down')
      timer = setTimeout(open, waitMs)
      waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)
    }
  }
  open()
  return () => {
    stopped = true
    clearTimeout(timer)
    socket?.close()
  }
}
