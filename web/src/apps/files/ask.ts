// What only the files' own screen asks; what any screen may ask is in `shell/files/ask.ts`.
import { act, query } from '../../shell/files/ask'
import type { Drilled } from '../../gen/Drilled'
import type { Safety } from '../../gen/apps/files/Safety'
import { tell } from '../../shell/door'
import { listOf, SOLE } from './asked'
import type { Listed, Only, SoleOnes } from '../../shell/files/types'

export async function list(community: string, pattern: string): Promise<Listed['shares']> {
  return (await query<Listed>(community, listOf(pattern))).shares
}

export async function sole(community: string): Promise<Map<string, Only>> {
  const { shares } = (await query<SoleOnes>(community, SOLE)).sole
  return new Map(shares.map(({ share, only }) => [share.id, only]))
}

export const update = (community: string, share: string, path: string) => act(community, { update: { share, path: { path, done: null } } })
export const keep = (community: string, share: string) => act(community, { keep: { share } })
export const drop = (community: string, share: string, evenIfLast: boolean) => act(community, { drop: { share, even_if_last: evenIfLast } })
export const rename = (community: string, share: string, name: string, note: string) => act(community, { rename: { share, name, note } })
export const remove = (community: string, share: string) => act(community, { rm: { share } })

export async function safety(community: string): Promise<Safety> {
  return (await query<{ safety: { safety: Safety } }>(community, 'safety')).safety.safety
}

export const copies = (community: string, number: number | null) => act(community, { copies: { number, share: null } })
export const room = (community: string, bytes: number) => act(community, { room: { bytes } })
/** Those who say that they have a share show parts of it. */
export const drill = (community: string, share: string) => tell<Drilled>(community, 'files', { drill: { share, whole: false } })
