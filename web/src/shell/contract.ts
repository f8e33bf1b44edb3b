// What the program answers since the third session, until its types are made from the Rust: then this file goes.
import type { CommunityRow } from '../gen/CommunityRow'
import type { Request } from '../gen/Request'

export interface LinkRead {
  kind: 'invitation' | 'device'
  community: string
  name: string
  from: string
  expires_ms: number
  expired: boolean
  already_in: boolean
}

export type Row = CommunityRow & { unread: number; mentions: number; direct: string }

export interface Knock {
  id: string
  community: string
  member: string
  name: string
  at_ms: number
  link: string
}

export interface Me {
  phone: boolean
  label: string
}

export interface PhoneRow {
  id: string
  label: string
  since_ms: number
  used_ms: number
}

export interface Phones {
  phones: PhoneRow[]
  address: string
}

export interface PhonePaired {
  link: string
  expires_ms: number
}

export const wanted = (request: unknown) => request as Request
