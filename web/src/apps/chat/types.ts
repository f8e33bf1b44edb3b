// The chat's types, made from the Rust: what of them the page calls by a name of its own.
import type { Answer } from '../../gen/apps/chat/Answer'
import type { Query } from '../../gen/apps/chat/Query'

export type { ChannelCommand } from '../../gen/apps/chat/ChannelCommand'
export type { ChannelInfo } from '../../gen/apps/chat/ChannelInfo'
export type { Command } from '../../gen/apps/chat/Command'
export type { Message } from '../../gen/apps/chat/Message'
export type { Person } from '../../gen/apps/chat/Person'
export type { Quote } from '../../gen/apps/chat/Quote'
export type { Answer, Query }

/** The answer of that kind. */
export type AnswerOf<Kind extends Answer['kind']> = Extract<Answer, { kind: Kind }>
export type Page = AnswerOf<'page'>
export type ReadWanted = Extract<Query, { read: unknown }>['read']
