// The sidebar says how much needs me in needs and offers, wherever I am, and nothing when nothing does.
import { expect, type Member, test } from './flock'
import { looks } from './look'

const FAR = { timeout: 30_000 }

test('the sidebar counts what needs me, and stops when it is done', async ({ browser, community }) => {
  const [ana, ben] = (await community('Ana', 'Ben')) as [Member, Member]
  await ana.types('asks', 'post', 'need', 'A ladder until Friday')
  const page = await ana.opens(browser)
  const entry = page.getByRole('navigation', { name: 'Communities and places' }).getByRole('link', { name: /^Needs & offers/ })
  await expect(entry).toBeVisible()
  await expect(async () => expect(await ben.types('asks', 'ls')).toContain('A ladder')).toPass(FAR)
  await expect(entry).toHaveAccessibleName('Needs & offers')

  await ben.types('asks', 'take', 'A ladder until Friday')
  await ben.types('asks', 'deliver', 'A ladder until Friday')
  await expect(entry).toHaveAccessibleName('Needs & offers (one thing needs you)', FAR)
  await expect(entry).toContainText('1')
  await looks(page, 'asks-count')

  await entry.click()
  await page.getByRole('listitem', { name: 'A ladder until Friday', exact: true }).getByRole('button', { name: 'Confirm' }).click()
  await expect(entry).toHaveAccessibleName('Needs & offers', FAR)
})
