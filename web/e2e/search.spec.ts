// A search is narrowed by keyboard, stands in the address, and is still there when one comes back from what was found.
import { type Page, expect, test } from './flock'

const results = (page: Page) => page.getByRole('listbox').getByRole('option')

test('a search is narrowed by who, what, where and when', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await ana!.types('chat', 'say', 'general', 'Pears by the wall')
  await ana!.types('chat', 'say', 'harvest', 'Pears: 40 kg')
  await ben!.types('chat', 'say', 'general', 'I like pears')
  const page = await ana!.opens(browser)
  await expect(page.getByText('I like pears').first()).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('pears')
  await expect(results(page)).toHaveCount(3)

  await page.getByLabel('From whom').selectOption({ label: 'From Ben' })
  await expect(results(page)).toHaveCount(1)
  await expect(results(page).first()).toContainText('I like pears')
  await page.getByLabel('From whom').selectOption({ label: 'From me' })
  await expect(results(page)).toHaveCount(2)
  await page.getByLabel('In which').selectOption({ label: '#harvest' })
  await expect(results(page)).toHaveCount(1)
  await expect(results(page).first()).toContainText('40 kg')
  await page.getByLabel('When').selectOption({ label: 'Today' })
  await expect(results(page)).toHaveCount(1)
  await page.getByLabel('When').selectOption({ label: 'Between…' })
  await page.getByLabel('Last day').fill('2020-01-01')
  await expect(page.getByText('Nothing found for “pears”')).toBeVisible()

  // It stands in the address: loading the page again changes nothing.
  await page.reload()
  await expect(page.getByText('Nothing found for “pears”')).toBeVisible()
  await page.getByLabel('When').selectOption({ label: 'Any time' })
  await expect(results(page)).toHaveCount(1)

  // Whoever goes back from what was found is where they were.
  await page.getByRole('combobox', { name: 'Search everything' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: '#harvest' })).toBeVisible()
  await page.goBack()
  await expect(results(page)).toHaveCount(1)
  await page.getByLabel('Look widely again').press('Enter')
  await expect(results(page)).toHaveCount(3)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('listbox')).toHaveCount(0)
  expect(new URL(page.url()).hash).not.toContain('find')
})
