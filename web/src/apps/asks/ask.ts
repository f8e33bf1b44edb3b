// What the page asks of the asks app and has it do, each as a function. Knows no screen.
import { ask, tell } from '../../shell/door'
import type { Said } from '../../gen/Said'
import { ASKS, DONE, ME, MINE, MOST_LISTED, NOW, OPEN, showOf, WORDS } from './asked'
import type { Filters } from './order'
import type { Answered, AskDetail, AskKind, AskRow, Command, Query } from './types'

export function query<T>(community: string, wanted: Query): Promise<T> {
  return ask<T>(community, ASKS, wanted)
}

/** Has the program do something. */
export function act(community: string, command: Command): Promise<Said> {
  return tell<Said>(community, ASKS, command)
}

const asked = new Map<string, Promise<Answered<'now'>>>()
/** What needs this person; several who ask at the same moment ask once. */
export function now(community: string): Promise<Answered<'now'>> {
  const there = asked.get(community)
  if (there !== undefined) return there
  const answer = query<Answered<'now'>>(community, NOW)
  asked.set(community, answer)
  setTimeout(() => asked.delete(community))
  return answer
}
export const mine = (community: string) => query<Answered<'mine'>>(community, MINE)
export const me = (community: string) => query<Answered<'me'>>(community, ME)
export const words = (community: string) => query<Answered<'words'>>(community, WORDS)
/** What is open; `filters`: only what fits these, where a list cannot hold everything. */
export function open(community: string, filters: Filters | null = null): Promise<Answered<'asks'>> {
  if (filters === null) return query(community, OPEN)
  const { words: typed, kind, topic, place, order } = filters
  return query(community, {
    ls: { words: typed.trim() || null, kind: kind || null, topic: topic || null, place: place.trim() || null, oldest: order === 'old', limit: MOST_LISTED },
  })
}
export const all = (community: string) => query<Answered<'asks'>>(community, DONE)

export async function show(community: string, id: string): Promise<AskDetail> {
  return (await query<Answered<'ask'>>(community, showOf(id))).ask
}

/** What looks like the same matter. */
export async function like(community: string, kind: AskKind, title: string, topic: string, point: string): Promise<AskRow[]> {
  const wanted = { kind, title, topic: topic || null, point: point || null }
  return (await query<Answered<'like'>>(community, { like: wanted })).asks
}
