// What the files app asks and does, each as a function. Knows no screen.
import type { Fetched } from '../../gen/Fetched'
import type { Progress } from '../../gen/Progress'
import type { Said } from '../../gen/Said'
import { ask, request, tell } from '../../shell/door'
import type { Command, Listed, Only, Query, Share, Shown, SoleOnes } from './types'

const FILES = 'files'
export const MOST_LISTED = 1_000

const query = <T>(community: string, wanted: Query) => ask<T>(community, FILES, wanted)
const act = (community: string, command: Command, progress?: (now: Progress) => void) => tell<Said | null>(community, FILES, command, progress)

export async function list(community: string, pattern: string): Promise<Listed['shares']> {
  return (await query<Listed>(community, { ls: { pattern: pattern || null, all: false, limit: MOST_LISTED } })).shares
}

export async function show(community: string, share: string): Promise<Shown['share']> {
  return (await query<Shown>(community, { show: { share } })).share
}

export async function sole(community: string): Promise<Map<string, Only>> {
  const { shares } = (await query<SoleOnes>(community, 'sole')).sole
  return new Map(shares.map(({ share, only }) => [share.id, only]))
}

export const add = (community: string, path: string, note = '', progress?: (now: Progress) => void) =>
  act(community, { add: { path: { path, done: null }, name: null, note: note || null } }, progress) as Promise<Said>

export const update = (community: string, share: string, path: string, progress?: (now: Progress) => void) =>
  act(community, { update: { share, path: { path, done: null } } }, progress)

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

export const keep = (community: string, share: string) => act(community, { keep: { share } })
export const drop = (community: string, share: string, evenIfLast: boolean) => act(community, { drop: { share, even_if_last: evenIfLast } })
export const rename = (community: string, share: string, name: string, note: string) => act(community, { rename: { share, name, note } })
export const remove = (community: string, share: string) => act(community, { rm: { share } })
