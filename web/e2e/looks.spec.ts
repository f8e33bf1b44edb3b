// Every screen, at both widths, light and dark. The code for a phone and the demo's home are looked at in their own tests.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './flock'
import { looks } from './look'

test('the screens of a newcomer', async ({ browser, community, member }) => {
  const [ana] = await community('Ana')
  const { link } = JSON.parse(await ana!.types('invite', '--json')) as { link: string }
  const dia = await member('Dia')
  const page = await dia.opens(browser)
  await expect(page.getByRole('link', { name: 'Start a community' })).toBeVisible()
  await looks(page, 'first-minute')
  await page.goto(`${dia.address}/#/join/${encodeURIComponent(link)}`)
  await expect(page.getByText('Ana invites you to')).toBeVisible()
  await looks(page, 'invitation')
})

test('the screens of a member', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await ana!.types('chat', 'say', 'general', 'The beds by the wall are free. Who has a *ladder* for the pear tree?')
  await ben!.types('chat', 'say', 'general', 'I do. Saturday at ten?')
  await ana!.types('chat', 'say', 'harvest', 'Pears: **40 kg** so far')
  writeFileSync(join(ana!.home, 'beds.txt'), 'One bed for each of us.')
  await ana!.types('files', 'add', join(ana!.home, 'beds.txt'), '--note', 'Who has which bed')
  await expect(async () => expect(await ana!.types('chat', 'read', 'general')).toContain('Saturday')).toPass()
  const place = (await ana!.asks<{ community: string }[]>('communities'))[0]!.community
  const alone = (await ana!.asks<{ community: string }>({ direct: { community: place, member: 'Ben' } })).community
  await ana!.says(alone, 'general', 'Shall we surprise Cem?')
  const page = await ana!.opens(browser)
  const main = page.getByRole('main')
  const screens = [
    ['home', `c/${place}`, main.getByText('Saturday at ten?')],
    ['talk', `c/${place}/chat/general`, main.getByRole('article').filter({ hasText: 'Saturday at ten?' })],
    ['direct', `c/${alone}/chat`, main.getByRole('article').filter({ hasText: 'Shall we surprise Cem?' })],
    ['files', `c/${place}/files`, main.getByText('beds.txt')],
    ['people', `c/${place}/people`, main.getByText('invited by Ana')],
    ['safe', `safe/${place}`, main.getByText('checks that went well')],
    ['settings', `settings/${place}`, main.getByRole('heading', { name: 'My phone' })],
    ['search', `c/${place}?find=ladder&app=chat`, page.getByRole('listbox').getByRole('option').first()],
  ] as const
  for (const [name, address, shown] of screens) {
    await page.goto(`${ana!.address}/#/${address}`)
    await expect(shown.first()).toBeVisible({ timeout: 30_000 })
    await looks(page, name)
  }
})
