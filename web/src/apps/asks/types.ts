// What is asked of the asks app, and what it answers; made from the program's own types.
import type { Answer as AnyAnswer } from '../../gen/apps/asks/Answer'

export type { Act } from '../../gen/apps/asks/Act'
export type { AskDetail } from '../../gen/apps/asks/AskDetail'
export type { AskKind } from '../../gen/apps/asks/AskKind'
export type { AskRow } from '../../gen/apps/asks/AskRow'
export type { Command } from '../../gen/apps/asks/Command'
export type { Ending } from '../../gen/apps/asks/Ending'
export type { FileKind } from '../../gen/apps/asks/FileKind'
export type { Held } from '../../gen/apps/asks/Held'
export type { News } from '../../gen/apps/asks/News'
export type { PartRow } from '../../gen/apps/asks/PartRow'
export type { PartSpec } from '../../gen/apps/asks/PartSpec'
export type { PatternRow } from '../../gen/apps/asks/PatternRow'
export type { PromiseRow } from '../../gen/apps/asks/PromiseRow'
export type { Query } from '../../gen/apps/asks/Query'
export type { Somebody } from '../../gen/apps/asks/Somebody'
export type { Spot } from '../../gen/apps/asks/Spot'
export type { State } from '../../gen/apps/asks/State'
export type { Todo } from '../../gen/apps/asks/Todo'
export type { Unit } from '../../gen/apps/asks/Unit'

/** The answer of one kind. */
export type Answered<Kind extends AnyAnswer['answer']> = Extract<AnyAnswer, { answer: Kind }>
