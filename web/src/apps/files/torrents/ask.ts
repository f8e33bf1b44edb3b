// What is asked about torrents: files for anybody outside who has their link, and files from there.
import type { TakenTorrent } from '../../../gen/TakenTorrent'
import type { Progress } from '../../../gen/Progress'
import type { Said } from '../../../gen/Said'
import type { TorrentFile } from '../../../gen/TorrentFile'
import type { TorrentRow } from '../../../gen/TorrentRow'
import { request, Trouble } from '../../../shell/door'
import { add } from '../../../shell/files/ask'
import type { Share } from '../../../shell/files/types'
import { skein } from '../../../shell/state.svelte'
import { endBatch, sendFile } from '../../../shell/uploads'
import { linesOf } from './link'
import { words } from './words'

/** What is to be brought in, and who is asked for it. */
export interface Wanted {
  /** A magnet link, or a `.torrent` file. */
  from: string | File
  /** Computers that have it, one a line. */
  peers: string
  /** Ask the trackers that it names. */
  ask: boolean
}

export const torrents = () => request<TorrentRow[]>({ torrent: 'list' })
export const endTorrent = (id: string) => request<null>({ torrent: { end: { id } } })

/** Makes a torrent of what is on this device, and gives it. */
export function seed(share: Share, trackers: string, progress: (now: Progress) => void, signal: AbortSignal): Promise<TorrentRow> {
  const { root, name, folder } = share
  const terms = { what: { held: { root, name } }, folder, cwd: null, to: null, trackers: linesOf(trackers), seed: true }
  return request<TorrentRow>({ torrent: { seed: terms } }, progress, signal)
}

/** The `.torrent` file of one that is given, into the browser's downloads. */
export async function saveFile(id: string): Promise<void> {
  try {
    const { name, base64 } = await request<TorrentFile>({ torrent: { file: { id } } })
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/x-bittorrent' }))
    link.download = name
    link.click()
    // Only when the browser has surely begun to read it.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  } catch (error) {
    skein.complain(error)
  }
}

/** Fetches a torrent whole, shares it, and clears away what came; gives the share. */
export async function bring(community: string, wanted: Wanted, progress: (now: Progress) => void, signal: AbortSignal): Promise<Said> {
  let batch: string | null = null
  try {
    let from = wanted.from
    if (typeof from !== 'string') {
      const sent = await sendFile(from.name, from, null, () => undefined, signal)
      batch = sent.batch
      from = sent.path
    }
    const terms = { community, from, cwd: null, peers: linesOf(wanted.peers), trackers: [], ask_trackers: wanted.ask }
    const taken = await request<TakenTorrent>({ torrent: { take: terms } }, progress, signal)
    return await share(community, taken, progress)
  } finally {
    if (batch !== null) endBatch(batch)
  }
}

async function share(community: string, taken: TakenTorrent, progress: (now: Progress) => void): Promise<Said> {
  const { bytes, name } = taken
  progress({ what: name, done: bytes, total: bytes, unit: 'bytes', rate_per_s: 0, from: [], words: words.bring.sharing })
  // What is shared, now or before, is in the store of files: what came lies here a second time.
  const clear = () => endTorrent(taken.id).catch((error: unknown) => skein.complain(error))
  try {
    const said = await add(community, taken.path)
    await clear()
    return said
  } catch (error) {
    if (error instanceof Trouble && error.kind === 'conflict') await clear()
    throw error
  }
}
