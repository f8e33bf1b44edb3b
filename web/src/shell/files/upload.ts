// Takes files in from the browser and shares them. The whole file is never in memory.
import type { Progress } from '../../gen/Progress'
import type { Said } from '../../gen/Said'
import { endBatch, sendFile } from '../uploads'
import { add } from './ask'
import type { Parcel } from './dropped'
import { words } from './words'

/** Sends a file or folder, and shares it; gives the share. */
export async function share(community: string, parcel: Parcel, progress: (now: Progress) => void, signal: AbortSignal): Promise<Said> {
  const total = parcel.files.reduce((sum, { file }) => sum + file.size, 0)
  const began = performance.now()
  let before = 0
  let batch: string | null = null
  let path = ''
  const say = (done: number, told: string) => {
    const rate_per_s = (done / Math.max(1, performance.now() - began)) * 1_000
    progress({ what: parcel.name, done, total, unit: 'bytes', rate_per_s, from: [], words: told })
  }
  try {
    for (const { path: within, file } of parcel.files) {
      const answer = await sendFile(within, file, batch, bytes => say(Math.min(total, before + bytes), words.upload.sending), signal)
      batch = answer.batch
      path = answer.path
      before += file.size
    }
    say(total, words.upload.sharing)
    return await add(community, path)
  } finally {
    if (batch !== null) endBatch(batch)
  }
}
