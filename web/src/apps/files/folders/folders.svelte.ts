// The folders of a community, and how those of them stand that are on this computer; looked at again while somebody may see it.
import type { FolderRow } from '../../../gen/apps/folders/FolderRow'
import type { TieRow } from '../../../gen/TieRow'
import type { TieState } from '../../../gen/TieState'
import { type Trouble, troubleOf } from '../../../shell/door'
import { paced } from '../../../shell/pace'
import { skein } from '../../../shell/state.svelte'
import { list, ties } from './ask'
import { type Folder, folded } from './folded'

export type { Folder } from './folded'

/** What others change is asked for so long after, and at most so often: many files at once are many changes. */
const SETTLE_MS = 150
const EVERY_MS = 1_500
/** How a folder of this computer stands is not told but asked: often while something goes on, else now and then. */
const LIVELY_MS = 700
const CALM_MS = 4_000
/** A look that takes longer is given up. */
const PATIENCE_MS = 10_000
/** Something goes on for so long after a change. */
const LIVELY_FOR_MS = 6_000
const GOING_ON: ReadonlySet<TieState> = new Set(['new', 'working', 'waiting'])

/** Whether something is being done about it now. */
export const isWorking = (tie: TieRow) => tie.state === 'new' || tie.state === 'working'

export class Folders {
  readonly community: string
  #rows: FolderRow[] = $state.raw([])
  #ties: TieRow[] = $state.raw([])
  known = $state(false)
  trouble: Trouble | null = $state(null)
  readonly all: Folder[] = $derived.by(() => folded(this.#rows, this.#ties, this.community))
  /** Counts what was told of folders: what shows one asks anew. */
  told = $state(0)
  #timer: ReturnType<typeof setTimeout> | undefined
  #livelyUntil = 0
  #stopped = false
  readonly #pace = paced(() => void this.#heard(), SETTLE_MS, EVERY_MS)
  readonly #stop: () => void

  constructor(community: string) {
    this.community = community
    this.#stop = skein.onChange({ kind: 'object', community, app: 'folders' }, () => this.#pace.soon())
    void this.load()
  }

  stop(): void {
    this.#stopped = true
    this.#stop()
    this.#pace.stop()
    clearTimeout(this.#timer)
  }

  /** One that is on this computer, as it stands after something was done. */
  put(row: TieRow): void {
    this.#ties = [...this.#ties.filter(tie => tie.folder !== row.folder || tie.community !== row.community), row]
    this.#lively()
  }

  /** One is not kept the same here any more. */
  drop(row: TieRow): void {
    this.#ties = this.#ties.filter(tie => tie.folder !== row.folder || tie.community !== row.community)
  }

  async load(): Promise<void> {
    try {
      this.#rows = await list(this.community)
      this.known = true
      this.trouble = null
    } catch (error) {
      this.trouble = troubleOf(error)
    }
    await this.#look()
  }

  async #heard(): Promise<void> {
    this.told++
    this.#livelyUntil = Date.now() + LIVELY_FOR_MS
    await this.load()
  }

  #lively(): void {
    this.#livelyUntil = Date.now() + LIVELY_FOR_MS
    this.#soon()
  }

  /** How the folders of this computer stand. A phone may not ask that. */
  async #look(): Promise<void> {
    if (skein.me.phone || this.#stopped) return
    // That Skein does not answer is said elsewhere; the next look asks again.
    if (!document.hidden) this.#ties = await ties(null, AbortSignal.timeout(PATIENCE_MS)).catch(() => this.#ties)
    this.#soon()
  }

  #soon(): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    const lively = Date.now() < this.#livelyUntil || this.all.some(({ tie }) => tie !== null && GOING_ON.has(tie.state))
    this.#timer = setTimeout(() => void this.#look(), lively ? LIVELY_MS : CALM_MS)
  }
}
