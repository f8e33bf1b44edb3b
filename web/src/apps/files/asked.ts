// The questions of the files' screen that are asked at once when the page opens: the same word for word wherever they are.
import type { Query } from '../../gen/apps/files/Query'
import type { Query as FoldersQuery } from '../../gen/apps/folders/Query'

export const MOST_LISTED = 1_000
export const SOLE: Query = 'sole'
export const listOf = (pattern: string): Query => ({ ls: { pattern: pattern || null, all: false, limit: MOST_LISTED } })
/** The folders that stay the same. */
export const LS: FoldersQuery = 'ls'
