// The first minute of two newcomers: one starts a community, the other comes in by the link, and they talk.
import { expect, test } from './flock'

test('a community is started, somebody comes in by the link, and they talk', async ({ browser, member }) => {
  const ana = await (await member('Ana')).opens(browser)
  await ana.getByRole('link', { name: 'Start a community' }).click()
  await ana.getByLabel('What is it called?').fill('Harbour Garden')
  await ana.getByLabel('What do the others call you?').fill('Ana')
  await ana.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(ana.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()

  await ana.getByRole('link', { name: 'People' }).first().click()
  await ana.getByRole('button', { name: 'Invite people' }).first().click()
  await ana.getByRole('button', { name: 'Make the link' }).click()
  const link = await ana.getByLabel('Link', { exact: true }).inputValue()
  expect(link).toMatch(/^skein:/)

  const ben = await (await member('Ben')).opens(browser, { phone: true })
  await ben.getByRole('link', { name: 'I have an invitation' }).click()
  await ben.getByLabel('The invitation').fill(link)
  await ben.getByLabel('What do the others call you?').fill('Ben')
  await ben.getByRole('button', { name: 'Come in' }).click()
  await expect(ben.getByText('Welcome to Harbour Garden.')).toBeVisible()
  await ana.keyboard.press('Escape')
  await expect(ana.getByText('invited by Ana')).toBeVisible()
})

test('an invitation that was taken back lets nobody in, and says why', async ({ browser, community, member }) => {
  const [ana] = await community('Ana')
  const invited = JSON.parse(await ana!.types('invite', '--json')) as { link: string }
  const page = await ana!.opens(browser)
  await page.getByRole('link', { name: 'People' }).first().click()
  // The one by which a community of the tests comes together, and ours.
  for (const left of [1, 0]) {
    await page.getByRole('button', { name: 'Take back' }).first().click()
    await page.getByRole('dialog').or(page.getByRole('alertdialog')).getByRole('button', { name: 'Take back' }).click()
    await expect(page.getByRole('button', { name: 'Take back' })).toHaveCount(left)
  }
  await expect(page.getByText('No invitation is open')).toBeVisible()

  const late = await (await member('Eve')).opens(browser)
  await late.getByRole('link', { name: 'I have an invitation' }).click()
  await late.getByLabel('The invitation').fill(invited.link)
  await late.getByLabel('What do the others call you?').fill('Eve')
  await late.getByRole('button', { name: 'Come in' }).click()
  await expect(late.getByText(/taken back/).first()).toBeVisible({ timeout: 60_000 })
})
