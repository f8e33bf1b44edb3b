// The chat app's JSON, as `crates/apps/src/chat/desk/answer.rs` and `command.rs` say it: change both together.

/** A member, with the name they have now. */
export interface Person {
  member: string
  name: string
}

export interface ChannelInfo {
  id: string
  name: string
  topic: string
  archived: boolean
  /** Messages of others that are newer than the read mark, threads included; counted up to 1000. */
  unread: number
  mentions: number
  last_ms: number | null
}

/** The beginning of a message that another one answers. */
export interface Quote {
  id: string
  author: Person | null
  text: string | null
}

export interface Reaction {
  word: string
  by: Person[]
  mine: boolean
}

export interface Message {
  id: string
  channel: string
  channel_name: string
  author: Person
  mine: boolean
  at_ms: number
  /** Markdown; null if it was deleted. */
  text: string | null
  edits: number
  pinned: boolean
  mentions: Person[]
  thread: string | null
  reply: Quote | null
  reactions: Reaction[]
  replies: { count: number; last_ms: number | null }
}

export interface Page {
  kind: 'page'
  channel: ChannelInfo
  thread: string | null
  /** Oldest first. */
  messages: Message[]
  more: boolean
  newest: string
}

export interface ReadWanted {
  channel: string
  limit?: number
  before?: string
  after?: string
  since?: string
  thread?: string
  pinned?: boolean
}

/** What can be asked. */
export type Query = { read: ReadWanted } | { channels: { all: boolean } } | { show: { message: string } } | { mentions: { limit: number } }

export type ChannelCommand =
  | { new: { name: string; topic: string | null } }
  | { rename: { channel: string; name: string } }
  | { topic: { channel: string; topic: string[] } }
  | { archive: { channel: string; undo: boolean } }

/** What can be done. */
export type Command =
  | { say: { channel: string; text: string[]; thread?: string; reply?: string } }
  | { edit: { message: string; text: string[] } }
  | { delete: { message: string } }
  | { react: { message: string; emoji: string; remove: boolean } }
  | { pin: { message: string; remove: boolean } }
  | { channel: ChannelCommand }
  | { 'mark-read': { channel: string } }
