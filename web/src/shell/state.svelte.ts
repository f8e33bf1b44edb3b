// What every screen shares: the communities, who is in them, whether we are connected, what changed, and the toasts.
import { SvelteMap } from 'svelte/reactivity'
import type { Change } from '../gen/Change'
import type { CommunityRow } from '../gen/CommunityRow'
import type { Knock } from '../gen/Knock'
import type { Me } from '../gen/Me'
import type { MemberRow } from '../gen/MemberRow'
import type { Status } from '../gen/Status'
import { atComputer } from './address'
import { get, type Line, live, request, signOut, Trouble, troubleOf } from './door'
import { signedIn } from './session'

/** What a listener wants to hear; what is left out may be anything. `lagged` always comes. */
export interface Wanted {
  kind?: 'object' | 'signal' | 'reach' | 'members' | 'community' | 'finding'
  community?: string
  app?: string
  object?: string
}

export interface Toast {
  id: number
  text: string
  bad: boolean
  undo?: () => void
}

const TOAST_MS = 6_000
/** Several changes at once ask again once. */
const SETTLE_MS = 120
/** What is unread is counted anew so long after something was said. */
const COUNT_MS = 1_000

/** What listeners hear: what is on its way is in the status, and about no community. */
export type Heard = Exclude<Change, 'coming'>

/** Whether a change is one that is wanted. */
export function wants(wanted: Wanted, change: Heard): boolean {
  if (change === 'lagged') return true
  const kind = Object.keys(change)[0] as string
  const told = Object.values(change)[0] as Record<string, unknown>
  if (wanted.kind !== undefined && wanted.kind !== kind) return false
  if (wanted.community !== undefined && wanted.community !== told.community) return false
  if (wanted.app !== undefined && 'app' in told && wanted.app !== told.app) return false
  return wanted.object === undefined || !('object' in told) || wanted.object === told.object
}

class Skein {
  status: Status | null = $state(null)
  line: Line | 'starting' = $state('starting')
  trouble: Trouble | null = $state(null)
  toasts: Toast[] = $state([])
  /** Who would like to talk with this person alone, and has no answer yet. */
  knocks: Knock[] = $state.raw([])
  /** Whether this is a paired phone, which may do less: its way to the computer is not encrypted. */
  me: Me = $state.raw({ phone: !atComputer(), label: '' })
  readonly #members = new SvelteMap<string, MemberRow[]>()
  readonly #asked = new Set<string>()
  readonly #listeners = new Set<[Wanted, (change: Heard) => void]>()
  readonly #soon = new Map<string, ReturnType<typeof setTimeout>>()
  #nextToast = 1
  #stop: (() => void) | undefined

  get communities(): CommunityRow[] {
    return this.status?.communities ?? []
  }

  community(id: string | null): CommunityRow | null {
    return this.communities.find(row => row.community === id) ?? null
  }

  /** Who is in a community; empty until it is known. Asks by itself, and again whenever it changed. */
  members(community: string): MemberRow[] {
    if (!this.#asked.has(community)) {
      this.#asked.add(community)
      queueMicrotask(() => void this.#askMembers(community))
    }
    return this.#members.get(community) ?? []
  }

  /** Asks anew how far everybody's devices are: what they have got is told without a change. */
  look(community: string): void {
    if (this.#asked.has(community)) this.#later(community, () => void this.#askMembers(community))
  }

  /** Hears changes until the function that it gives is called. */
  onChange(wanted: Wanted, callback: (change: Heard) => void): () => void {
    const entry: [Wanted, (change: Heard) => void] = [wanted, callback]
    this.#listeners.add(entry)
    return () => this.#listeners.delete(entry)
  }

  /** Says something small that goes away by itself. */
  toast(text: string, options: { undo?: () => void; bad?: boolean } = {}): void {
    const id = this.#nextToast++
    this.toasts.push({ id, text, bad: options.bad ?? false, ...(options.undo ? { undo: options.undo } : {}) })
    setTimeout(() => this.dismiss(id), TOAST_MS)
  }

  /** Says what went wrong, with what to do. */
  complain(error: unknown): void {
    if (!(error instanceof Trouble)) console.warn(error)
    this.toast(error instanceof Trouble ? `${error.message} ${error.hint}`.trim() : String(error), { bad: true })
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter(toast => toast.id !== id)
  }

  /** Begins to listen, if this browser is signed in. */
  start(): void {
    if (!signedIn()) {
      this.line = 'signed-out'
      return
    }
    this.#stop?.()
    this.#stop = live(
      change => this.#heard(change),
      line => (this.line = line),
    )
    void this.refresh()
    // On the computer itself it is known.
    if (atComputer()) return
    void get<Me>('/api/me').then(
      me => (this.me = me),
      () => undefined,
    )
  }

  /** Ends this browser's session. */
  signOut(): void {
    void signOut()
    this.#ended()
  }

  /** Asks anew how all stands. */
  async refresh(): Promise<void> {
    try {
      this.status = await request<Status>('status')
      this.trouble = null
      void this.#askKnocks()
    } catch (error) {
      if (!signedIn()) this.#ended()
      else this.trouble = troubleOf(error)
    }
  }

  #ended(): void {
    this.#stop?.()
    this.line = 'signed-out'
    this.status = null
  }

  #heard(change: Change): void {
    if (change === 'coming') {
      this.#later('status', () => void this.refresh())
      return
    }
    if (change === 'lagged') {
      this.#later('status', () => void this.refresh())
      for (const community of this.#asked) this.#later(community, () => void this.#askMembers(community))
    } else if ('community' in change || 'members' in change || 'reach' in change) {
      const { community } = ('community' in change ? change.community : 'members' in change ? change.members : change.reach)
      this.#later('status', () => void this.refresh())
      if (this.#asked.has(community)) this.#later(community, () => void this.#askMembers(community))
    } else if ('object' in change) {
      this.#later('status', () => void this.refresh(), COUNT_MS)
    }
    for (const [wanted, callback] of [...this.#listeners]) if (wants(wanted, change)) callback(change)
  }

  #later(what: string, act: () => void, ms = SETTLE_MS): void {
    if (this.#soon.has(what)) return
    const timer = setTimeout(() => {
      this.#soon.delete(what)
      act()
    }, ms)
    this.#soon.set(what, timer)
  }

  async #askKnocks(): Promise<void> {
    // Who cannot be asked now is asked with the next change.
    this.knocks = await request<Knock[]>('knocks').catch(() => this.knocks)
  }

  async #askMembers(community: string): Promise<void> {
    try {
      this.#members.set(community, await request<MemberRow[]>({ members: { community } }))
    } catch {
      this.#asked.delete(community)
    }
  }
}

export const skein = new Skein()
