// What the people app asks and does, each as a function. Knows no screen.
import type { DeviceInvitation } from '../../gen/DeviceInvitation'
import type { Invitation } from '../../gen/Invitation'
import type { Said } from '../../gen/Said'
import { ask, request, tell } from '../../shell/door'
import type { Answer } from '../../gen/apps/people/Answer'
import type { Command } from '../../gen/apps/people/Command'
import type { DeviceRow as DeviceInfo } from '../../gen/apps/people/DeviceRow'
import type { InvitationRow as InvitationInfo } from '../../gen/apps/people/InvitationRow'
import type { MemberRow as MemberInfo } from '../../gen/apps/people/MemberRow'
import type { Query } from '../../gen/apps/people/Query'

const PEOPLE = 'people'
const query = <T>(community: string, wanted: Query) => ask<T>(community, PEOPLE, wanted)
const act = (community: string, command: Command) => tell<Said>(community, PEOPLE, command)

export const members = async (community: string) => (await query<{ members: MemberInfo[] }>(community, 'members')).members
export const charter = async (community: string) => (await query<Extract<Answer, { charter: unknown }>>(community, 'charter')).charter

export async function devices(community: string, member: string): Promise<DeviceInfo[]> {
  return (await query<{ devices: DeviceInfo[] }>(community, { devices: { member } })).devices
}

export async function invitations(community: string): Promise<InvitationInfo[]> {
  return (await query<{ invitations: InvitationInfo[] }>(community, { invitations: { all: true } })).invitations
}

export const invite = (community: string, uses: number, expires_ms: number) =>
  request<Invitation>({ invite: { community, uses, expires_ms } })
export const deviceAdd = () => request<DeviceInvitation>('device-add')
export const revoke = (community: string, invitation: string) => act(community, { revoke: { invitation } })
export const rename = (community: string, name: string) => act(community, { rename: { name } })
export const removeMember = (community: string, member: string) => act(community, { remove: { member } })
export const retire = (community: string, device: string) => act(community, { retire: { device } })
