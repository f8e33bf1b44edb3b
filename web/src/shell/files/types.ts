// The types of the files app, made from the Rust: what of them the page calls by a name of its own.
import type { Answer } from '../../gen/apps/files/Answer'

export type { Command } from '../../gen/apps/files/Command'
export type { Holder } from '../../gen/apps/files/Holder'
export type { Only } from '../../gen/apps/files/Only'
export type { Query } from '../../gen/apps/files/Query'
export type { Share } from '../../gen/apps/files/Share'
export type { Version } from '../../gen/apps/files/Version'

export type Listed = Extract<Answer, { shares: unknown; share?: never }>
export type Shown = Extract<Answer, { share: { versions: unknown } }>
export type SoleOnes = Extract<Answer, { sole: unknown }>
