// Short texts for lists: marks from a search, and Markdown without its signs.

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

/** A snippet in pieces: Skein puts `[` and `]` around the words that were looked for. */
export function piecesOf(snippet: string, query: string): Piece[] {
  const pieces: Piece[] = []
  const add = (text: string, marked: boolean) => {
    if (text === '') return
    const last = pieces.at(-1)
    if (last && last.marked === marked) last.text += text
    else pieces.push({ text, marked })
  }
  for (const part of snippet.split(/(\[[^[\]]*\])/)) {
    const inside = part.startsWith('[') && part.endsWith(']') ? part.slice(1, -1) : null
    if (inside !== null && lookedFor(inside, query)) add(inside, true)
    else add(plain(part), false)
  }
  return pieces
}

/** Markdown's commonest signs taken out: for one line in a list. */
export function plain(text: string): string {
  return text
    .replace(/```\w*\n?/g, '')
    .replace(/(\*\*|__|`|~~)/g, '')
    .replace(/^[ \t]*(?:>|#{1,6}|[-*+]) /gm, '')
    .replace(/!?\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/\s*\n\s*/g, ' ')
}
