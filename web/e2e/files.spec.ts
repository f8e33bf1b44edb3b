// A file that is given to one page opens on another; who holds it is told.
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
  await his.getByRole('button', { name: 'Keep a copy' }).or(his.getByRole('button', { name: 'Get it' })).first().click()
  await expect(async () => {
    expect(await ana!.types('files', 'holders', 'bed.png')).toMatch(/Ben/)
  }).toPass({ timeout: 30_000 })
  await expect(his.getByText(/2 people/).first()).toBeVisible()
})
