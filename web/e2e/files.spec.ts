// A file that is given to one page opens on another; who holds it is told.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './flock'

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC',
  'base64',
)

test('a file given to one page is fetched and opened on another', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  const hers = await ana!.opens(browser)
  await hers.getByRole('link', { name: 'Files' }).first().click()
  await hers.locator('input[type=file]').first().setInputFiles({ name: 'bed.png', mimeType: 'image/png', buffer: PICTURE })
  await expect(hers.getByText('bed.png').first()).toBeVisible()

  const his = await ben!.opens(browser)
  await his.getByRole('link', { name: 'Files' }).first().click()
  await his.getByText('bed.png').first().click()
  await his.getByRole('button', { name: 'Keep a copy here' }).or(his.getByRole('button', { name: 'Get it' })).first().click()
  await expect(async () => {
    expect(await ana!.types('files', 'holders', 'bed.png')).toMatch(/Ben/)
  }).toPass({ timeout: 30_000 })
  await expect(his.getByText(/2 people/).first()).toBeVisible()
})

test('a folder that is dropped is shared whole, and the only copy goes only after a warning', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const page = await ana!.opens(browser)
  await page.getByRole('link', { name: 'Files' }).first().click()
  // A browser gives scripts no folders to drop: the button for folders is filled, and two files are dropped together.
  const folder = join(ana!.home, 'garden')
  mkdirSync(join(folder, 'beds'), { recursive: true })
  writeFileSync(join(folder, 'plan.txt'), 'beans by the wall')
  writeFileSync(join(folder, 'beds', 'one.txt'), 'beans')
  await page.locator('input[webkitdirectory]').setInputFiles(folder)
  await expect(page.getByRole('link', { name: /^garden 2 files/ })).toBeVisible()

  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer()
    for (const name of ['a.txt', 'b.txt']) transfer.items.add(new File([name], name))
    return transfer
  })
  const zone = page.getByRole('region', { name: 'What is shared' })
  await zone.dispatchEvent('dragenter', { dataTransfer: data })
  await expect(page.getByText('Drop it here, and it is shared with everybody in the community')).toBeVisible()
  await zone.dispatchEvent('drop', { dataTransfer: data })
  await expect(page.getByRole('link', { name: /^a\.txt/ })).toBeVisible()
  await page.getByRole('link', { name: /^b\.txt/ }).click()
  await expect(page.getByText('Only on this device').first()).toBeVisible()
  await page.getByRole('button', { name: 'More about this file' }).click()
  await page.getByRole('menuitem', { name: 'Let this copy go…' }).click()
  const sure = page.getByRole('dialog', { name: 'This is the only copy' })
  await expect(sure).toBeVisible()
  await sure.getByRole('button', { name: 'Keep it' }).click()
  expect(await ana!.types('files', 'ls')).toContain('b.txt')
})
