// Reads a QR code out of a picture: a photo of a screen, a screenshot. Nothing leaves this computer.
import { Trouble } from '../door'
import { words } from '../begin/words'

interface Pixels {
  width: number
  height: number
  data: Uint8ClampedArray
}

/** Large photos are read small first: that is quick, and less noise. */
const SIDES = [900, 1_800, 400]
const PATIENCE_MS = 1_500
/** A code that touches the picture's edge is not found without a white border. */
const BORDER = 0.06

/** What the QR code in these pixels says; null if none is found. */
export async function textIn(pixels: Pixels): Promise<string | null> {
  const { decodeQR } = await import('qr/decode.js')
  try {
    // Named one by one: an `ImageData` has nothing of its own to spread.
    return decodeQR({ width: pixels.width, height: pixels.height, data: new Uint8Array(pixels.data.buffer) }, { timeLimit: PATIENCE_MS })
  } catch {
    return null
  }
}

/** What the QR code in this picture says. Throws a [`Trouble`] if there is none. */
export async function readPicture(picture: Blob): Promise<string> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(picture)
  } catch {
    throw new Trouble('bad-input', words.qr.noPicture, words.qr.noPictureHint)
  }
  try {
    for (const side of SIDES) {
      const text = await textIn(pixelsOf(bitmap, side))
      if (text !== null && text !== '') return text
    }
  } finally {
    bitmap.close()
  }
  throw new Trouble('not-found', words.qr.none, words.qr.noneHint)
}

function pixelsOf(bitmap: ImageBitmap, side: number): Pixels {
  const scale = Math.min(side / Math.max(bitmap.width, bitmap.height), 3)
  const [width, height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))]
  const border = Math.round(Math.max(width, height) * BORDER)
  const canvas = document.createElement('canvas')
  canvas.width = width + 2 * border
  canvas.height = height + 2 * border
  const pen = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(bitmap, border, border, width, height)
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}
