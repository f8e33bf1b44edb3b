// From talk to done, on three real programs: mutual aid, where two people take the same while apart; and a relief hub, where one is away half the time.
import { readFileSync } from 'node:fs'
import { type Browser } from '@playwright/test'
import { expect, type Look, type Member, type Page, test } from './flock'
import { looks } from './look'

const FAR = { timeout: 45_000 }

async function placeOf(member: Member): Promise<string> {
  return (await member.asks<{ community: string }[]>('communities'))[0]!.community
}

/** Opens a member's page at a place in the asks. */
async function open(browser: Browser, member: Member, place = '', look: Look = {}): Promise<Page> {
  const page = await member.opens(browser, look)
  await expect(page.getByRole('link', { name: 'Needs & offers' }).or(page.getByRole('button', { name: /Menu/ })).first()).toBeVisible()
  await at(page, member, place)
  return page
}

async function at(page: Page, member: Member, place: string): Promise<void> {
  await page.goto(`${member.address}/#/c/${await placeOf(member)}/asks/${place}`)
  await expect(page.getByRole('heading', { name: 'Needs & offers' })).toBeVisible()
}

const card = (page: Page, title: string) => page.getByRole('listitem', { name: title, exact: true })
const said = (page: Page, text: string | RegExp) => expect(page.getByText(text).first()).toBeVisible(FAR)
const does = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('button', { name, exact: typeof name === 'string' }).first().click()

/** The kind of what is posted. */
const kind = (page: Page, name: string) => page.getByRole('radio', { name }).check({ force: true })

test('mutual aid: two take the same while apart, one tap settles it, it is done, confirmed and thanked for', async ({ browser, community }) => {
  test.setTimeout(240_000)
  const [ana, ben, cem] = (await community('Ana', 'Ben', 'Cem')) as [Member, Member, Member]
  const title = 'Groceries once this week'

  // Somebody telephones; Ana types it for them, without name and address.
  const anas = await open(browser, ana)
  await expect(anas.getByText('Nothing needs you now')).toBeVisible()
  await anas.getByRole('button', { name: 'Ask or offer' }).click()
  await anas.getByLabel('What is needed?').fill(title)
  await anas.getByLabel('Topic').fill('groceries')
  await anas.getByLabel('Where', { exact: true }).fill('Elm Street')
  await anas.getByText('More', { exact: true }).click()
  await anas.getByLabel('For somebody without a device').fill('a neighbour')
  // What was begun is still there after a reload.
  await anas.reload()
  await expect(anas.getByLabel('What is needed?')).toHaveValue(title)
  await anas.getByRole('button', { name: 'Post this need' }).click()
  await expect(anas.getByRole('heading', { name: title })).toBeVisible()
  await looks(anas, 'asks-posted')
  const id = anas.url().split('/').at(-1)!

  // Ben and Cem have it; then nobody can reach anybody. Each of them takes it.
  const bens = await open(browser, ben, id)
  await said(bens, 'for a neighbour')
  await expect(async () => expect(await cem.types('asks', 'ls')).toContain(title)).toPass(FAR)
  await cem.kill()
  await ana.kill()
  await does(bens, 'Take it')
  await said(bens, 'You promised it. Thank you.')
  await ben.kill()
  await cem.up()
  const cems = await open(browser, cem, id)
  await does(cems, 'Take it')
  await said(cems, 'You promised it. Thank you.')
  await ana.up()
  await ben.up()

  // All see it; nobody is blamed; one tap settles it.
  for (const page of [bens, cems, anas]) await said(page, /Ben and Cem took this while they could not hear one another/)
  await looks(anas, 'asks-contested')
  await at(anas, ana, '')
  await expect(card(anas, title)).toContainText('could not hear one another', FAR)
  await looks(anas, 'asks-now')
  await card(anas, title).getByRole('button', { name: 'Settle' }).click()
  await said(anas, 'Settled: Ben does it.')
  for (const page of [bens, cems]) await expect(page.getByText(/while they could not hear one another/)).toHaveCount(0, FAR)
  await expect(cems.getByRole('list', { name: 'Promises' }).getByRole('listitem').filter({ hasText: 'Cem' })).toContainText('helps', FAR)

  // Done, confirmed, thanked for.
  await at(bens, ben, '')
  await card(bens, title).getByRole('button', { name: 'Done', exact: true }).click()
  await card(anas, title).getByRole('button', { name: 'Confirm' }).click(FAR)
  await said(anas, 'Confirmed. A word of thanks?')
  await at(anas, ana, id)
  await said(anas, 'It is done.')
  await does(anas, 'Thank…')
  await anas.getByLabel('One line').fill('She laughed when the bag came.')
  await anas.getByRole('button', { name: 'Say it' }).click()
  await at(bens, ben, id)
  await said(bens, 'She laughed when the bag came.')
  await said(bens, 'Ana thanks Ben')
  await looks(bens, 'asks-done')

  // A word for Ben alone stands ready in the conversation of two, and nobody has said it yet.
  await does(anas, 'Thank…')
  await anas.getByLabel('One line').fill('Call me before you go.')
  await anas.getByRole('radio', { name: /Only Ben/ }).check()
  await anas.getByRole('button', { name: 'Say it' }).click()
  await expect(anas.getByRole('combobox', { name: /^Message/ })).toHaveValue(`About “${title}”: Call me before you go.`, FAR)
})

