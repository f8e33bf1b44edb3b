// Sending files from the browser to one's own Skein, and sharing them from there. The whole file is never in memory.
import type { ErrorBody } from '../../gen/ErrorBody'
import type { Progress } from '../../gen/Progress'
import type { Said } from '../../gen/Said'
import type { Uploaded } from '../../gen/Uploaded'
import { Trouble } from '../../shell/door'
import { add } from './ask'
import type { Parcel } from './dropped'
import { words } from './words'

/** Where `shell/door.ts` keeps the session; a request with progress cannot be made with `fetch`. */
const SESSION = 'skein-session'

function open(path: string, type: string): XMLHttpRequest {
  const request = new XMLHttpRequest()
  request.open('POST', path)
  request.setRequestHeader('content-type', type)
  request.setRequestHeader('authorization', `Bearer ${localStorage.getItem(SESSION) ?? ''}`)
  return request
}

function send(path: string, file: File, batch: string | null, sent: (bytes: number) => void, signal: AbortSignal): Promise<Uploaded> {
  const query = new URLSearchParams({ path, ...(batch === null ? {} : { batch }) })
  const request = open(`/api/upload?${query}`, 'application/octet-stream')
  return new Promise((done, failed) => {
    request.upload.onprogress = event => sent(event.loaded)
    request.onerror = () => failed(new Trouble('not-running', words.upload.noAnswer, words.upload.noAnswerHint))
    request.onabort = () => failed(new DOMException('stopped', 'AbortError'))
    request.onload = () => {
      if (request.status === 200) return done(JSON.parse(request.responseText) as Uploaded)
      let told: ErrorBody | null = null
      try {
        told = JSON.parse(request.responseText) as ErrorBody
      } catch {
        // An answer that is no JSON has no words of its own.
      }
      failed(new Trouble(told?.error.code ?? 'failed', told?.error.message ?? words.upload.failed, told?.error.hint))
    }
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

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
      const answer: Uploaded = await send(within, file, batch, bytes => say(Math.min(total, before + bytes), words.upload.sending), signal)
      batch = answer.batch
      path = answer.path
      before += file.size
    }
    say(total, words.upload.sharing)
    return await add(community, path)
  } finally {
    if (batch !== null) open('/api/upload/done', 'application/json').send(JSON.stringify({ batch }))
  }
}
