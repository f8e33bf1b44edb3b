// Files on their way, as the person steers them: paused, resumed, first.
import type { Coming } from '../../gen/Coming'
import type { ComingRow } from '../../gen/ComingRow'
import type { Steering } from '../../gen/Steering'
import { request } from '../door'
import { skein } from '../state.svelte'

/** What is steered: a share, by what is in it. */
export interface Steered {
  community: string
  root: string
  name: string
  folder: boolean
}

async function steer(what: Steering): Promise<void> {
  try {
    const coming = await request<Coming>({ steer: what })
    if (skein.status) skein.status.coming = coming
  } catch (error) {
    skein.complain(error)
  }
}

const which = ({ community, root, name, folder }: Steered): Steered => ({ community, root, name, folder })

export const pause = (file: Steered) => steer({ pause: which(file) })
export const resume = (file: Steered) => steer({ resume: which(file) })
export const first = (file: Steered) => steer({ first: which(file) })
export const pauseAll = () => steer('pause-all')
export const resumeAll = () => steer('resume-all')

/** How often it is asked how far things are that no request of this page tells of. */
const LOOK_MS = 1_000
let watching = 0
let timer: ReturnType<typeof setInterval> | undefined

async function look(): Promise<void> {
  const coming = await request<Coming>('coming').catch(() => null)
  if (skein.status && coming) skein.status.coming = coming
}

/** Asks again and again how far everything is, until the function that it gives is called. Several who watch ask once. */
export function watchComing(): () => void {
  if (watching++ === 0) timer = setInterval(() => void look(), LOOK_MS)
  return () => {
    if (--watching === 0) clearInterval(timer)
  }
}

/** How something stands that is on its way, if it is. */
export const rowOf = (root: string): ComingRow | undefined => skein.status?.coming.rows.find(row => row.root === root)
