// The files app's JSON, as `crates/apps/src/files/answer.rs` and `desk.rs` say it: change both together.

export interface Sharer {
  member: string
  name: string
}

export interface Share {
  id: string
  event: string
  name: string
  note: string
  bytes: number
  files: number
  folder: boolean
  /** The current version's content: what a ticket is asked for. */
  root: string
  version: number
  by: Sharer
  shared_ms: number
  changed_ms: number
  removed_ms: number | null
  copies: { devices: number; people: number }
  /** Whether this device holds the current version whole. */
  here: boolean
  /** Whether this device means to keep a copy. */
  kept: boolean
}

export interface Version {
  version: number
  root: string
  bytes: number
  files: number
  folder: boolean
  given_ms: number
  devices: number
  here: boolean
}

export interface Holder {
  device: string
  label: string
  by: Sharer
  since_ms: number
  this: boolean
}

export type Only = 'this-device' | 'your-devices' | 'nobody'

export interface Listed {
  shares: { shares: Share[]; more: boolean; now_ms: number }
}

export interface Shown {
  share: { share: Share; versions: Version[]; holders: Holder[]; now_ms: number }
}

export interface SoleOnes {
  sole: { shares: { share: Share; only: Only }[]; now_ms: number }
}

export type Query = { ls: { pattern: string | null; all: boolean; limit: number } } | { show: { share: string } } | 'sole'

interface Import {
  path: string
  done: null
}

export type Command =
  | { add: { path: Import; name: string | null; note: string | null } }
  | { get: { share: string; to: string; version: number | null } }
  | { keep: { share: string } }
  | { drop: { share: string; even_if_last: boolean } }
  | { rename: { share: string; name: string; note: string | null } }
  | { update: { share: string; path: Import } }
  | { rm: { share: string } }
