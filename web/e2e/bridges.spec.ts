// Other programs: the address of one's own calendar is made, used, made anew and ended; and the Open311 server of a member.
import { get } from 'node:http'
import { expect, type Member, type Page, test } from './flock'
import { looks } from './look'

/** As a calendar program asks: no browser, no session. */
function fetched(address: string): Promise<{ status: number; kind: string; text: string }> {
  return new Promise((done, failed) => {
    get(address, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => done({ status: answer.statusCode ?? 0, kind: answer.headers['content-type'] ?? '', text }))
    }).on('error', failed)
  })
}

const card = (page: Page, name: RegExp) => page.getByRole('region', { name })
const addressOf = async (page: Page, name: RegExp) => (await card(page, name).getByRole('group', { name: 'Address' }).locator('code').textContent()) ?? ''

test('a calendar reads the dates at a secret address, until that is made anew or ended', async ({ browser, community }) => {
  const [ana, ben] = (await community('Ana', 'Ben')) as [Member, Member]
  await ana.types('asks', 'post', 'need', 'Blankets for the hall', '--until', '9d')
  const page = await ana.opens(browser)
  await page.getByRole('link', { name: 'Needs & offers' }).click()
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Calendar and other programs…' }).click()
  const calendar = /^Your dates in a calendar/
  await expect(card(page, calendar)).toContainText('Whoever has the address and can use this computer')
  await looks(page, 'asks-bridges-none')

  await card(page, calendar).getByRole('button', { name: 'Make an address' }).click()
  await expect(card(page, calendar)).toContainText('never used')
  const first = await addressOf(page, calendar)
  const read = await fetched(first)
  expect([read.status, read.kind]).toEqual([200, 'text/calendar; charset=utf-8'])
  expect(read.text).toContain('Blankets for the hall')
  await card(page, calendar).getByRole('button', { name: 'Copy' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(first)
  await looks(page, 'asks-bridges')

  // Another address: the one before is worth nothing.
  await card(page, calendar).getByRole('button', { name: 'New address…' }).click()
  await page.getByRole('button', { name: 'Make a new one' }).click()
  await expect.poll(() => addressOf(page, calendar)).not.toBe(first)
  const second = await addressOf(page, calendar)
  expect((await fetched(first)).status).toBe(404)
  expect((await fetched(second)).status).toBe(200)

  // The address is shown once; that there is one, and that it is used, goes on to be said.
  await page.reload()
  await expect(card(page, calendar)).toContainText('last used')
  await expect(card(page, calendar).getByRole('group', { name: 'Address' })).toHaveCount(0)
  await card(page, calendar).getByRole('button', { name: 'Stop…' }).click()
  await page.getByRole('button', { name: 'Stop it' }).click()
  await expect(card(page, calendar).getByRole('button', { name: 'Make an address' })).toBeVisible()
  expect((await fetched(second)).status).toBe(404)

  // A city's program, at another address.
  const city = /^Reports for a city/
  await card(page, city).getByRole('button', { name: 'Make an address' }).click()
  await ben.types('asks', 'post', 'report', 'A lamp is out', '--point', '52.520,13.405')
  const server = await addressOf(page, city)
  await expect.poll(async () => (await fetched(`${server}requests.json`)).text, { timeout: 30_000 }).toContain('A lamp is out')
  await page.goto(`${ana.address}/#/c/${(await ana.asks<{ community: string }[]>('communities'))[0]!.community}/asks/open/calendar`)
  await page.getByRole('link', { name: 'Your own dates in your calendar…' }).click()
  await expect(card(page, city)).toContainText('last used')
})
