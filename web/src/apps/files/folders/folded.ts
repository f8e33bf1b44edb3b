// Folders of a community together with how they stand on this computer.
import type { FolderRow } from '../../../gen/apps/folders/FolderRow'
import type { TieRow } from '../../../gen/TieRow'

/** A folder of the community; `tie` if it is on this computer. */
export interface Folder extends FolderRow {
  tie: TieRow | null
}

/** All folders of a community: those that its log knows, and those that are tied here and not in it yet; by name. */
export function folded(rows: FolderRow[], tied: TieRow[], community: string): Folder[] {
  const here = new Map(tied.filter(tie => tie.community === community).map(tie => [tie.folder, tie]))
  const all: Folder[] = rows.map(row => ({ ...row, tie: here.get(row.id) ?? null }))
  const known = new Set(rows.map(row => row.id))
  for (const tie of here.values()) {
    if (!known.has(tie.folder)) all.push({ id: tie.folder, name: tie.name, files: tie.files, bytes: tie.bytes, conflicts: tie.conflicts, tie })
  }
  return all.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))
}
