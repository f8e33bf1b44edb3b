// Who can be reached, who is up to date, and what only this device has: the numbers behind the status line.
import type { CommunityRow } from '../gen/CommunityRow'
import type { Hit } from '../gen/Hit'
import type { MemberRow } from '../gen/MemberRow'
import type { WhoHasIt } from '../gen/WhoHasIt'
import { request } from './door'

/** How many of one's own things are looked at. */
export const LOOKED_AT = 20
const FEED = 100

export interface Others {
  all: MemberRow[]
  reached: MemberRow[]
}

/** Whether somebody can be reached on one of their devices. */
export function isReached(member: MemberRow): boolean {
  return member.devices.some(device => device.reached && !device.this && device.belongs)
}

/** Whether one of their devices has all that is here, and nothing besides. */
export function isCurrent(member: MemberRow): boolean {
  return member.devices.some(device => device.belongs && device.lacks === 0 && !device.has_more)
}

/** Whether another device than this one has all that is here. */
export function isAllElsewhere(members: readonly MemberRow[]): boolean {
  return members.some(member => member.belongs && member.devices.some(device => device.belongs && !device.this && device.lacks === 0))
}

/** Everybody else who belongs, and who of them can be reached. */
export function othersOf(members: MemberRow[]): Others {
  const all = members.filter(member => !member.you && member.belongs)
  return { all, reached: all.filter(isReached) }
}

/** Whether the other one of a conversation of two has not opened it yet. Who was there and left is still named. */
export function isAwaited(community: Pick<CommunityRow, 'direct' | 'standing'> | null, members: readonly MemberRow[]): boolean {
  return community !== null && community.direct !== '' && community.standing === 'member' && members.length > 0 && members.every(member => member.you)
}

/** How many of my newest things no other device is known to have; at most [`LOOKED_AT`], which means "or more". */
export async function onlyHere(community: string, me: string, device: string): Promise<number> {
  const feed = await request<Hit[]>({ feed: { community, limit: FEED, before: null } })
  const mine = feed.filter(item => item.member === me).slice(0, LOOKED_AT)
  let alone = 0
  for (const item of mine) {
    const holders = await request<WhoHasIt>({ 'who-has': { community, event: item.event } })
    if (holders.devices.some(holder => holder.has && holder.device !== device)) break
    alone++
  }
  return alone
}
