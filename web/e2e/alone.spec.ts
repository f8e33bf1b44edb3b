// Two members of a community talk alone: one asks, the other opens it, and the third sees nothing of it.
import { type Page, expect, test } from './flock'

const field = (page: Page) => page.getByRole('combobox', { name: /^Message / })

test('two people talk alone', async ({ browser, community }) => {
  const [ana, ben, cem] = await community('Ana', 'Ben', 'Cem')
  const hers = await ana!.opens(browser)
  const his = await ben!.opens(browser)
  const others = await cem!.opens(browser)
  await hers.getByRole('link', { name: 'People' }).first().click()
  await hers.getByRole('button', { name: 'Talk alone: Ben' }).click()
  await expect(hers.getByRole('heading', { name: 'Ben' })).toBeVisible()
  await expect(hers.getByText('Only you and Ben can read this.')).toBeVisible()
  await field(hers).fill('Shall we surprise Cem?')
  await hers.keyboard.press('Enter')
  await expect(hers.getByText('Shall we surprise Cem?').first()).toBeVisible()

  await his.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(his.getByText('Shall we surprise Cem?').first()).toBeVisible({ timeout: 30_000 })
  await field(his).fill('Yes, with a cake')
  await his.keyboard.press('Enter')
  await expect(hers.getByText('Yes, with a cake').first()).toBeVisible()

  await expect(others.getByRole('button', { name: 'Open', exact: true })).toHaveCount(0)
  expect(await cem!.types('communities')).not.toContain('&')
  // Asked again, it is the same conversation.
  await hers.goto(`${ana!.address}/`)
  await expect(hers.getByRole('link', { name: /^Ben/ }).first()).toBeVisible()
})
