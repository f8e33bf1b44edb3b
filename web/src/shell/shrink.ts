// Makes a small picture of a person from a large one: square, 128 by 128, at most 8 KiB.

const SIDE = 128
const MOST_BYTES = 8 * 1024
const QUALITIES = [0.9, 0.8, 0.7, 0.55, 0.4, 0.25, 0.1]

/** The largest square in the middle, as [x, y, side]. */
export function middleSquare(width: number, height: number): [number, number, number] {
  const side = Math.min(width, height)
  return [(width - side) / 2, (height - side) / 2, side]
}

function encode(canvas: HTMLCanvasElement, kind: string, quality: number): Promise<Blob | null> {
  return new Promise(done => canvas.toBlob(done, kind, quality))
}

/** The picture, small enough; null if the browser cannot read it. */
export async function shrink(file: Blob): Promise<Blob | null> {
  const image = await createImageBitmap(file).catch(() => null)
  if (image === null) return null
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIDE
  const draw = canvas.getContext('2d')
  if (draw === null) return null
  const [x, y, side] = middleSquare(image.width, image.height)
  draw.imageSmoothingQuality = 'high'
  draw.drawImage(image, x, y, side, side, 0, 0, SIDE, SIDE)
  image.close()
  for (const quality of QUALITIES) {
    // A browser that makes no WebP makes a PNG of it, which is too large for a photograph: then JPEG.
    for (const kind of ['image/webp', 'image/jpeg']) {
      const small = await encode(canvas, kind, quality)
      if (small !== null && small.type === kind && small.size <= MOST_BYTES) return small
    }
  }
  return null
}

export async function base64Of(blob: Blob): Promise<string> {
  let binary = ''
  for (const byte of new Uint8Array(await blob.arrayBuffer())) binary += String.fromCharCode(byte)
  return btoa(binary)
}
