// How messages are laid out: a line for each day, a line before what is new, and one head for what a person says in a row.
import type { Message } from './types'

/** One row of the list. */
export type Row =
  | { kind: 'day'; key: string; at_ms: number }
  | { kind: 'new'; key: string }
  | { kind: 'message'; key: string; message: Message; /** Whether the author is named above it. */ head: boolean }

/** What is said within this time by the same person stands under one name. */
const TOGETHER_MS = 7 * 60_000

export function dayOf(ms: number): string {
  const day = new Date(ms)
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`
}

/** The row that a message had last: as long as it is the same, nothing of it is drawn again. */
const rowsHad = new WeakMap<Message, Row & { kind: 'message' }>()

function rowOf(message: Message, head: boolean): Row {
  const had = rowsHad.get(message)
  if (had?.head === head) return had
  const row = { kind: 'message' as const, key: message.id, message, head }
  rowsHad.set(message, row)
  return row
}

/** Rows for messages, oldest first. `firstNew`: the message before which the line "new" stands. */
export function rowsOf(messages: readonly Message[], firstNew: string | null): Row[] {
  const rows: Row[] = []
  let before: Message | undefined
  for (const message of messages) {
    const newDay = before === undefined || dayOf(before.at_ms) !== dayOf(message.at_ms)
    if (newDay) rows.push({ kind: 'day', key: `day ${dayOf(message.at_ms)} ${message.id}`, at_ms: message.at_ms })
    if (message.id === firstNew) rows.push({ kind: 'new', key: 'new' })
    const alone = newDay || message.id === firstNew || message.reply !== null || before === undefined
    const head = alone || before?.author.member !== message.author.member || message.at_ms - before.at_ms > TOGETHER_MS
    rows.push(rowOf(message, head))
    before = message
  }
  return rows
}

/**
 * The first message that is new, as far as it can be seen: of others, after what was last read here (`readMs`, 0 if
 * nobody knows), and no further back than there are unread ones.
 */
export function firstUnread(messages: readonly Message[], unread: number, readMs: number): string | null {
  let left = unread
  let first: string | null = null
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    const message = messages[i] as Message
    if (message.mine || message.text === null) continue
    if (message.at_ms <= readMs) break
    first = message.id
    left -= 1
  }
  return first
}
