// The people app's JSON, as `crates/apps/src/people/desk/` says it: change both together.

export interface MemberInfo {
  member: string
  name: string
  me: boolean
  belongs: boolean
  /** How many devices of theirs count. */
  devices: number
  since_ms: number
  /** Null for the founder. */
  invited_by: string | null
  removal_wanted_by: string[]
}

export interface DeviceInfo {
  device: string
  member: string
  name: string
  /** What the device is called; may be empty. */
  label: string
  this: boolean
  counts: boolean
  since_ms: number
}

export interface InvitationInfo {
  invitation: string
  by: string
  made_ms: number
  expires_ms: number
  uses: number
  used: number
  revoked: boolean
  /** Whether somebody could join by it now. */
  holds: boolean
}

export interface Charter {
  name: string
  /** How many other members it takes to remove one. */
  removal_takes: number
}

export type Query = 'members' | { devices: { member: string | null } } | { invitations: { all: boolean } } | 'charter'

export type Command = { revoke: { invitation: string } } | { rename: { name: string } } | { remove: { member: string } } | { retire: { device: string } } | { picture: { image: string } }
