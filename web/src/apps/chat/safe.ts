// What people wrote, as HTML that can do nothing.
import DOMPurify from 'dompurify'
import { htmlOf } from './markdown'

const ALLOWED = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'strong', 'em', 's', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'span'],
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'target', 'rel', 'class', 'start'],
}

const MOST_KEPT = 600
const kept = new Map<string, string>()

/** The HTML of a message, purified; kept, as the same message is drawn again and again while scrolling. */
export function safeHtml(text: string, names: readonly string[]): string {
  const key = `${names.join('\n')}\n\n${text}`
  let html = kept.get(key)
  if (html === undefined) {
    html = DOMPurify.sanitize(htmlOf(text, names), ALLOWED)
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(key, html)
  }
  return html
}
