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
  await expect(hers.getByRole('heading', { name: 'Ben', exact: true })).toBeVisible()
  await expect(hers.getByText('Only you and Ben can read this.')).toBeVisible()
  // Until he opens it, it says so, and what happens then.
  await expect(hers.getByText('Ben has not opened this conversation yet.')).toBeVisible()
  await expect(hers.getByText('Waiting for Ben to open this conversation')).toBeVisible()
  await field(hers).fill('Shall we surprise Cem?')
  await hers.keyboard.press('Enter')
  await expect(hers.getByText('Shall we surprise Cem?').first()).toBeVisible()

  await his.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(his.getByText('Shall we surprise Cem?').first()).toBeVisible({ timeout: 30_000 })
  await field(his).fill('Yes, with a cake')
  await his.keyboard.press('Enter')
  await expect(hers.getByText('Yes, with a cake').first()).toBeVisible()
  await expect(hers.getByText('Ben has not opened this conversation yet.')).toHaveCount(0)
  // Nobody is invited into it, or asked out of it.
  await hers.getByRole('link', { name: 'People' }).first().click()
  await expect(hers.getByText('A conversation of two.', { exact: false })).toBeVisible()
  await expect(hers.getByRole('button', { name: 'Invite people' })).toHaveCount(0)
  await hers.getByRole('button', { name: 'What can be done about Ben' }).click()
  await expect(hers.getByRole('menuitem', { name: 'Ask for removal…' })).toHaveCount(0)
  await hers.keyboard.press('Escape')

  await expect(others.getByRole('button', { name: 'Open', exact: true })).toHaveCount(0)
  expect(await cem!.types('communities')).not.toContain('&')
  // Asked again, it is the same conversation.
  await hers.goto(`${ana!.address}/`)
  await expect(hers.getByRole('link', { name: /^Ben/ }).first()).toBeVisible()
})

test('who knocked and went away is waited for', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben', 'Cem')
  const hers = await ana!.opens(browser)
  await hers.getByRole('link', { name: 'People' }).first().click()
  await hers.getByRole('button', { name: 'Talk alone: Ben' }).click()
  await expect(hers.getByRole('heading', { name: 'Write to Ben' })).toBeVisible()
  await field(hers).fill('Are you there?')
  await hers.keyboard.press('Enter')
  await expect(hers.getByText('Are you there?').first()).toBeVisible()
  const his = await ben!.opens(browser, { phone: true })
  // On a phone it stands where what is new is seen first.
  const open = his.getByRole('button', { name: 'Open', exact: true })
  await expect(open).toBeVisible()
  await hers.context().close()
  await ana!.kill()
  await open.click()
  await expect(his.getByText('You are on the way in')).toBeVisible()
  await ana!.up()
  await expect(his.getByText('Are you there?').first()).toBeVisible({ timeout: 60_000 })
})
