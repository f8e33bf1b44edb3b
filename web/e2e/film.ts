// A film of any length and size for the tests: drawn and encoded by the browser, put into WebM here. Its index stands at the end, as in most.
import type { Page } from '@playwright/test'

const WIDTH = 320
const HEIGHT = 180
const FRAMES_PER_S = 5

interface Frame {
  data: string
  key: boolean
}

/** Seconds that are counted, a picture each fifth of one; the first of each second needs no other. */
async function draw(page: Page, seconds: number): Promise<Frame[]> {
  return await page.evaluate(
    async ({ seconds, width, height, perS }) => {
      const canvas = new OffscreenCanvas(width, height)
      const pen = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
      const frames: { data: string; key: boolean }[] = []
      const failed: string[] = []
      const encoder = new VideoEncoder({
        output: chunk => {
          const bytes = new Uint8Array(chunk.byteLength)
          chunk.copyTo(bytes)
          frames.push({ data: btoa(String.fromCharCode(...bytes)), key: chunk.type === 'key' })
        },
        error: error => failed.push(error.message),
      })
      encoder.configure({ codec: 'vp8', width, height, bitrate: 100_000, framerate: perS })
      for (let at = 0; at < seconds * perS; at++) {
        pen.fillStyle = `hsl(${(at * 7) % 360} 60% 40%)`
        pen.fillRect(0, 0, width, height)
        pen.fillStyle = 'white'
        pen.font = '80px sans-serif'
        pen.fillText(String(Math.floor(at / perS)), 100, 120)
        const frame = new VideoFrame(canvas, { timestamp: (at * 1_000_000) / perS })
        encoder.encode(frame, { keyFrame: at % perS === 0 })
        frame.close()
      }
      await encoder.flush()
      if (failed.length > 0 || frames.length !== seconds * perS) throw new Error(`no film could be made: ${failed.join(', ')}`)
      return frames
    },
    { seconds, width: WIDTH, height: HEIGHT, perS: FRAMES_PER_S },
  )
}

/** An element of EBML: its id, the length of what is in it, and that. */
function element(id: number, ...parts: Buffer[]): Buffer {
  const name = id.toString(16)
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(body.length))
  // Lengths are written with eight bytes, whatever they are: so each element's own is known before.
  length[0] = 1
  return Buffer.concat([Buffer.from(name, 'hex'), length, body])
}

function number(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return element(id, bytes)
}

const text = (id: number, value: string): Buffer => element(id, Buffer.from(value))

function cluster(second: number, frames: Frame[], bytes: number): Buffer {
  const blocks = frames.map((frame, at) => {
    const head = Buffer.from([0x81, 0, 0, frame.key ? 0x80 : 0])
    head.writeInt16BE((at * 1_000) / FRAMES_PER_S, 1)
    return element(0xa3, head, Buffer.from(frame.data, 'base64'))
  })
  const known = [number(0xe7, second * 1_000), ...blocks]
  const left = bytes - known.reduce((sum, part) => sum + part.length, 0)
  // What players pass over makes every second as large as it is to be.
  return element(0x1f43b675, ...known, element(0xec, Buffer.alloc(Math.max(0, left), second)))
}

/** A film of so many seconds, each of about so many bytes. `page`: any page of a program. */
export async function film(page: Page, seconds: number, bytesPerSecond: number): Promise<Buffer> {
  const frames = await draw(page, seconds)
  const length = Buffer.alloc(8)
  length.writeDoubleBE(seconds * 1_000)
  const info = element(0x1549a966, number(0x2ad7b1, 1_000_000), element(0x4489, length), text(0x4d80, 'skein'), text(0x5741, 'skein'))
  const picture = element(0xe0, number(0xb0, WIDTH), number(0xba, HEIGHT))
  const tracks = element(0x1654ae6b, element(0xae, number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), text(0x86, 'V_VP8'), picture))
  const clusters = Array.from({ length: seconds }, (_, second) => cluster(second, frames.slice(second * FRAMES_PER_S, (second + 1) * FRAMES_PER_S), bytesPerSecond))
  const seekTo = (at: number) => element(0x114d9b74, element(0x4dbb, element(0x53ab, Buffer.from('1c53bb6b', 'hex')), number(0x53ac, at)))
  const begin = seekTo(0).length + info.length + tracks.length
  let at = begin
  const points = clusters.map((one, second) => {
    const point = element(0xbb, number(0xb3, second * 1_000), element(0xb7, number(0xf7, 1), number(0xf1, at)))
    at += one.length
    return point
  })
  const head = element(0x1a45dfa3, number(0x4286, 1), number(0x42f7, 1), number(0x42f2, 4), number(0x42f3, 8), text(0x4282, 'webm'), number(0x4287, 2), number(0x4285, 2))
  return Buffer.concat([head, element(0x18538067, seekTo(at), info, tracks, ...clusters, element(0x1c53bb6b, ...points))])
}
