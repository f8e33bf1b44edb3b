// A phone is paired by a code, opens the page of its person's own program, may do less, and is ended.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, Member, test } from './flock'
import { looks } from './look'

test('a phone is paired, used, and ended', async ({ lan, member }) => {
  const ana = await member('Ana', lan.under)
  await ana.types('found', 'Harbour Garden', '--name', 'Ana')
  await ana.types('chat', 'say', 'general', 'From the computer')
  const place = mkdtempSync(join(tmpdir(), 'skf-'))
  mkdirSync(join(place, 'papers'))
  writeFileSync(join(place, 'papers', 'plan.md'), 'Beans in May.')
  await ana.types('files', 'sync', join(place, 'papers'))
  const ben = await member('Ben', lan.under)
  const { link: invitation } = JSON.parse(await ana.types('invite', '--json')) as { link: string }
  await ben.types('join', invitation, '--name', 'Ben')
  const page = await ana.opens(lan.browser)
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Add my phone' }).click()
  await expect(page.getByText('is not encrypted')).toBeVisible()
  await page.getByLabel('What is it called?').fill('Ana’s phone')
  await page.getByRole('button', { name: 'I trust this network: show the code' }).click()
  await expect(page.getByRole('img', { name: 'QR code that opens Skein on your phone' })).toBeVisible()
  await looks(page, 'phone-code')
  const link = await page.getByRole('dialog').locator('code').innerText()
  expect(link).toMatch(/^http:\/\/[\d.]+:\d+\/#code=/)

  const context = await lan.browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, reducedMotion: 'reduce' })
  await ana.serve(context, new URL(link).origin)
  const phone = await context.newPage()
  Member.opened(phone, new URL(link).origin)
  await phone.goto(link)
  await expect(phone.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()
  await expect(page.getByText('Ana’s phone is paired.')).toBeVisible()

  // It shows what the computer shows, and what is said on it is said by the same person.
  await phone.goto(`${new URL(link).origin}/#/c/${phone.url().split('/c/')[1]?.split('/')[0] ?? ''}/chat`)
  await phone.getByRole('link', { name: /general/ }).first().click()
  await expect(phone.getByText('From the computer').first()).toBeVisible()
  await phone.getByRole('combobox', { name: /^Message #/ }).fill('From the phone')
  await phone.keyboard.press('Enter')
  await expect(async () => {
    expect(await ana.types('chat', 'read', 'general')).toContain('From the phone')
  }).toPass()

  // Copying works there too, where the browser has no clipboard for pages.
  expect(await phone.evaluate(() => 'clipboard' in navigator)).toBe(false)
  const said = phone.getByRole('article').filter({ hasText: 'From the computer' })
  await said.focus()
  await phone.keyboard.press('c')
  await expect(phone.getByText('Copied.')).toBeVisible()
  await expect(said).toBeFocused()
  const field = phone.getByRole('combobox', { name: /^Message #/ })
  await field.focus()
  await phone.keyboard.press('Control+V')
  await expect(field).toHaveValue(/^http:\/\/[\d.]+:\d+\/#\/c\//)
  await field.fill('')

  // What a phone may not do is not offered.
  await phone.getByRole('button', { name: /^Menu/ }).click()
  await phone.getByRole('link', { name: 'Settings' }).click()
  await expect(phone.getByText('You are on a phone: Ana’s phone')).toBeVisible()
  for (const name of ['Make a backup', 'Export', 'Add my phone', 'Leave Harbour Garden']) {
    await expect(phone.getByRole('button', { name, exact: true })).toHaveCount(0)
  }

  // Nor among the people: what cannot be undone is done on the computer.
  await phone.getByRole('button', { name: /^Menu/ }).click()
  await phone.getByRole('link', { name: 'People' }).click()
  await expect(phone.getByRole('heading', { name: 'Your devices' })).toBeVisible()
  for (const name of ['Add a device', 'No longer mine…']) await expect(phone.getByRole('button', { name })).toHaveCount(0)
  await phone.getByRole('button', { name: 'What can be done about Ben' }).click()
  await expect(phone.getByRole('menuitem', { name: 'Talk alone' })).toBeVisible()
  await expect(phone.getByRole('menuitem', { name: 'Ask for removal…' })).toHaveCount(0)
  await phone.keyboard.press('Escape')

  // Folders that stay the same are seen: what is in them, and not where they are.
  await phone.getByRole('button', { name: /^Menu/ }).click()
  await phone.getByRole('link', { name: 'Files' }).click()
  const papers = phone.getByRole('link', { name: /papers/ })
  await expect(papers).toContainText('1 file')
  await expect(papers).not.toContainText(place)
  await phone.getByRole('button', { name: 'More ways to share' }).click()
  await expect(phone.getByRole('menuitem', { name: 'Copies and room…' })).toBeVisible()
  await expect(phone.getByRole('menuitem', { name: 'Keep a folder the same…' })).toHaveCount(0)
  await phone.keyboard.press('Escape')
  await papers.click()
  await expect(phone.getByText('A phone only shows what is in it.')).toBeVisible()
  await phone.getByText('What is in it', { exact: true }).click()
  await expect(phone.getByRole('button', { name: 'Save plan.md to downloads' })).toBeVisible()
  for (const name of ['Pause', 'Have it on this computer…', 'More about this folder']) await expect(phone.getByRole('button', { name })).toHaveCount(0)
  await looks(phone, 'phone-folder')

  await page.getByRole('button', { name: 'End it' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click()
  await expect(page.getByText('Ana’s phone is signed out.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'End it' })).toHaveCount(0)
  await expect(phone.getByText('This phone is not paired').or(phone.getByText('does not answer'))).toBeVisible({ timeout: 30_000 })
  await context.close()
  rmSync(place, { recursive: true })
})