test('a relief hub: shifts, an offer, a report; one is away half the time; and a file to hand over', async ({ browser, community }) => {
  test.setTimeout(240_000)
  const [ana, ben, cem] = (await community('Ana', 'Ben', 'Cem')) as [Member, Member, Member]
  const [anas, bens] = [await open(browser, ana, 'new'), await open(browser, ben, 'new')]
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)

  // Cem is away. Ana posts a shift with two slots, Ben an offer, Ana a report.
  await expect(async () => expect(await cem.types('members')).toContain('Ben')).toPass(FAR)
  await cem.kill()
  await kind(anas, 'Shift')
  await anas.getByLabel('What is the shift?').fill('Kitchen of the hub')
  await anas.getByLabel('Day').fill(day)
  await anas.getByLabel('At most').fill('2')
  await anas.getByRole('button', { name: 'Add a slot' }).click()
  const second = anas.getByRole('group', { name: 'Slot 2' })
  await second.getByLabel('To', { exact: true }).fill('18:00')
  await second.getByLabel('What exactly').fill('wash up')
  await anas.getByLabel('Where', { exact: true }).fill('The hall')
  await anas.getByRole('button', { name: 'Set it on a map' }).click()
  await anas.getByLabel('On the map').fill('https://www.openstreetmap.org/#map=16/52.5300/13.4000')
  await looks(anas, 'asks-new')
  await anas.getByRole('button', { name: 'Post this shift' }).click()
  await said(anas, 'wash up')

  await kind(bens, 'Offer')
  await bens.getByLabel('What can you give?').fill('Dry blankets')
  await bens.getByLabel('How much').fill('20')
  await bens.getByRole('button', { name: 'Set it on a map' }).click()
  await bens.getByLabel('On the map').fill('52.515, 13.42')
  await bens.getByRole('button', { name: 'Post this offer' }).click()
  await expect(bens.getByRole('heading', { name: 'Dry blankets' })).toBeVisible()

  await at(anas, ana, 'new/report')
  await anas.getByLabel('What is wrong?').fill('Water comes up from the drain')
  await anas.getByLabel('Who should hear of it').fill('the city')
  await anas.getByRole('button', { name: 'Set it on a map' }).click()
  // About here: a click on the map, where the hall is known already.
  await anas.getByRole('img', { name: /Map of coarse places/ }).click({ position: { x: 90, y: 90 } })
  await expect(anas.getByLabel('On the map')).toHaveValue(/^52\.\d+,13\.\d+$/)
  await anas.getByRole('button', { name: 'Post this report' }).click()
  await expect(anas.getByRole('heading', { name: 'Water comes up from the drain' })).toBeVisible()

  // Somebody else begins to report the same, and is shown it before.
  await at(bens, ben, 'new/report')
  await bens.getByLabel('What is wrong?').fill('Water from the drain')
  await said(bens, 'Is it one of these?')

  // Cem comes back, finds it all, signs up and sees to the drain; then he is away again.
  await cem.up()
  const cems = await open(browser, cem, 'open/calendar')
  await said(cems, 'Kitchen of the hub')
  await at(cems, cem, 'open')
  await cems.getByRole('link', { name: /Kitchen of the hub/ }).first().click()
  await cems.getByRole('main').getByRole('button', { name: 'Sign up' }).last().click()
  await cems.getByRole('button', { name: 'Promise it' }).click()
  await said(cems, 'You promised it. Thank you.')
  await at(cems, cem, 'open')
  await cems.getByRole('link', { name: /Water comes up/ }).first().click()
  await does(cems, 'I see to it')
  await said(cems, 'You promised it. Thank you.')
  await expect(async () => expect(await ana.types('asks', 'ls', '--json')).toContain('"state":"taken"')).toPass(FAR)
  await cem.kill()

  // The offer goes on without him: Ana would like some, Ben gives it, she says that it came.
  await at(anas, ana, 'open')
  await anas.getByRole('link', { name: /Dry blankets/ }).first().click()
  await does(anas, 'I would like it')
  await anas.getByLabel(/^How much/).fill('20')
  await anas.getByRole('button', { name: 'Promise it' }).click()
  await at(bens, ben, '')
  await card(bens, 'Dry blankets').getByRole('button', { name: 'It is given' }).click(FAR)
  await at(anas, ana, '')
  await card(anas, 'Dry blankets').getByRole('button', { name: 'Confirm' }).click(FAR)

  // He comes back: the drain is done, and Ana hears of it.
  await cem.up()
  await at(cems, cem, '')
  await card(cems, 'Water comes up from the drain').getByRole('button', { name: 'Done', exact: true }).click(FAR)
  await at(anas, ana, 'done')
  await expect(anas.getByRole('list', { name: 'Done' })).toContainText('Water comes up from the drain', FAR)
  await expect(anas.getByRole('list', { name: 'Done' })).toContainText('Dry blankets')

  for (const view of ['list', 'board', 'map', 'calendar']) {
    await at(anas, ana, `open/${view}`)
    await said(anas, view === 'map' ? 'The hall' : 'Kitchen of the hub')
    await looks(anas, `asks-${view}`)
  }

  // The file for the city.
  await anas.getByRole('main').getByRole('button', { name: 'More', exact: true }).click()
  const [file] = await Promise.all([anas.waitForEvent('download'), anas.getByRole('menuitem', { name: /Save as a table/ }).click()])
  const table = readFileSync(await file.path(), 'utf8')
  for (const title of ['Kitchen of the hub', 'Dry blankets', 'Water comes up from the drain']) expect(table).toContain(title)
})

