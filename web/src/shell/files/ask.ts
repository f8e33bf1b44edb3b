// What any screen asks of the files app: to show a share, to add one, to fetch one.
import type { Fetched } from '../../gen/Fetched'
import type { Progress } from '../../gen/Progress'
import type { Said } from '../../gen/Said'
import { ask, request, tell } from '../door'
import type { Command, Query, Share, Shown } from './types'

const FILES = 'files'

export const query = <T>(community: string, wanted: Query) => ask<T>(community, FILES, wanted)
export const act = (community: string, command: Command, progress?: (now: Progress) => void) =>
  tell<Said | null>(community, FILES, command, progress)

export async function show(community: string, share: string): Promise<Shown['share']> {
  return (await query<Shown>(community, { show: { share } })).share
}

export const add = (community: string, path: string, note = '', progress?: (now: Progress) => void) =>
  act(community, { add: { path: { path, done: null }, name: null, note: note || null } }, progress) as Promise<Said>

/** Fetches a share, and puts it into a folder of this computer. */
export function get(
  community: string,
  share: Pick<Share, 'id'>,
  to: string,
  version: number | null,
  progress: (now: Progress) => void,
  signal: AbortSignal,
): Promise<Fetched> {
  const command: Command = { get: { share: share.id, to, version } }
  return request<Fetched>({ do: { community, app: FILES, command, cwd: null } }, progress, signal)
}
