// A file that is on this device, into the browser's downloads.
import { ticket } from '../../shell/door'
import { skein } from '../../shell/state.svelte'

export async function save(root: string, name: string): Promise<void> {
  try {
    const link = document.createElement('a')
    link.href = await ticket(root, name)
    link.download = name
    link.click()
  } catch (error) {
    skein.complain(error)
  }
}
