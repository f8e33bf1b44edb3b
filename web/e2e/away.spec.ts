// The program ends and comes back: the page that is open goes on by itself; one that is opened meanwhile says so calmly.
import { expect, test } from './flock'

test('a page that is open goes on where it was when the program comes back', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await ana!.types('chat', 'say', 'general', 'Before')
  const page = await ben!.opens(browser)
  await page.getByRole('link', { name: /general/ }).first().click()
  await expect(page.getByText('Before').first()).toBeVisible()
  const writing = page.getByRole('combobox', { name: /^Message #/ })
  await writing.fill('Half a thought')
  const address = page.url()

  await ben!.kill()
  await expect(page.getByText(/does not answer just now/)).toBeVisible()
  await ana!.types('chat', 'say', 'general', 'Meanwhile')
  await ben!.up()
  await expect(page.getByText('Skein answers again.')).toBeVisible({ timeout: 40_000 })
  await expect(page.getByText(/does not answer just now/)).toHaveCount(0)
  await expect(page.getByText('Meanwhile').first()).toBeVisible({ timeout: 40_000 })
  // Still signed in, at the same place, with what was being written.
  expect(page.url()).toBe(address)
  await expect(writing).toHaveValue('Half a thought')
  await page.keyboard.press('Enter')
  await expect(async () => {
    expect(await ana!.types('chat', 'read', 'general')).toContain('Half a thought')
  }).toPass()
})

test.describe('the installed page', () => {
  // A page that is tried without the program has no service worker.
  test.skip((process.env.SKEIN_PAGE ?? '') !== '', 'only with the program’s own page')

  test('can be installed, and shows that Skein is not running until it runs', async ({ browser, community }) => {
    const [ana] = await community('Ana')
    const page = await ana!.opens(browser)
    await expect(page.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()
    const manifest = await page.evaluate(async () => {
      const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]')
      const answer = await fetch(link?.href ?? '')
      return { kind: answer.headers.get('content-type'), body: (await answer.json()) as { display: string; icons: { src: string }[] } }
    })
    expect(manifest.kind).toContain('application/manifest+json')
    expect(manifest.body.display).toBe('standalone')
    for (const { src } of manifest.body.icons) expect((await page.request.get(`${ana!.address}${src}`)).headers()['content-type']).toContain('image/')
    await page.evaluate(() => navigator.serviceWorker.ready)
    const where = page.url()

    await ana!.kill()
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Skein is not running on this computer' })).toBeVisible()
    // It keeps that page, and nothing of the people or of the program.
    const kept = await page.evaluate(async () => {
      const all: string[] = []
      for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) all.push(new URL(url).pathname)
      return all.sort()
    })
    expect(kept).toEqual(['/away/away.css', '/away/away.html', '/away/away.js', '/mark.svg'])

    await ana!.up()
    await expect(page.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible({ timeout: 40_000 })
    expect(page.url()).toBe(where)
  })
})