test('what is said becomes a need; what I can be asked for; and a quiet no', async ({ browser, community }) => {
  const [ana, ben] = (await community('Ana', 'Ben')) as [Member, Member]
  await ben.types('chat', 'say', 'general', 'Who could lend me a ladder on Saturday?')
  const page = await open(browser, ana, 'me')

  // Topics and hours, by the keys alone.
  await page.getByRole('combobox', { name: 'I know about' }).fill('Ladders, bikes')
  await page.keyboard.press('Enter')
  await page.getByRole('radio', { name: 'At these hours' }).check()
  const nine = page.getByRole('checkbox', { name: 'Monday 9–10' })
  await nine.focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(page.getByRole('checkbox', { name: 'Monday 10–11' })).toBeChecked()
  await looks(page, 'asks-me')
  await page.getByRole('button', { name: 'Save' }).click()
  await said(page, 'Saved.')
  expect(await ana.types('asks', 'me')).toContain('mon 9-11')

  // From a message to a need, and back to the message.
  await page.goto(`${ana.address}/#/c/${await placeOf(ana)}/chat/general`)
  const line = page.getByRole('article').filter({ hasText: 'lend me a ladder' })
  await line.hover(FAR)
  await line.getByRole('button', { name: 'What to do with this message' }).click()
  await page.getByRole('menuitem', { name: 'Make this a need…' }).click()
  await expect(page.getByLabel('What is needed?')).toHaveValue('Who could lend me a ladder on Saturday?')
  await page.getByRole('button', { name: 'Post this need' }).click()
  await page.getByRole('button', { name: 'The message that it came from' }).click()
  await expect(page.getByRole('article').filter({ hasText: 'lend me a ladder' })).toBeVisible(FAR)

  // Ben needs something that Ana knows: she is told why she is asked, and says no. Nobody hears of it.
  await ben.types('asks', 'post', 'need', 'A bike for a week', '--topic', 'bikes')
  await ana.types('asks', 'can', '--topic', 'bikes')
  await at(page, ana, '')
  await expect(card(page, 'A bike for a week')).toBeVisible(FAR)
  await card(page, 'A bike for a week').getByText('Why me?').click()
  await looks(page, 'asks-why')
  await card(page, 'A bike for a week').getByRole('button', { name: 'Not for me' }).click()
  await said(page, 'Not for you. Nobody is told.')
  await expect(card(page, 'A bike for a week')).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(card(page, 'A bike for a week')).toBeVisible(FAR)
  await card(page, 'A bike for a week').getByRole('button', { name: 'Not for me' }).click()
  await expect(card(page, 'A bike for a week')).toHaveCount(0)
  expect(await ben.types('asks', 'show', 'A bike for a week', '--json')).not.toMatch(/declin\w*":\s*(?:\d|\[\{|")/)
  const narrow = await open(browser, ben, 'mine', { phone: true })
  await expect(narrow.getByText('A bike for a week')).toBeVisible()
  await looks(narrow, 'asks-mine')
})

