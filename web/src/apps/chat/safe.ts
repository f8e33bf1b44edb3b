// What people wrote, as HTML that can do nothing.
import DOMPurify from 'dompurify'
import { htmlOf } from './markdown'
import type { Message } from './types'

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

/** In one frame, no longer than this. */
const SLICE_MS = 5
const FRAME_MS = 50

/** Waits for the next frame; not long, as a page that nobody looks at has none. */
export function frame(): Promise<void> {
  return new Promise(done => {
    const timer = setTimeout(done, FRAME_MS)
    requestAnimationFrame(() => {
      clearTimeout(timer)
      done()
    })
  })
}

/** Makes the HTML of messages before they are drawn, a little in each frame. */
export async function warm(messages: readonly Message[]): Promise<void> {
  let began = performance.now()
  for (const { text, mentions } of messages) {
    if (text === null) continue
    if (performance.now() - began > SLICE_MS) {
      await frame()
      began = performance.now()
    }
    safeHtml(text, mentions.map(person => person.name))
  }
}
