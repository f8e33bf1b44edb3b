// What this browser remembers for this person: the look, where they were, what they have seen.

/** What a browser keeps. One that keeps nothing, or is full, forgets it: nothing else breaks. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export const shelf: Shelf = {
  getItem(key) {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  },
  setItem(key, value) {
    try {
      localStorage.setItem(key, value)
    } catch {
      // See above.
    }
  },
  removeItem(key) {
    try {
      localStorage.removeItem(key)
    } catch {
      // See above.
    }
  },
}

const read = (key: string) => shelf.getItem(`skein-${key}`)
const write = (key: string, value: string) => shelf.setItem(`skein-${key}`, value)

export type Theme = 'system' | 'light' | 'dark'

export function theme(): Theme {
  const kept = read('theme')
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Shows a theme, and keeps it. */
export function setTheme(wanted: Theme): void {
  write('theme', wanted)
  showTheme(wanted)
}

export function showTheme(wanted: Theme): void {
  if (wanted === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = wanted
}

/** The community that was looked at last. */
export function lastCommunity(): string | null {
  return read('community')
}

export function setLastCommunity(community: string): void {
  write('community', community)
}

/** Until when everything on a community's home was seen; 0 on the first visit. */
export function seen(community: string): number {
  return Number(read(`seen-${community}`)) || 0
}

export function setSeen(community: string, ms: number): void {
  write(`seen-${community}`, String(ms))
}

/** Whether the suggestions for the beginning are put away. */
export function beginHidden(community: string): boolean {
  return read(`begun-${community}`) !== null
}

export function hideBegin(community: string): void {
  write(`begun-${community}`, '1')
}
