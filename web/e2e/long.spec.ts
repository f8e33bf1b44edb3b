// A channel of ten thousand messages: its first, its newest and its unread ones are at hand, and it never weighs more than a page.
import { fill } from '../bench/world'
import { type Page, expect, test } from './flock'

const MESSAGES = 10_000
/** Lines in the page, however long the channel: see MOST in `src/apps/chat/pages.ts`. */
const MOST_LINES = 180

const lines = (page: Page) => page.locator('[data-message]')
const field = (page: Page) => page.getByRole('combobox', { name: /^Message #/ })

test('the first and the newest of ten thousand messages, and writing while others talk', async ({ browser, community }) => {
  test.setTimeout(300_000)
  const [ana, ben] = await community('Ana', 'Ben')
  const place = (await ana!.asks<{ community: string }[]>('communities'))[0]!.community
  await fill(ana!, place, 'general', MESSAGES)
  const page = await ana!.opens(browser)
  await page.getByRole('link', { name: /general/ }).first().click()
  await expect(page.getByText('The newest of all.')).toBeVisible()

  // To the first: by its link, as somebody else would give it.
  const found = await ana!.asks<{ event: string }[]>({ search: { community: place, text: 'first of all', limit: 5 } })
  const { channels } = await ana!.asks<{ channels: { id: string; name: string }[] }>({ ask: { community: place, app: 'chat', query: { channels: { all: true } } } })
  const general = channels.find(channel => channel.name === 'general')!.id
  await page.goto(`${ana!.address}/#/c/${place}/chat/${general}/${found[0]!.event}`)
  const first = page.getByRole('article').filter({ hasText: 'The first of all.' })
  await expect(first).toBeInViewport()
  await expect(first).toBeFocused()
  expect(await lines(page).count()).toBeLessThanOrEqual(MOST_LINES)
  await page.getByRole('button', { name: 'To the newest' }).click()
  await expect(page.getByText('The newest of all.')).toBeInViewport()

  // A long way up: nothing piles up, and the line that one reads stays where it is while older ones come above it.
  await page.getByRole('log').hover()
  for (let i = 0; i < 60; i++) {
    await page.mouse.wheel(0, -900)
    await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
  }
  expect(await lines(page).count()).toBeLessThanOrEqual(MOST_LINES)
  await expect(page.getByText('The newest of all.')).toHaveCount(0)
  await page.getByRole('button', { name: /newest|new message/ }).click()
  await expect(page.getByText('The newest of all.')).toBeInViewport()

  // While others talk, what one writes and where one writes it stays.
  await field(page).click()
  for (let i = 0; i < 20; i++) {
    await page.keyboard.type(`word${i} `)
    await ben!.says(place, 'general', `meanwhile ${i}`)
  }
  await expect(page.getByText('meanwhile 19')).toBeInViewport()
  await expect(field(page)).toBeFocused()
  await expect(field(page)).toHaveValue(Array.from({ length: 20 }, (_, i) => `word${i} `).join(''))
  expect(await lines(page).count()).toBeLessThanOrEqual(MOST_LINES)
})

test('somebody who was away is led to the first message they have not read', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  const place = (await ana!.asks<{ community: string }[]>('communities'))[0]!.community
  await ana!.says(place, 'general', 'Read long ago.')
  const page = await ben!.opens(browser)
  await page.getByRole('link', { name: /general/ }).first().click()
  await expect(page.getByText('Read long ago.')).toBeVisible()
  await expect(async () => expect(await ben!.types('chat', 'channels', '--json')).toMatch(/"unread":\s*0/)).toPass()
  await page.context().close()

  await fill(ana!, place, 'general', 120)
  await expect(async () => expect(await ben!.types('chat', 'read', 'general')).toContain('The newest of all.')).toPass({ timeout: 30_000 })
  const again = await ben!.opens(browser)
  await expect(again.getByRole('link', { name: /^general, 120 unread/ }).first()).toBeVisible()
  await again.getByRole('link', { name: /general/ }).first().click()
  await expect(again.getByRole('separator').filter({ hasText: 'New' })).toBeInViewport()
  await expect(again.getByText('The first of all.')).toBeInViewport()
  await again.getByRole('button', { name: /new message/ }).click()
  await expect(again.getByText('The newest of all.')).toBeInViewport()
  await expect(again.getByRole('link', { name: 'general', exact: true }).first()).toBeVisible()
})
