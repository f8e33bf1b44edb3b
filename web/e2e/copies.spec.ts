// So many copies of everything: asked for and offered on the page, made by the devices, shown by those who hold them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './flock'
import { looks } from './look'

test('copies are asked for, made, and checked', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  writeFileSync(join(ana!.home, 'beds.txt'), 'One bed for each of us.')
  await ana!.types('files', 'add', join(ana!.home, 'beds.txt'))
  const hers = await ana!.opens(browser)
  await hers.getByRole('link', { name: 'Files' }).first().click()
  await hers.getByRole('button', { name: 'More ways to share' }).click()
  await hers.getByRole('menuitem', { name: 'Copies and room…' }).click()
  await hers.getByLabel('Copies of everything').fill('1000000')
  await hers.getByRole('button', { name: 'Save' }).click()
  await expect(hers.getByText('A number of copies is 1 to 64')).toBeVisible()
  await hers.getByLabel('Copies of everything').fill('2')
  await hers.getByRole('button', { name: 'Save' }).click()
  await hers.getByRole('link', { name: /beds\.txt/ }).click()
  await expect(hers.getByText("1 of 2 copies: Ana's device; one more is looked for: nobody offers room")).toBeVisible()
  await looks(hers, 'copies-short')

  const his = await ben!.opens(browser)
  await his.getByRole('link', { name: 'Files' }).first().click()
  await his.getByRole('button', { name: 'More ways to share' }).click()
  await his.getByRole('menuitem', { name: 'Copies and room…' }).click()
  await expect(his.getByText('Nobody offers room yet.')).toBeVisible()
  await his.getByLabel('Room on this device, in GB').fill('0,5')
  await his.getByRole('button', { name: 'Save' }).click()
  await expect(hers.getByText("2 of 2 copies: Ana's device, Ben's device")).toBeVisible({ timeout: 30_000 })
  await hers.getByRole('button', { name: 'Check the copies' }).click()
  const checked = hers.getByRole('list', { name: 'Check the copies' })
  await expect(checked.getByRole('listitem').filter({ hasText: "Ben's device" })).toContainText('every byte right')
  await looks(hers, 'copies-enough')

  await his.getByRole('button', { name: 'More ways to share' }).click()
  await his.getByRole('menuitem', { name: 'Copies and room…' }).click()
  await expect(his.getByText('1 file or folder has the copies that are asked for.')).toBeVisible()
  await expect(his.getByLabel('Room on this device, in GB')).toHaveValue('0.5')
  await looks(his, 'copies-room')
})
