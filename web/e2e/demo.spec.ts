// A person alone can look around: pretend neighbours on this computer.
import { expect, test } from './flock'
import { looks } from './look'

test('the demo community has neighbours who talk, share, and answer', async ({ browser, member }) => {
  test.setTimeout(180_000)
  const page = await (await member('Ana')).opens(browser)
  await page.getByRole('button', { name: 'Look around in a demo community first' }).click()
  await expect(page.getByRole('heading', { name: 'The Allotment (demo)' })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('link', { name: 'People' }).first().click()
  await expect(page.getByText('invited by').nth(2)).toBeVisible({ timeout: 60_000 })
  await page.getByRole('link', { name: 'What is new' }).first().click()
  await expect(page.getByRole('article').first()).toBeVisible()
  await looks(page, 'demo-home')
  await page.getByRole('link', { name: 'Files' }).first().click()
  await expect(page.locator('main li').first()).toBeVisible({ timeout: 60_000 })
  await page.getByRole('link', { name: /general/ }).first().click()
  const said = page.getByRole('article')
  await expect(said.nth(1)).toBeVisible({ timeout: 60_000 })
  await page.getByRole('combobox', { name: /^Message #/ }).fill('Hello, neighbours. May I plant beans?')
  await page.keyboard.press('Enter')
  await expect(said.filter({ hasText: 'May I plant beans?' })).toBeVisible()
  const mine = page.getByText('May I plant beans?').last()
  await expect(mine).toBeVisible()
  await expect(async () => {
    const texts = await said.allTextContents()
    const at = texts.findIndex(text => text.includes('May I plant beans?'))
    expect(texts.length).toBeGreaterThan(at + 1)
  }).toPass({ timeout: 60_000 })
})
