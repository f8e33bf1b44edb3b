// What an invitation says before one comes in, and where it can be read from.
import { type Page, expect, refused, test } from './flock'

async function toJoin(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'I have an invitation' }).click()
  await expect(page.getByLabel('The invitation')).toBeVisible()
}

test('an invitation says who invites to what, and who will see what, before anybody is called', async ({ browser, community, member }) => {
  const [ana] = await community('Ana')
  const { link } = JSON.parse(await ana!.types('invite', '--json')) as { link: string }
  const eve = await (await member('Eve')).opens(browser)
  await toJoin(eve)
  await eve.getByLabel('The invitation').fill('not a link')
  await eve.getByLabel('The invitation').blur()
  await expect(eve.getByText('An invitation begins with skein:')).toBeVisible()
  await eve.getByLabel('The invitation').fill('skein:abcdefgh')
  await expect(eve.getByRole('alert')).toBeVisible()
  await refused(eve)
  await expect(eve.getByRole('button', { name: 'Come in' })).toHaveCount(0)

  await eve.getByLabel('The invitation').fill(`\n ${link.slice(0, 60)}\n${link.slice(60)} `)
  await expect(eve.getByText('Ana invites you to')).toBeVisible()
  await expect(eve.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()
  await expect(eve.getByText('and that Ana invited you')).toBeVisible()
  await expect(eve.getByText('everything that was said and shared there')).toBeVisible()
  // Nothing was joined by looking.
  expect(await ana!.types('members')).not.toContain('Eve')
  await eve.getByLabel('What do the others call you?').fill('Eve')
  await eve.getByRole('button', { name: 'Come in' }).click()
  await expect(eve.getByText('Welcome to Harbour Garden.')).toBeVisible()

  await eve.goto(`${new URL(eve.url()).origin}/#/join/${encodeURIComponent(link)}`)
  await expect(eve.getByText('You are in Harbour Garden already.')).toBeVisible()
})

test('an invitation is read from the picture of its QR code: chosen, or pasted', async ({ browser, community, member }) => {
  const [ana] = await community('Ana')
  const hers = await ana!.opens(browser)
  await hers.getByRole('link', { name: 'People' }).first().click()
  await hers.getByRole('button', { name: 'Invite people' }).first().click()
  await hers.getByRole('button', { name: 'Make the link' }).click()
  await hers.getByRole('button', { name: 'Show it as a QR code' }).click()
  const picture = await hers.getByRole('img', { name: /The link as a picture/ }).screenshot()
  const link = await hers.getByLabel('Link', { exact: true }).inputValue()

  const his = await (await member('Ben')).opens(browser, { phone: true })
  await toJoin(his)
  await his.locator('input[type=file]').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: picture })
  await expect(his.getByLabel('The invitation')).toHaveValue(link)
  await expect(his.getByText('Ana invites you to')).toBeVisible()

  await his.getByLabel('The invitation').fill('')
  await his.evaluate(base64 => {
    const data = new DataTransfer()
    data.items.add(new File([Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))], 'code.png', { type: 'image/png' }))
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, picture.toString('base64'))
  await expect(his.getByLabel('The invitation')).toHaveValue(link)

  // A picture without a code says so, and what to do.
  await his.getByLabel('The invitation').fill('')
  await his.locator('input[type=file]').setInputFiles({ name: 'mark.png', mimeType: 'image/png', buffer: await his.locator('h1').screenshot() })
  await expect(his.getByText('No QR code was found in this picture.')).toBeVisible()
})
