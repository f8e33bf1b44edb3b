// Markdown to HTML. Nothing of it is trusted yet: `safe.ts` purifies it before it is shown.
import MarkdownIt from 'markdown-it'

const OURS = /^https?:\/\/127\.0\.0\.1(?::\d+)?\/?(?=#\/c\/)/

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false })
// Pictures would be loaded from elsewhere: only the words are shown, as a link.
markdown.disable('image')
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })

markdown.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index]
  const href = String(token?.attrGet('href') ?? '')
  if (OURS.test(href) || href.startsWith('#')) {
    token?.attrSet('href', href.replace(OURS, ''))
  } else {
    token?.attrSet('target', '_blank')
    token?.attrSet('rel', 'noopener noreferrer')
  }
  return self.renderToken(tokens, index, options)
}

markdown.core.ruler.push('mentions', state => {
  const names = (state.env as { names?: string[] }).names ?? []
  if (names.length === 0) return
  for (const block of state.tokens) {
    if (block.type !== 'inline' || block.children === null) continue
    let depth = 0
    block.children = block.children.flatMap(token => {
      if (token.type === 'link_open') depth += 1
      if (token.type === 'link_close') depth -= 1
      if (token.type !== 'text' || depth > 0) return [token]
      return split(token.content, names).map(part => {
        const piece = new state.Token(part.called ? 'mention' : 'text', '', 0)
        piece.content = part.text
        return piece
      })
    })
  }
})

markdown.renderer.rules.mention = (tokens, index) =>
  `<span class="mention">${markdown.utils.escapeHtml(tokens[index]?.content ?? '')}</span>`

/** A text cut where one of the names is called; the longest name that fits counts. */
export function split(text: string, names: readonly string[]): { text: string; called: boolean }[] {
  const sorted = [...names].filter(Boolean).sort((a, b) => b.length - a.length)
  const parts: { text: string; called: boolean }[] = []
  let from = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at > 0 && /[\p{L}\p{N}]/u.test(text[at - 1] as string)) continue
    const rest = text.slice(at + 1).toLowerCase()
    const name = sorted.find(name => rest.startsWith(name.toLowerCase()) && !/^[\p{L}\p{N}]/u.test(rest.slice(name.length)))
    if (name === undefined) continue
    if (at > from) parts.push({ text: text.slice(from, at), called: false })
    parts.push({ text: text.slice(at, at + 1 + name.length), called: true })
    from = at + 1 + name.length
    at = from - 1
  }
  if (from < text.length) parts.push({ text: text.slice(from), called: false })
  return parts
}

/** The HTML of a message. `names`: who is called in it. */
export function htmlOf(text: string, names: readonly string[] = []): string {
  return markdown.render(text, { names })
}

/** One line without the signs of Markdown: for quotes. */
export function plainOf(text: string): string {
  const line = (text.split('\n')[0] ?? '').replace(/^\s*(?:[#>]+|[-*+])\s+/, '')
  // A quote may be cut in the middle of a link.
  return line.replace(/!?\[((?:\\.|[^\]\\])*)\]\([^)]*(?:\)|$)/g, '$1').replace(/(\*\*|__|~~|`)(.+?)\1/g, '$2').replace(/(^|\W)[*_](\S.*?)[*_](?=\W|$)/g, '$1$2')
}

/** Whether it is nothing but one to three emoji: shown large. */
export function onlyEmoji(text: string): boolean {
  return /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator})[\p{Emoji_Modifier}\p{Join_Control}\p{Variation_Selector}\p{Extended_Pictographic}\p{Regional_Indicator}]*\s*){1,3}$/u.test(
    text.trim(),
  )
}
