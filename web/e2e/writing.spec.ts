// Writing: who is writing just now, what is kept, what goes along, and what the keys do.
import { type Page, expect, test } from './flock'

const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC'

const field = (page: Page) => page.getByRole('combobox', { name: /^Message #/ })
const open = (page: Page) => page.getByRole('link', { name: /general/ }).first().click()

test('others see who is writing, and a draft survives', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await ana!.types('chat', 'say', 'general', 'Hello')
  await expect(async () => expect(await ben!.types('chat', 'read', 'general')).toContain('Hello')).toPass()
  const [hers, his] = [await ana!.opens(browser), await ben!.opens(browser)]
  await open(hers)
  await open(his)
  await expect(his.getByText('Hello').first()).toBeVisible()
  await field(hers).pressSequentially('The beans')
  await expect(his.getByText('Ana is writing…')).toBeVisible()

  await hers.reload()
  await expect(field(hers)).toHaveValue('The beans')
  await field(hers).click()
  await hers.keyboard.press('End')
  await hers.keyboard.type(' are up')
  await hers.keyboard.press('Enter')
  await expect(his.getByText('The beans are up')).toBeVisible()
  await expect(his.getByText('Ana is writing…')).toHaveCount(0)

  // The arrow up edits what one said last.
  await expect(field(hers)).toHaveValue('')
  await hers.keyboard.press('ArrowUp')
  const edit = hers.getByRole('combobox', { name: 'Edit your message' })
  await expect(edit).toHaveValue('The beans are up')
  await edit.fill('The beans are up and green')
  await hers.keyboard.press('Enter')
  await expect(his.getByText('The beans are up and green')).toBeVisible()
  await expect(his.getByText('(edited)')).toBeVisible()
})

test('a pasted picture is seen before it is sent, and after', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const page = await ana!.opens(browser)
  await open(page)
  await field(page).click()
  await page.evaluate(base64 => {
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
    const data = new DataTransfer()
    data.items.add(new File([bytes], 'bed.png', { type: 'image/png' }))
    document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, PICTURE)
  await expect(page.getByRole('img', { name: 'bed.png' })).toBeVisible()
  await page.keyboard.type('Look at this')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('img', { name: 'Preview of bed.png' })).toBeVisible()
  await expect(page.getByText('Look at this')).toBeVisible()
  // The first words of a community open its first channel, and no other.
  expect(await ana!.types('chat', 'channels')).not.toMatch(/#(?!general)/)
  await expect(field(page)).toBeFocused()
})

test('a link to a message leads to it, and the keys are told', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  await ana!.types('chat', 'say', 'general', 'Remember this one')
  const page = await ana!.opens(browser)
  await open(page)
  await page.getByRole('article').filter({ hasText: 'Remember this one' }).focus()
  await page.keyboard.press('c')
  const link = await page.evaluate(() => navigator.clipboard.readText())
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'What the keys do' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.goto('about:blank')
  await page.goto(link)
  await expect(page.getByRole('article').filter({ hasText: 'Remember this one' })).toBeFocused()
})

test('a name after @ is completed by the keys alone', async ({ browser, community }) => {
  const [ana] = await community('Ana', 'Bea', 'Ben')
  const page = await ana!.opens(browser)
  await page.getByRole('link', { name: 'general' }).first().click()
  const field = page.getByRole('combobox', { name: 'Message #general' })
  const names = page.getByRole('listbox', { name: /name|call|who/i }).getByRole('option')
  await expect(async () => {
    await field.fill('')
    await field.pressSequentially('Hello @Be')
    await expect(names).toHaveText([/Bea$/, /Ben$/], { timeout: 1_000 })
  }).toPass()
  await page.keyboard.press('ArrowDown')
  await expect(names.nth(1)).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(field).toHaveValue('Hello @Ben ')
  await page.keyboard.type('and @B')
  await expect(names).toHaveCount(2)
  await page.keyboard.press('Escape')
  await expect(names).toHaveCount(0)
  await expect(field).toHaveValue('Hello @Ben and @B')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article').filter({ hasText: 'Hello @Ben and @B' })).toBeVisible()
})
