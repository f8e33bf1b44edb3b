// Sends files from the browser to one's own Skein, told how far it is: a request with progress cannot be made with `fetch`.
import type { ErrorBody } from '../gen/ErrorBody'
import type { Uploaded } from '../gen/Uploaded'
import { Trouble } from './door'
import { bearer } from './session'
import { words } from './words'

function open(path: string, type: string): XMLHttpRequest {
  const request = new XMLHttpRequest()
  request.open('POST', path)
  request.setRequestHeader('content-type', type)
  for (const [name, value] of Object.entries(bearer())) request.setRequestHeader(name, value)
  return request
}

function refusal(text: string): Trouble {
  try {
    const { error } = JSON.parse(text) as ErrorBody
    return new Trouble(error.code, error.message, error.hint)
  } catch {
    // An answer that is no JSON has no words of its own.
    return new Trouble('failed', words.door.notTaken)
  }
}

/** Sends one file; the first of several that belong together has no batch, the others have the first's. Ends with [`endBatch`]. */
export function sendFile(
  path: string,
  file: File,
  batch: string | null,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Uploaded> {
  const query = new URLSearchParams({ path, ...(batch === null ? {} : { batch }) })
  const request = open(`/api/upload?${query}`, 'application/octet-stream')
  return new Promise((done, failed) => {
    request.upload.onprogress = event => sent(event.loaded)
    request.onerror = () => failed(new Trouble('not-running', words.door.silent, words.door.silentHint))
    request.onabort = () => failed(new DOMException('stopped', 'AbortError'))
    request.onload = () => (request.status === 200 ? done(JSON.parse(request.responseText) as Uploaded) : failed(refusal(request.responseText)))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

/** Says that what was sent has been taken in: Skein lets go of its own copy. */
export function endBatch(batch: string): void {
  open('/api/upload/done', 'application/json').send(JSON.stringify({ batch }))
}
