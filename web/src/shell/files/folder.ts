// Where on this computer things are put that are fetched: as the last time, or beside Skein's own things.
import { shelf } from '../kept'
import { skein } from '../state.svelte'

const KEPT = 'skein-get-folder'

export function getFolder(): string {
  return shelf.getItem(KEPT) ?? (skein.status ? `${skein.status.folder}/fetched` : 'fetched')
}

export function keepGetFolder(folder: string): void {
  shelf.setItem(KEPT, folder)
}
