// What a person dropped, pasted or chose: files, and folders with what is in them.

/** A file with its path within what was dropped, parted by `/`. */
export interface Dropped {
  path: string
  file: File
}

/** What is shared together: a file, or a folder with its files. */
export interface Parcel {
  name: string
  files: Dropped[]
}

export function topOf(path: string): string {
  return path.split('/')[0] ?? path
}

/** One parcel for each file and for each folder. */
export function parcelsOf(dropped: readonly Dropped[]): Parcel[] {
  const parcels = new Map<string, Parcel>()
  let alone = 0
  for (const one of dropped) {
    const name = topOf(one.path)
    // Two files of one name are two parcels; the files of one folder are one.
    const key = one.path.includes('/') ? `folder ${name}` : `file ${alone++}`
    const parcel = parcels.get(key) ?? { name, files: [] }
    parcel.files.push(one)
    parcels.set(key, parcel)
  }
  return [...parcels.values()]
}

/** What a file field holds. */
export function ofField(files: FileList | null): Parcel[] {
  return parcelsOf([...(files ?? [])].map(file => ({ path: file.webkitRelativePath || file.name, file })))
}

/** What was dropped or pasted; folders are read through. */
export async function ofTransfer(transfer: DataTransfer): Promise<Parcel[]> {
  // The entries are only there until the first wait.
  const entries = [...transfer.items].filter(item => item.kind === 'file').map(item => item.webkitGetAsEntry() ?? item.getAsFile())
  const dropped: Dropped[] = []
  for (const entry of entries) {
    if (entry instanceof File) dropped.push({ path: entry.name, file: entry })
    else if (entry !== null) await walk(entry, '', dropped)
  }
  return parcelsOf(dropped)
}

async function walk(entry: FileSystemEntry, within: string, into: Dropped[]): Promise<void> {
  const path = within + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed))
    into.push({ path, file })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // A folder is read in pages, until one is empty.
    const page = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed))
    if (page.length === 0) return
    for (const inside of page) await walk(inside, `${path}/`, into)
  }
}

export interface TreeRow {
  path: string
  name: string
  /** How deep below what was dropped; 0 for what lies in it directly. */
  depth: number
  folder: boolean
}

/** The files of a folder as rows of a tree, each folder before what is in it; without the uppermost folder itself. */
export function treeOf(paths: readonly string[]): TreeRow[] {
  const rows = new Map<string, TreeRow>()
  for (const path of [...paths].sort((a, b) => a.localeCompare(b))) {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const within = parts.slice(0, depth + 1).join('/')
      rows.set(within, { path: within, name: parts[depth] ?? '', depth: depth - 1, folder: depth < parts.length - 1 })
    }
  }
  return [...rows.values()]
}
