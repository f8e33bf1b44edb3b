// A file for somebody who is in no community: given on the page, taken by a program that knows nobody.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './flock'
import { looks } from './look'

test('a file is given to somebody outside, once', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  writeFileSync(join(ana!.home, 'beds.txt'), 'One bed for each of us.')
  await ana!.types('files', 'add', join(ana!.home, 'beds.txt'))
  const hers = await ana!.opens(browser)
  await hers.getByRole('link', { name: 'Files' }).first().click()
  await hers.getByRole('link', { name: /beds\.txt/ }).click()
  const open = async () => {
    await hers.getByRole('button', { name: 'More about this file' }).click()
    await hers.getByRole('menuitem', { name: 'Give to somebody outside…' }).click()
  }
  await open()
  await hers.getByRole('button', { name: 'By a link' }).click()
  const link = await hers.getByLabel('Link for one person').inputValue()
  await expect(hers.getByText('Nobody has fetched it yet.')).toBeVisible()
  await looks(hers, 'give-link')
  const to = join(ben!.home, 'got')
  await ben!.types('take', link, '--to', to)
  expect(readFileSync(join(to, 'beds.txt'), 'utf8')).toBe('One bed for each of us.')
  await expect(hers.getByText('It has arrived.')).toBeVisible()
  await hers.keyboard.press('Escape')

  // One that was left there is found again, and taken back.
  await open()
  await expect(hers.getByRole('list', { name: 'Waits to be fetched' })).toHaveCount(0)
  await hers.getByRole('button', { name: 'By a link' }).click()
  await hers.getByRole('button', { name: 'Leave it there' }).click()
  await open()
  await expect(hers.getByRole('list', { name: 'Waits to be fetched' }).getByText('beds.txt')).toBeVisible()
  await looks(hers, 'give')
  await hers.getByRole('button', { name: 'Take it back: beds.txt' }).click()
  await expect(hers.getByRole('list', { name: 'Waits to be fetched' })).toHaveCount(0)
  await hers.keyboard.press('Escape')

  await open()
  await hers.getByRole('button', { name: 'By four words' }).click()
  await expect(hers.getByText('Say these words to somebody in the same network')).toBeVisible({ timeout: 20_000 })
  await looks(hers, 'give-words')
  await hers.getByRole('button', { name: 'Take it back' }).click()
  await expect(hers.getByText('Nobody can fetch it any more.')).toBeVisible()
})
