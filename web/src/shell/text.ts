// Short texts for lists: marks from a search, Markdown without its signs, and whom a text mentions.

export interface Piece {
  text: string
  marked: boolean
}

/** Whether what stands in brackets is one of the words that were looked for, and not somebody's own brackets. */
function lookedFor(inside: string, query: string): boolean {
  const found = inside.toLocaleLowerCase()
  const wanted = query.toLocaleLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const simple = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '')
  return wanted.some(word => simple(found).startsWith(simple(word)) || (found.length > 3 && simple(word).startsWith(simple(found).slice(0, -1))))
}

/** Stand around a mark while Markdown's signs are taken out of the whole: signs may reach over it. */
const [BEGIN, END] = ['\uE000', '\uE001']

/** A snippet in pieces: Skein puts `[` and `]` around the words that were looked for. */
export function piecesOf(snippet: string, query: string): Piece[] {
  const pieces: Piece[] = []
  const add = (text: string, marked: boolean) => {
    if (text === '') return
    const last = pieces.at(-1)
    if (last?.marked === marked) last.text += text
    else pieces.push({ text, marked })
  }
  const told = snippet
    .replace(/[\uE000\uE001]/g, '')
    .replace(/\[([^[\]]*)\]/g, (whole, inside: string) => (lookedFor(inside, query) ? BEGIN + inside + END : whole))
  for (const part of plain(told).split(/(\uE000[^\uE000\uE001]*\uE001)/)) {
    if (part.startsWith(BEGIN)) add(part.slice(1, -1), true)
    else add(part, false)
  }
  return pieces
}

/** Markdown's commonest signs taken out: for one line in a list. */
export function plain(text: string): string {
  return text
    .replace(/```\w*\n?/g, '')
    .replace(/(\*\*|__|`|~~)/g, '')
    .replace(/^[ \t]*(?:>|#{1,6}|[-*+]) /gm, '')
    .replace(/(?<![\p{L}\p{N}*_])([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?![\p{L}\p{N}*_])/gu, '$2')
    .replace(/!?\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/\s*\n\s*/g, ' ')
}

/** Whether a text mentions somebody of that name: `@Ben Okafor`, `@Ben`, `@everyone` not. */
export function mentions(text: string, name: string): boolean {
  const said = text.toLocaleLowerCase()
  const whole = name.trim().toLocaleLowerCase()
  const first = whole.split(/\s+/u)[0] ?? ''
  return [whole, first].some(one => {
    if (one === '') return false
    for (let at = said.indexOf(`@${one}`); at !== -1; at = said.indexOf(`@${one}`, at + 1)) {
      const before = said[at - 1] ?? ' '
      const after = said[at + 1 + one.length] ?? ' '
      if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return true
    }
    return false
  })
}
