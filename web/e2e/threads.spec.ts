// What is new in a thread and beside it begins with the line "New", also in a browser that never showed it before.
import { type Page, expect, test } from './flock'

const lines = (page: Page, label: string) =>
  page.getByRole('log', { name: label }).locator('.new').evaluateAll(all => all.map(line => line.nextElementSibling?.getAttribute('aria-label')?.split(',')[0] ?? ''))

test('new replies begin with a line in a second browser too', async ({ browser, community }) => {
  const [ana, ben, cem] = await community('Ana', 'Ben', 'Cem')
  const [{ community: id }] = (await ana!.asks<{ community: string }[]>('communities')) as [{ community: string }]
  const say = (member: typeof ana, text: string, thread: string | null = null) =>
    member!.asks<{ event: string; object: string }>({ do: { community: id, app: 'chat', command: { say: { channel: 'general', text: [text], thread } }, cwd: null } })
  const here = async (text: string) => expect(async () => expect(JSON.stringify(await ana!.asks({ feed: { community: id, limit: 20, before: null } }))).toContain(text)).toPass()
  const root = await say(ana, 'Who has the key?')
  await expect(async () => void (await say(ben, 'I had it on Monday', root.event))).toPass()
  await here('I had it on Monday')
  const address = `${ana!.address}/#/c/${id}/chat/${root.object}/thread/${root.event}`

  const first = await ana!.opens(browser)
  await expect(first.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()
  await first.goto(address)
  await expect(first.getByText('I had it on Monday').first()).toBeVisible()
  // Read once it was in sight for a moment.
  await expect(async () => {
    const { channels } = await ana!.asks<{ channels: { unread: number }[] }>({ ask: { community: id, app: 'chat', query: { channels: { all: true } } } })
    expect(channels.map(channel => channel.unread)).toEqual([0])
  }).toPass()
  await first.context().close()

  await say(ben, 'It is on the hook', root.event)
  await expect(async () => void (await say(cem, 'Thank you', root.event))).toPass()
  await say(cem, 'Rain tomorrow')
  for (const text of ['It is on the hook', 'Thank you', 'Rain tomorrow']) await here(text)
  const second = await ana!.opens(browser)
  await expect(second.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()
  await second.goto(address)
  await expect(second.getByText('Thank you').first()).toBeVisible()
  await expect.poll(() => lines(second, 'Messages in this thread')).toEqual(['Ben'])
  await expect.poll(() => lines(second, 'Messages: #general')).toEqual(['Cem'])
  await second.context().close()

  // Whoever read the channel but not the thread finds the line in the thread, in any browser.
  await say(ben, 'Now it is gone again', root.event)
  await here('Now it is gone again')
  await ana!.types('chat', 'mark-read', 'general')
  const third = await ana!.opens(browser)
  await expect(third.getByRole('heading', { name: 'Harbour Garden' })).toBeVisible()
  await third.goto(address)
  await expect.poll(() => lines(third, 'Messages in this thread')).toEqual(['Ben'])
  await expect.poll(() => lines(third, 'Messages: #general')).toEqual([])
})
