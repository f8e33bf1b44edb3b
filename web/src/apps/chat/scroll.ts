// Keeping one's place while a list changes above or below it.

const NEAR_END = 48

export function isNearEnd(view: HTMLElement): boolean {
  return view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END
}

export function rowOf(view: HTMLElement | undefined, id: string): HTMLElement | null {
  return view?.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`) ?? null
}

/** The message of the row in which something happened. */
export function idAt(event: Event): string | null {
  return (event.target as HTMLElement).closest<HTMLElement>('[data-message]')?.dataset.message ?? null
}

/** The first row that is in sight, even in part; found by halving, as the rows stand in order. */
function firstInSight(view: HTMLElement): HTMLElement | undefined {
  const rows = view.querySelectorAll<HTMLElement>('[data-message]')
  const top = view.getBoundingClientRect().top
  let [from, to] = [0, rows.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((rows[middle] as HTMLElement).getBoundingClientRect().bottom <= top) from = middle + 1
    else to = middle
  }
  return rows[from]
}

/** Notes which message is at the upper edge; what it gives puts that message back where it was. */
export function keepPlace(view: HTMLElement): () => void {
  const row = firstInSight(view)
  if (row === undefined) return () => {}
  const before = row.getBoundingClientRect().top
  const id = row.dataset.message ?? ''
  return () => {
    const now = rowOf(view, id)
    if (now === null) return
    const moved = now.getBoundingClientRect().top - before
    if (moved !== 0) view.scrollTop += moved
  }
}
