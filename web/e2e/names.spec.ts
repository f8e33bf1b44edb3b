// Names as long as they may be: nothing runs out of its place, and what is cut ends in an ellipsis.
import { type Page, expect, test } from './flock'

const LONG = 'Wassergenossenschaftsversammlungsvorbereitungsgruppe-Südhang'
const CHANNEL = 'wassergenossenschaftsversammlungsvorbereitungsgruppe-suedhang'

/** What is shown of the page and reaches beyond what holds it, or beyond the window. */
async function runsOut(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const beyond = (element: Element): boolean => {
      const { left, right, width } = element.getBoundingClientRect()
      if (width === 0 || element.closest('.unseen, .skip, svg, [hidden]')) return false
      for (let around = element.parentElement; around; around = around.parentElement) {
        const box = around.getBoundingClientRect()
        if (right > box.right + 1.5 || left < box.left - 1.5) return getComputedStyle(around).overflowX !== 'hidden' && getComputedStyle(element).position === 'static'
        if (getComputedStyle(around).overflowX !== 'visible' || getComputedStyle(around).position !== 'static') return false
      }
      return false
    }
    const all = [...document.querySelectorAll('aside *, main *, [role=dialog] *, [role=menu] *, header *')].filter(beyond)
    return all.map(element => `${element.tagName}.${element.className}: ${element.textContent.slice(0, 40)}`)
  })
}

for (const phone of [false, true]) {
  test(`long names keep to their places (${phone ? 'phone' : 'wide'})`, async ({ browser, member }) => {
    const ana = await member('Ana')
    await ana.types('found', LONG, '--name', LONG)
    await ana.types('chat', 'say', 'general', 'Hello')
    await ana.types('chat', 'say', CHANNEL, `${LONG}${LONG}`)
    const page = await ana.opens(browser, { phone })
    const check = async (where: string) => expect.poll(() => runsOut(page), { message: where }).toEqual([])
    await expect(page.getByRole('heading', { name: LONG })).toBeVisible()
    await expect(page.locator('main').getByText(LONG).nth(1)).toBeVisible()
    await check('home')

    if (phone) await page.getByRole('button', { name: /^Menu/ }).click()
    const row = page.getByRole('link', { name: CHANNEL }).first()
    await expect(row).toBeVisible()
    // Cut by an ellipsis, not by the sidebar's edge.
    expect(await row.locator('.name').evaluate(name => name.scrollWidth > name.clientWidth && getComputedStyle(name).textOverflow === 'ellipsis')).toBe(true)
    await check('sidebar')
    await page.getByRole('button', { name: /^Switch community/ }).click()
    await expect(page.getByRole('menuitem').first()).toBeVisible()
    await check('switcher')
    await page.keyboard.press('Escape')
    await row.click()
    await expect(page.getByRole('heading', { name: `#${CHANNEL}` })).toBeVisible()
    await expect(page.getByRole('article').first()).toBeVisible()
    await check('channel')

    const place = page.url().split('/c/')[1]?.split('/')[0] ?? ''
    for (const [where, heading] of [[`c/${place}/people`, 'People'], [`safe/${place}`, 'Is it safe?'], [`settings/${place}`, 'Settings']] as const) {
      await page.goto(`${ana.address}/#/${where}`)
      await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible()
      await expect(page.locator('main').getByText(LONG).first()).toBeVisible()
      await check(where)
    }
    await page.keyboard.press('Control+k')
    await page.keyboard.type('hello')
    await expect(page.getByRole('listbox').getByRole('option').first()).toBeVisible()
    await check('search')
  })
}
