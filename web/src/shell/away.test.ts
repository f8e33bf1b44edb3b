// The page that is shown while Skein does not run: the service worker notices whenever it changes.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const PUBLIC = new URL('../../public', import.meta.url).pathname

test('the service worker is renewed with what it keeps', () => {
  const worker = readFileSync(`${PUBLIC}/sw.js`, 'utf8')
  const kept = [...(/const KEPT = \[(.*)\]/.exec(worker)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(match => match[1] as string)
  expect(kept.length).toBeGreaterThan(2)
  const hash = createHash('sha256')
  for (const path of kept) hash.update(readFileSync(PUBLIC + path))
  const version = hash.digest('hex').slice(0, 12)
  expect(worker, `write VERSION = '${version}' into public/sw.js`).toContain(`const VERSION = '${version}'`)
})
