// What two changed at once, sorted by file: the version that has the name first, then those beside it.
import type { EntryRow } from '../../../gen/apps/folders/EntryRow'

export interface Versions {
  path: string
  versions: EntryRow[]
}

export function versionsOf(entries: EntryRow[]): Versions[] {
  const beside = new Map<string, EntryRow[]>()
  for (const entry of entries) {
    if (entry.other_of !== '') beside.set(entry.other_of, [...(beside.get(entry.other_of) ?? []), entry])
  }
  const named = entries.filter(entry => entry.other_of === '' && beside.has(entry.path))
  return [...beside].map(([path, others]) => ({ path, versions: [...named.filter(entry => entry.path === path), ...others] }))
}
