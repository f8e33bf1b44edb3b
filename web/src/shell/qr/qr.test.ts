// What is drawn as a QR code is read from it again.
import { expect, test } from 'vitest'
import { encodeQR } from 'qr'
import { textIn } from './read'

const SCALE = 4

test('a long invitation is read from the picture of its code', async () => {
  const link = `skein:${'abcdefghijklmnop234567'.repeat(14)}`
  const modules = encodeQR(link, 'raw', { ecc: 'low', border: 4 })
  const side = modules.length * SCALE
  const data = new Uint8ClampedArray(side * side * 4)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const dark = modules[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)] ?? false
      data.set([...Array<number>(3).fill(dark ? 17 : 255), 255], (y * side + x) * 4)
    }
  }
  expect(await textIn({ width: side, height: side, data })).toBe(link)
})

test('a picture without a code says nothing', async () => {
  expect(await textIn({ width: 60, height: 60, data: new Uint8ClampedArray(60 * 60 * 4).fill(200) })).toBeNull()
})
