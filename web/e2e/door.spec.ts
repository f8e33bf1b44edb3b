// Pages from elsewhere, in the same browser, get nothing.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from './flock'

test('a page of another address can neither read nor ask', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  await ana!.opens(browser)
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<p>elsewhere'))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const page = await (await browser.newContext()).newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const tried = await page.evaluate(async address => {
    const attempts: [string, RequestInit][] = [
      ['/', {}],
      ['/api/request', { method: 'POST', body: '"status"', headers: { 'content-type': 'application/json' } }],
      ['/api/request', { method: 'POST', body: '"stop"', headers: { 'content-type': 'text/plain' } }],
      ['/api/upload?path=x', { method: 'POST', body: 'x', headers: { 'content-type': 'application/octet-stream' } }],
    ]
    const results = await Promise.all(
      attempts.map(([path, init]) =>
        fetch(address + path, init).then(
          answer => `read ${answer.status}`,
          () => 'nothing',
        ),
      ),
    )
    const blind = await fetch(`${address}/api/request`, { method: 'POST', body: '"stop"', mode: 'no-cors' }).catch(() => null)
    const socket = await new Promise<string>(done => {
      const ws = new WebSocket(`${address.replace('http', 'ws')}/ws`)
      ws.onopen = () => done('open')
      ws.onerror = () => done('nothing')
    })
    const framed = await new Promise<string>(done => {
      const frame = document.createElement('iframe')
      frame.src = address
      frame.onload = () => done(frame.contentDocument === null ? 'closed' : 'readable')
      document.body.append(frame)
    })
    return { results, blind: blind?.type, socket, framed }
  }, ana!.address)
  expect(tried.results).toEqual(['nothing', 'nothing', 'nothing', 'nothing'])
  expect(tried.socket).toBe('nothing')
  expect(tried.framed).toBe('closed')
  expect(await ana!.types('status')).toContain('Harbour Garden')
  server.close()
})