test('a gig by milestones; a promise that is handed over; a petition that is brought', async ({ browser, community }) => {
  test.setTimeout(240_000)
  const [ana, ben, cem] = (await community('Ana', 'Ben', 'Cem')) as [Member, Member, Member]
  await ana.types('asks', 'post', 'gig', 'A page for the festival', '--part', '4 hours A draft', '--part', '6 hours Online')
  await ana.types('asks', 'post', 'need', 'A ride to the doctor')
  await ana.types('asks', 'post', 'petition', 'A crossing at the school', '--part', '2 signatures', '--to', 'the council')
  const pages = [await open(browser, ana, 'open'), await open(browser, ben, 'open'), await open(browser, cem, 'open')] as [Page, Page, Page]
  const [anas, bens, cems] = pages
  for (const page of pages) await page.getByRole('link', { name: /A page for the festival/ }).first().click(FAR)

  await does(bens, 'Bid')
  await bens.getByLabel('A word with it').fill('I make such pages at work.')
  await bens.getByRole('button', { name: 'Send the bid' }).click()
  await anas.getByRole('button', { name: 'Accept Ben’s bid' }).click(FAR)
  for (const milestone of ['A draft', 'Online']) {
    await bens.getByRole('listitem').filter({ hasText: milestone }).getByRole('button', { name: 'It is done' }).click(FAR)
    await anas.getByRole('listitem').filter({ hasText: milestone }).getByRole('button', { name: 'It is good' }).click(FAR)
  }
  await said(anas, 'It is done.')
  for (const [page, line] of [[anas, 'Quick and friendly.'], [bens, 'Clear words, good tea.']] as const) {
    await said(page, 'It is done.')
    await page.getByRole('button', { name: 'More to do' }).click()
    await page.getByRole('menuitem', { name: 'Say how it was…' }).click()
    await page.getByLabel('In a line').fill(line)
    await page.getByRole('button', { name: 'Say it' }).click()
    if (page === anas) await said(page, 'Only you see it until both have said it.')
  }
  await said(anas, 'Clear words, good tea.')
  await looks(anas, 'asks-gig')

  // Ben takes the ride, and hands it to Cem, who asks for help and then cannot.
  await at(bens, ben, 'open')
  await bens.getByRole('link', { name: /A ride to the doctor/ }).first().click()
  await does(bens, 'Take it')
  await bens.getByRole('button', { name: 'More about Ben’s promise' }).click(FAR)
  await bens.getByRole('menuitem', { name: 'Hand over…' }).click()
  await bens.getByLabel('To whom').selectOption('Cem')
  await looks(bens, 'asks-hand')
  await bens.getByRole('button', { name: 'Ask them' }).click()
  await said(bens, 'Cem is asked to take it over')
  await at(cems, cem, '')
  await card(cems, 'A ride to the doctor').getByRole('button', { name: 'Take over' }).click(FAR)
  await card(cems, 'A ride to the doctor').getByRole('link').click(FAR)
  await cems.getByRole('button', { name: 'More about Cem’s promise' }).click(FAR)
  await cems.getByRole('menuitem', { name: 'Ask for help…' }).click()
  await cems.getByLabel('With what').fill('a child seat')
  await cems.getByRole('button', { name: 'Ask for help' }).last().click()
  await said(bens, 'Help wanted: a child seat')
  await cems.getByRole('button', { name: 'More about Cem’s promise' }).click()
  await cems.getByRole('menuitem', { name: 'Release…' }).click()
  await cems.getByRole('button', { name: 'Release it' }).click()
  await expect(bens.getByRole('main').getByRole('button', { name: 'Take it' })).toBeVisible(FAR)

  // Two sign, and Ana brings it.
  for (const [page, member] of [[bens, ben], [cems, cem]] as const) {
    await at(page, member, 'open')
    await page.getByRole('link', { name: /A crossing at the school/ }).first().click()
    await does(page, 'Sign')
    await said(page, 'You signed it.')
  }
  await at(anas, ana, '')
  await card(anas, 'A crossing at the school').getByRole('button', { name: 'Bring it' }).click(FAR)
  await anas.getByLabel('When and how').fill('By hand, on Monday.')
  await anas.getByRole('button', { name: 'It is brought' }).click()
  await said(bens, 'By hand, on Monday.')

  // The lead is shared, and taken.
  await card(anas, 'A crossing at the school').getByRole('link').click(FAR)
  await does(anas, 'Share the lead…')
  await anas.getByLabel('To whom').selectOption('Ben')
  await anas.getByRole('button', { name: 'Ask them' }).click()
  await said(bens, 'You are asked to lead this.')
  await does(bens, 'Take the lead')
  await said(anas, 'led by Ana and Ben.')

  // What comes next is the answer; with it the petition is done.
  await does(anas, 'Tell the answer')
  await anas.getByLabel('What they said').fill('They build it in spring.')
  await looks(anas, 'asks-answer')
  await anas.getByRole('button', { name: 'Tell it' }).click()
  await said(bens, 'They build it in spring.')
  await at(bens, ben, 'done')
  await expect(bens.getByRole('list', { name: 'Done' })).toContainText('A crossing at the school', FAR)
})

