// Keeping one's place while a list changes above or below it.

const NEAR_END = 48

export function isNearEnd(view: HTMLElement): boolean {
  return view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END
}

/** Notes which message is at the upper edge; what it gives puts that message back where it was. */
export function keepPlace(view: HTMLElement): () => void {
  const top = view.getBoundingClientRect().top
  for (const row of view.querySelectorAll<HTMLElement>('[data-message]')) {
    const box = row.getBoundingClientRect()
    if (box.bottom <= top) continue
    const id = row.dataset.message ?? ''
    return () => {
      const now = view.querySelector(`[data-message="${CSS.escape(id)}"]`)
      if (now !== null) view.scrollTop += now.getBoundingClientRect().top - box.top
    }
  }
  return () => {}
}
