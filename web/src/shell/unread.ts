// What is unread, over all communities: how many things need me, and what the window's title says.
import type { CommunityRow } from '../gen/CommunityRow'

/** What needs me: what calls me by name, everything said to me alone, and who knocks. */
export function needsMe(rows: readonly CommunityRow[], knocks = 0): number {
  return rows.reduce((sum, row) => sum + (!row.direct ? row.mentions : row.unread), knocks)
}

/** Whether something is unread in a community other than this one. */
export function elsewhere(rows: readonly CommunityRow[], community: string): boolean {
  return rows.some(row => row.community !== community && !row.direct && row.unread > 0)
}

/** "(3) Talk · Garden"; with a dot if something is unread that does not call me. */
export function titleOf(title: string, rows: readonly CommunityRow[], knocks = 0): string {
  const needs = needsMe(rows, knocks)
  if (needs > 0) return `(${short(needs)}) ${title}`
  return rows.some(row => row.unread > 0) ? `• ${title}` : title
}

/** A count that stays short. */
export function short(count: number): string {
  return count > 99 ? '99+' : String(count)
}
