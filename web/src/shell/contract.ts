// Conversations of two, until their types are made from the Rust: then this file goes.
import type { CommunityRow } from '../gen/CommunityRow'
import type { Request } from '../gen/Request'

/** A community; `direct` is the other one's name if it is a conversation of two. */
export type Row = CommunityRow & { direct: string }

/** Somebody who would like to talk with this person alone. */
export interface Knock {
  id: string
  community: string
  member: string
  name: string
  at_ms: number
  link: string
}

export const wanted = (request: unknown) => request as Request
