// What may never be seen: a number about another person. Every screen is looked through as every member.
import { expect, type Member, type Page, test } from './flock'

const NAMES = ['Ana', 'Ben', 'Cem']

/** Numbers that say when, or how many of something there are for all; nothing of them is about a person. */
const WHEN = /\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]M)?\b|\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\b|\b\d{4}\b|\b\d+ (?:seconds?|minutes?|hours?|days?|s|min|h) ago\b/g

/** The lines on screen in which another person is named beside a number. */
function numbered(lines: readonly string[], me: string): string[] {
  const others = NAMES.filter(name => name !== me)
  return lines.filter(line => others.some(name => line.includes(name)) && /\d/.test(line.replace(WHEN, '')))
}

/** What a screen says, line by line; what is read aloud and shown beside, too. */
function linesOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const said = [...document.querySelectorAll('[aria-label], [title]')].flatMap(of => [of.getAttribute('aria-label') ?? '', of.getAttribute('title') ?? ''])
    return [...document.body.innerText.split('\n'), ...said]
  })
}

test('the test itself sees such a number', () => {
  expect(numbered(['Ben helped 5 times', 'Ben, 22 November, 10:32', 'You did 3', 'Ben said yes'], 'Ana')).toEqual(['Ben helped 5 times'])
})

test('no screen shows a number about another person', async ({ browser, community }) => {
  test.setTimeout(240_000)
  const members = (await community(...NAMES)) as [Member, Member, Member]
  const [ana, ben, cem] = members
  await ben.types('asks', 'can', '--topic', 'tools', '--at-once', '5')
  const titles = ['A ladder', 'A longer ladder', 'The longest ladder', 'Any ladder']
  for (const title of titles) await ana.types('asks', 'post', 'need', title, '--topic', 'tools')
  await expect(async () => expect(await ben.types('asks', 'ls')).toContain('Any ladder')).toPass({ timeout: 45_000 })
  for (const title of titles) await ben.types('asks', 'take', title)
  await cem.types('asks', 'decline', 'A ladder')
  for (const title of titles.slice(0, 3)) {
    await expect(async () => expect(await ana.types('asks', 'show', title)).toContain('Ben')).toPass({ timeout: 45_000 })
    await ana.types('asks', 'confirm', title)
    await ana.types('asks', 'thank', title, 'That saved the roof')
  }
  await ana.types('chat', 'say', 'general', 'Ben has the ladder')
  const place = (await ana.asks<{ community: string }[]>('communities'))[0]!.community
  const { asks } = await ana.asks<{ asks: { id: string }[] }>({ ask: { community: place, app: 'asks', query: { ls: { all: true } } } })
  for (const member of members) {
    await expect(async () => expect(await member.types('asks', 'show', 'The longest ladder')).toContain('That saved')).toPass({ timeout: 45_000 })
    const page = await member.opens(browser)
    const places = ['asks', 'asks/open', 'asks/open/board', 'asks/open/map', 'asks/open/calendar', 'asks/promises', 'asks/mine', 'asks/done', 'asks/me', ...asks.map(ask => `asks/${ask.id}`), 'people', 'chat/general', '']
    for (const where of places) {
      await page.goto(`${member.address}/#/c/${place}/${where}`)
      await expect(page.getByRole('main')).toBeVisible()
      // Until the screen has said what it has to say.
      let before = ''
      await expect(async () => {
        const now = (await linesOf(page)).join('\n')
        const settled = now === before && now.length > 100
        before = now
        expect(settled).toBe(true)
      }).toPass({ timeout: 20_000, intervals: [400] })
      expect(numbered(before.split('\n'), member.name), `${member.name} at ${where || 'home'}`).toEqual([])
    }
  }
})
