// What is asked of Skein about folders that stay the same.
import type { BroughtBack } from '../../../gen/BroughtBack'
import type { OldVersion } from '../../../gen/OldVersion'
import type { Request } from '../../../gen/Request'
import type { Said } from '../../../gen/Said'
import type { TieRow } from '../../../gen/TieRow'
import type { Tying } from '../../../gen/Tying'
import type { Answer } from '../../../gen/apps/folders/Answer'
import type { Command } from '../../../gen/apps/folders/Command'
import type { EntryRow } from '../../../gen/apps/folders/EntryRow'
import type { FolderRow } from '../../../gen/apps/folders/FolderRow'
import { ask, request, tell } from '../../../shell/door'
import { LS } from '../asked'

export type Inside = Extract<Answer, { folder: unknown }>['folder']
/** How a folder is to be tied, as it was filled in. */
export type Wish = Omit<Extract<Request, { tie: unknown }>['tie'], 'one_case'>

export async function list(community: string): Promise<FolderRow[]> {
  return (await ask<Extract<Answer, { folders: unknown }>>(community, 'folders', LS)).folders
}

export async function inside(community: string, folder: string): Promise<Inside> {
  return (await ask<Extract<Answer, { folder: unknown }>>(community, 'folders', { show: { folder } })).folder
}

/** Those of this computer, in all communities. */
export const ties = (dir: string | null = null, signal?: AbortSignal) => request<TieRow[]>({ ties: { dir } }, undefined, signal)
export const change = (dir: string, what: Tying) => request<TieRow>({ 'change-tie': { dir, what } })
export const oldVersions = (dir: string) => request<OldVersion[]>({ 'old-versions': { dir, path: null } })
export const bringBack = (dir: string, version: string) => request<BroughtBack>({ 'bring-back': { dir, version } })

/** Of several versions of a file this one is kept, if it is still as it was seen. */
export function keepVersion(community: string, folder: string, { path, root }: EntryRow): Promise<Said> {
  const command: Command = { keep: { folder, path, root: root || null } }
  return tell<Said>(community, 'folders', command)
}

/** Ties a folder. Done as soon as it is tied: that it becomes the same is shown where it stands, and goes on without this page. */
export async function tie(wish: Wish): Promise<TieRow> {
  const enough = new AbortController()
  const tied = new Promise<null>(done => enough.signal.addEventListener('abort', () => done(null)))
  const wanted: Request = { tie: { ...wish, one_case: false } }
  const asked = request<TieRow>(wanted, () => enough.abort(), enough.signal)
  asked.catch(() => undefined)
  const row = await Promise.race([asked.catch((error: unknown) => (enough.signal.aborted ? null : Promise.reject(error as Error))), tied])
  return row ?? ((await ties(wish.dir))[0] as TieRow)
}
