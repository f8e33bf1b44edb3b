// Files of asks: written for other programs, read from them; and reports that may have one cause.
import { act, query } from './ask'
import { pointText } from './map'
import type { Answered, AskKind, Command, FileKind, PatternRow } from './types'

export async function patterns(community: string): Promise<PatternRow[]> {
  return (await query<Answered<'patterns'>>(community, 'patterns')).patterns
}

/** What there is, as a file. */
export const fileOf = (community: string, as: FileKind, open: boolean) => query<Answered<'file'>>(community, { export: { as, open } })

const read = async (file: File) => ({ path: file.name, text: await file.text() })

/** What a file would post. */
export async function planOf(community: string, file: File, kind: AskKind): Promise<Answered<'plan'>> {
  return query(community, { 'import-check': { file: await read(file), kind } })
}

/** Posts what a file holds, without the rows that cannot be. */
export async function takeIn(community: string, file: File, kind: AskKind): Promise<void> {
  await act(community, { import: { file: await read(file), kind, leave_out: true } })
}

/** Offers a text as a download. */
export function save({ name, mime, text }: Answered<'file'>): void {
  const address = URL.createObjectURL(new Blob([text], { type: mime }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** One fix for a pattern: posted, unless there is one, and the reports joined to it one after the other. Gives its id. */
export async function openFix(community: string, pattern: PatternRow, title: string): Promise<string> {
  const { middle, topic } = pattern
  const point = middle.north === null || middle.east === null ? null : pointText({ north: middle.north, east: middle.east })
  const fix: Command = { post: { kind: 'need', title, topic: topic || null, place: middle.label || null, point } }
  const into = pattern.fix ?? (await act(community, fix)).object
  for (const report of pattern.reports) if (report.joined !== into) await act(community, { join: { ask: report.id, into } })
  return into
}
