// What comes back to people: every reporter hears that it is done; and a file is looked at before it is taken in.
import { expect, type Member, type Page, test } from './flock'
import { looks } from './look'

const FAR = { timeout: 45_000 }

async function at(page: Page, member: Member, ...place: string[]): Promise<void> {
  const { community } = (await member.asks<{ community: string }[]>('communities'))[0]!
  await page.goto(`${member.address}/#/c/${[community, ...place].join('/')}`)
}
const knows = (member: Member, title: string) => expect(async () => expect(await member.types('asks', 'ls', '--all')).toContain(title)).toPass(FAR)

test('whoever reported it hears that the fix is done, once, and can say that it is not', async ({ browser, community }) => {
  test.setTimeout(180_000)
  const [ana, ben, cem] = (await community('Ana', 'Ben', 'Cem')) as [Member, Member, Member]
  for (const title of ['Wet cellar', 'Water in the lift']) await ben.types('asks', 'post', 'report', title)
  for (const title of ['Wet cellar', 'Water in the lift']) await knows(ana, title)
  await ana.types('asks', 'post', 'need', 'Repair the main')
  for (const title of ['Wet cellar', 'Water in the lift']) await ana.types('asks', 'join', title, 'Repair the main')
  await knows(cem, 'Repair the main')
  await cem.types('asks', 'take', 'Repair the main')
  await cem.types('asks', 'deliver', 'Repair the main')
  await expect(async () => expect(await ana.types('asks', 'now')).toContain('confirm')).toPass(FAR)
  await ana.types('asks', 'confirm', 'Repair the main')

  // On what is new, and among what needs Ben.
  const page = await ben.opens(browser)
  await expect(page.getByRole('main').getByText('It is done.').first()).toBeVisible(FAR)
  await expect(page.getByRole('link', { name: /^Needs & offers \(2 things need you\)/ })).toBeVisible(FAR)
  await looks(page, 'home-done')
  await at(page, ben, 'asks')
  const card = (title: string) => page.getByRole('listitem', { name: title, exact: true })
  await expect(card('Wet cellar')).toContainText('What you reported is done, with "Repair the main".')
  await looks(page, 'asks-hear')

  // One is good, and is not told again; the other is not, and is open again.
  await card('Wet cellar').getByRole('button', { name: 'Good to hear' }).click()
  await expect(card('Wet cellar')).toHaveCount(0)
  await card('Water in the lift').getByRole('button', { name: 'It is not good…' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('It still drips')
  await page.getByRole('dialog').getByRole('button', { name: 'Open it again' }).click()
  await expect(card('Water in the lift')).toHaveCount(0)
  await page.reload()
  await expect(page.getByText('Nothing needs you now')).toBeVisible()
  await at(page, ben, 'asks', 'open')
  await expect(page.getByRole('link', { name: /Water in the lift/ }).first()).toBeVisible()
})

test('rows that do not say what they ask for are taken as what one chooses', async ({ browser, community }) => {
  const [ana] = (await community('Ana')) as [Member]
  const page = await ana.opens(browser)
  await at(page, ana, 'asks', 'open')
  const file = { name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from('title,kind,until\nBread,,\nBlankets,need,\nSoup,,2020-01-01\n') }
  await page.locator('input[type=file]').setInputFiles(file)
  const window = page.getByRole('dialog')
  await expect(window).toContainText('2 rows would be posted')
  await expect(window).toContainText('Need: Bread')
  await expect(window).toContainText('Row 4: that date is over')
  await window.getByLabel('1 row does not say what it asks for. Take it as').selectOption('offers')
  await expect(window).toContainText('Offer: Bread')
  await expect(window).toContainText('Need: Blankets')
  await looks(page, 'asks-import')
  await window.getByRole('button', { name: 'Post them' }).click()
  await expect(page.getByText('2 rows are posted.')).toBeVisible()
  expect(await ana.types('asks', 'ls', '--kind', 'offer')).toContain('Bread')
})
