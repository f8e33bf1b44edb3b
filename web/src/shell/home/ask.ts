// What a community's home asks: the newest of everything in it.
import type { Request } from '../../gen/Request'

/** So many things are asked at once. */
export const PAGE = 60

export const feedOf = (community: string, limit = PAGE): Request => ({ feed: { community, limit, before: null } })
