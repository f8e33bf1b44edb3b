// What is on its way: files that are sent and shared, and shares that are fetched. It goes on while other screens are shown.
import type { Progress } from '../../gen/Progress'
import { type Trouble, troubleOf } from '../door'
import { skein } from '../state.svelte'
import { get } from './ask'
import type { Parcel } from './dropped'
import { rowOf, type Steered } from './steer'
import type { Share } from './types'
import { share } from './upload'
import { words } from './words'

export interface Job {
  /** The share that is fetched; a number for what is being shared or brought in. */
  id: string
  name: string
  /** Where it was begun: the conversation that will speak of it. */
  place: string
  /** What is in it, if it is a folder. */
  paths: string[]
  /** What is steered, if it is fetched. */
  steered: Steered | null
  progress: Progress
  /** `null`: this page did not ask for it, and so cannot take that back; it can be paused. */
  stop: (() => void) | null
}

/** How many are sent at once: the disk is one. */
const AT_ONCE = 3
const NOTHING: Progress = { what: '', done: 0, total: 0, unit: 'bytes', rate_per_s: 0, from: [], words: '' }

class Work {
  jobs: Job[] = $state([])
  /** Where each fetched share was put, by its id. */
  placed: Record<string, string> = $state({})
  #next = 1

  of(id: string): Job | undefined {
    return this.jobs.find(job => job.id === id)
  }

  /** What fetches a share: this page, or whoever else asked for it: a copy that is kept, what was resumed, another page. */
  on(community: string, wanted: Share): Job | undefined {
    const own = this.of(wanted.id)
    if (own !== undefined) return own
    const { id, root, name, folder } = wanted
    const row = rowOf(root)
    if (wanted.here || row === undefined || row.paused || row.why === null) return undefined
    const progress = { ...NOTHING, what: name, done: row.done, total: row.total, rate_per_s: row.rate_per_s }
    return { id, name, place: '', paths: [], steered: { community, root, name, folder }, progress, stop: null }
  }

  /** Shares what was dropped, a few at once; gives the shares' ids and names in that order, without those that failed. */
  async send(community: string, parcels: readonly Parcel[], place = ''): Promise<{ object: string; name: string }[]> {
    const shared: ({ object: string; name: string } | null)[] = []
    let next = 0
    const worker = async () => {
      for (let at = next++; at < parcels.length; at = next++) {
        const parcel = parcels[at] as Parcel
        const job = { id: this.newId('sending'), name: parcel.name, place, paths: parcel.files.map(({ path }) => path), steered: null }
        const said = await this.run(job, (progress, signal) => share(community, parcel, progress, signal))
        shared[at] = said === null ? null : { object: said.object, name: parcel.name }
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, parcels.length) }, worker))
    return shared.filter(one => one !== null)
  }

  async fetch(community: string, wanted: Share, to: string, version: number | null = null): Promise<void> {
    if (this.of(wanted.id) !== undefined) return
    const { root, name, folder } = wanted
    // An earlier version is something else than what the share is now.
    const steered = version === null ? { community, root, name, folder } : null
    const fetched = await this.run({ id: wanted.id, name, place: '', paths: [], steered }, (progress, signal) => get(community, wanted, to, version, progress, signal))
    if (fetched === null) return
    if (fetched.path !== null) this.placed[wanted.id] = fetched.path
    skein.toast(words.get.done(fetched.name, fetched.path))
  }

  /** For what is no share yet. */
  newId(kind: 'sending' | 'torrent'): string {
    return `${kind} ${this.#next++}`
  }

  /** Does something that takes time, listed while it does; `null` if it was stopped or failed. */
  async run<T>(
    what: Omit<Job, 'progress' | 'stop'>,
    act: (progress: (now: Progress) => void, signal: AbortSignal) => Promise<T>,
    complain = (trouble: Trouble) => skein.complain(trouble),
  ): Promise<T | null> {
    const { id } = what
    const abort = new AbortController()
    this.jobs.push({ ...what, progress: NOTHING, stop: () => abort.abort() })
    const told = (now: Progress) => {
      const job = this.of(id)
      if (job !== undefined) job.progress = now
    }
    try {
      return await act(told, abort.signal)
    } catch (error) {
      if (abort.signal.aborted) skein.toast(id.startsWith('sending ') ? words.upload.stopped : words.get.stopped)
      else complain(troubleOf(error))
      return null
    } finally {
      this.jobs = this.jobs.filter(job => job.id !== id)
    }
  }
}

export const work = new Work()