test('what depends on a date says while it is not sure, and of whom nothing was heard', async ({ browser, community }) => {
  test.setTimeout(240_000)
  const [ana, , cem] = (await community('Ana', 'Ben', 'Cem')) as [Member, Member, Member]
  await ana.types('asks', 'post', 'campaign', 'Order flour together', '--part', '10 things sacks', '--until', '1m')
  const page = await open(browser, ana, 'mine')
  await page.getByRole('link', { name: /Order flour together/ }).first().click()
  await expect(async () => expect(await cem.types('asks', 'ls')).toContain('Order flour')).toPass(FAR)
  await cem.kill()
  await expect(page.getByText(/^Not sure yet: nothing heard of .*Cem/)).toBeVisible({ timeout: 150_000 })
  await said(page, 'As far as is known here, it did not come together.')
  await looks(page, 'asks-not-sure')
})

test('reports that may have one cause: one act opens one fix, and all of them belong to it', async ({ browser, community }) => {
  const [ana, ben] = (await community('Ana', 'Ben')) as [Member, Member]
  const titles = ['Water in the cellar', 'The drain is full', 'A wet wall', 'Water on the street', 'The lift stands in water']
  for (const [at, title] of titles.entries()) {
    await ben.types('asks', 'post', 'report', title, '--topic', 'water', '--place', 'Elm Street', '--point', `52.52${at % 2},13.410`)
  }
  const page = await open(browser, ana, 'open')
  await said(page, /^5 reports, .*: one cause\?$/)
  await looks(page, 'asks-patterns')
  await does(page, 'Open one fix…')
  await page.getByRole('button', { name: 'Open the fix' }).click()
  await expect(page.getByRole('heading', { name: 'Find the one cause: water, Elm Street' })).toBeVisible(FAR)
  const same = page.getByRole('list', { name: 'The same matter' })
  for (const title of titles) await expect(same.getByText(title)).toBeVisible(FAR)
})
