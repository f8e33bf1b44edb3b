// Talk between pages of different people; search; and a program that is killed and comes back.
import { type Page, expect, test } from './flock'

async function open(page: Page): Promise<void> {
  await page.getByRole('link', { name: /general/ }).first().click()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('combobox', { name: /^Message #/ }).fill(text)
  await page.keyboard.press('Enter')
}

test('what is said on one page appears on the others, and is found again', async ({ browser, community }) => {
  const [ana, ben, cem] = await community('Ana', 'Ben', 'Cem')
  await ana!.types('chat', 'say', 'general', 'Welcome, all')
  const pages = [await ana!.opens(browser), await ben!.opens(browser), await cem!.opens(browser)] as [Page, Page, Page]
  for (const page of pages) await open(page)
  await say(pages[1], 'The **beans** are up')
  for (const page of pages) {
    await expect(page.getByText('The beans are up').first()).toBeVisible()
    await expect(page.locator('strong', { hasText: 'beans' }).first()).toBeVisible()
  }
  await say(pages[2], '<img src=x onerror=alert(1)> <b>no markup</b>')
  await expect(pages[0].getByText('<b>no markup</b>').first()).toBeVisible()

  await pages[0].getByRole('heading', { name: '#general' }).click()
  await pages[0].keyboard.press('Control+k')
  await pages[0].getByPlaceholder('Words in messages, files, people…').fill('beans')
  await expect(pages[0].locator('mark', { hasText: 'beans' }).first()).toBeVisible()
})

test('a program that is killed comes back, and so does its page', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await ana!.types('chat', 'say', 'general', 'Before the storm')
  const page = await ben!.opens(browser)
  await open(page)
  await expect(page.getByText('Before the storm').first()).toBeVisible()
  await ben!.kill()
  await expect(page.getByText(/does not answer just now/)).toBeVisible()
  await ana!.types('chat', 'say', 'general', 'During the storm')
  await ben!.up()
  await expect(page.getByText('During the storm').first()).toBeVisible({ timeout: 40_000 })
  await say(page, 'After the storm')
  await expect(async () => {
    expect(await ana!.types('chat', 'read', 'general')).toContain('After the storm')
  }).toPass()
})
