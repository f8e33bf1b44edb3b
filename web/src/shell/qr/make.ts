// A link as a QR code: one path of squares.
import { encodeQR } from 'qr'

export interface Qr {
  /** Of how many squares each side is, the quiet border included. */
  side: number
  path: string
}

const BORDER = 3

export function qrOf(text: string): Qr {
  const data = encodeQR(text, 'raw', { ecc: 'low', border: BORDER })
  let path = ''
  data.forEach((row, y) => {
    // Squares in a row are one stroke: no hairlines between them.
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue
      const from = x
      while (row[x + 1]) x++
      path += `M${from} ${y}h${x - from + 1}v1H${from}z`
    }
  })
  return { side: data.length, path }
}
