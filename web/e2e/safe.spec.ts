// Whether it is safe: with whom one is up to date, and how far behind a device is that was off.
import { expect, test } from './flock'

test('it is said who has everything, and how far behind a device is that was off', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await ana!.types('chat', 'say', 'general', 'The gate is open.')
  const page = await ana!.opens(browser)
  const line = page.getByRole('link', { name: 'Open: is it safe?' })
  await expect(line).toContainText('Up to date with Ben', { timeout: 30_000 })
  await expect(line).toContainText('all you said is on other devices too')

  await ben!.types('down')
  await expect(line).toContainText('The other person cannot be reached now', { timeout: 30_000 })
  for (const text of ['The gate is shut.', 'The key is under the pot.']) await ana!.types('chat', 'say', 'general', text)
  await line.click()
  const his = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Ben' }).getByRole('listitem')
  await expect(his).toContainText('2 things behind', { timeout: 15_000 })

  await ben!.up()
  await expect(his).toContainText('has everything that is here', { timeout: 30_000 })
  await expect(line).toContainText('Up to date with Ben')
})
