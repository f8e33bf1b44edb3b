// Every screen, at both widths, light and dark: no fault that axe finds, no sideways scrolling; pictures are kept.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Look, type Page, expect, test } from './flock'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PICTURES = process.env.SKEIN_PICTURES ?? 'test-results/pictures'

interface Found {
  violations: { id: string; help: string; nodes: { target: string[] }[] }[]
}

async function examine(page: Page, name: string): Promise<void> {
  await page.evaluate(AXE)
  const found = await page.evaluate<Found>('axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })')
  const faults = found.violations.map(fault => `${fault.id}: ${fault.help}: ${fault.nodes.map(node => node.target.join(' ')).slice(0, 3).join('; ')}`)
  expect(faults, name).toEqual([])
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wide, `${name} scrolls sideways`).toBeLessThanOrEqual(0)
  await page.screenshot({ path: `${PICTURES}/${name}.png` })
}

const LOOKS: [string, Look][] = [
  ['wide-light', {}],
  ['wide-dark', { dark: true }],
  ['phone-light', { phone: true }],
  ['phone-dark', { phone: true, dark: true }],
]

test('every screen', async ({ browser, community, member }) => {
  test.setTimeout(240_000)
  const [ana, ben] = await community('Ana', 'Ben')
  const newcomer = await member('Dia')
  await ana!.types('chat', 'say', 'general', 'The beds by the wall are free. Who has a *ladder* for the pear tree?')
  await ben!.types('chat', 'say', 'general', 'I do. Saturday at ten?')
  await ana!.types('chat', 'say', 'harvest', 'Pears: **40 kg** so far')
  await expect(async () => expect(await ana!.types('chat', 'read', 'general')).toContain('Saturday')).toPass()
  const place = /"community":\s*"([^"]+)"/.exec(await ana!.types('communities', '--json'))?.[1] ?? ''
  const said = JSON.parse(await ana!.types('chat', 'channels', '--json')) as { channels: { id: string; name: string }[] }
  const general = said.channels.find(channel => channel.name === 'general')?.id ?? ''
  const screens = [
    ['talk', `c/${place}/chat/${general}`],
    ['files', `c/${place}/files`],
    ['people', `c/${place}/people`],
    ['safe', `safe/${place}`],
    ['settings', `settings/${place}`],
  ]
  for (const [look, how] of LOOKS) {
    const first = await newcomer.opens(browser, how)
    await expect(first.getByRole('link', { name: 'Start a community' })).toBeVisible()
    await examine(first, `first-minute-${look}`)
    const page = await ana!.opens(browser, how)
    await expect(page.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()
    await examine(page, `home-${look}`)
    for (const [name, address] of screens) {
      await page.goto(`${ana!.address}/#/${address}`)
      await page.waitForTimeout(600)
      await examine(page, `${name}-${look}`)
    }
    await first.context().close()
    await page.context().close()
  }
})
