// Copies a text, also where the browser has no clipboard for pages: on a phone's page, which comes without encryption.
import { skein } from './state.svelte'
import { words } from './words'

/** The old way: a field with the text, marked, and the browser's own "copy". */
function copyMarked(text: string): boolean {
  const before = document.activeElement
  // Inside of what holds the focus: a dialog takes it back from anything outside.
  const place = before?.closest('[role=dialog], [role=alertdialog], [role=menu]') ?? document.body
  const field = document.createElement('textarea')
  field.className = 'unseen'
  field.value = text
  field.readOnly = true
  field.setAttribute('aria-hidden', 'true')
  place.append(field)
  let taken = false
  const take = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    taken = event.clipboardData !== null
  }
  document.addEventListener('copy', take, { once: true, capture: true })
  try {
    field.focus({ preventScroll: true })
    field.select()
    // Marked as going away for years, and the only way without encryption.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand('copy') && taken
  } catch {
    return false
  } finally {
    document.removeEventListener('copy', take, { capture: true })
    field.remove()
    if (before instanceof HTMLElement) before.focus({ preventScroll: true })
  }
}

async function taken(text: string): Promise<boolean> {
  // Not there, whatever the types say, on a page that comes without encryption.
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard
  if (clipboard !== undefined) {
    try {
      await clipboard.writeText(text)
      return true
    } catch {
      // Not allowed: the old way may be.
    }
  }
  return copyMarked(text)
}

/** Copies a text, and says whether it worked. `otherwise`: what to do by hand if not. */
export async function copy(text: string, otherwise: string = words.copy.not): Promise<void> {
  const well = await taken(text)
  skein.toast(well ? words.copy.done : otherwise, { bad: !well })
}
