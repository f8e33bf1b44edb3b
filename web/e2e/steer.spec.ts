// Files on their way, as their person steers them: a film plays and jumps while it comes; pauses, what comes first, limits.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Coming } from '../src/gen/Coming'
import type { ComingRow } from '../src/gen/ComingRow'
import { film } from './film'
import { expect, type Member, type Page, refused, test } from './flock'
import { looks } from './look'
import { noise } from './noise'

const SECONDS = 60
const BYTES_PER_SECOND = 330_000
const MB = 1_000_000

/** How a file stands that is on its way. */
async function row(member: Member, name: string): Promise<ComingRow | undefined> {
  return (await member.asks<Coming>('coming')).rows.find(one => one.name === name)
}

async function done(member: Member, name: string): Promise<number> {
  return (await row(member, name))?.done ?? 0
}

/** Sets how many megabytes a second are fetched at most, in the settings. */
async function limit(page: Page, megabytes: string): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByLabel('Fetched at most, MB/s').first().fill(megabytes)
  await page.locator('form').filter({ hasText: 'Fetched at most' }).getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
}

/** A file of so many bytes, no two of them alike in a row, shared by a member. */
async function share(member: Member, name: string, bytes: Buffer | number): Promise<void> {
  const path = join(member.home, name)
  writeFileSync(path, typeof bytes === 'number' ? noise(bytes, name.length) : bytes)
  await member.types('files', 'add', path)
}

/** Opens a file's place. */
async function open(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Files' }).first().click()
  await page.getByRole('link', { name: new RegExp(`^${name}`) }).click()
}

const detail = (page: Page) => page.getByRole('article')

test('a film plays while it comes, and where it is watched comes first', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  const page = await ben!.opens(browser)
  const made = await film(page, SECONDS, BYTES_PER_SECOND)
  await share(ana!, 'spring.webm', made)
  await limit(page, '1')
  await open(page, 'spring.webm')
  await page.getByRole('button', { name: 'Get it' }).click()
  const player = page.getByLabel('Play spring.webm')
  await player.press(' ')
  const now = () => player.evaluate((video: HTMLVideoElement) => video.currentTime)
  await expect.poll(now, { intervals: [50] }).toBeGreaterThan(1)
  const begun = await done(ben!, 'spring.webm')
  expect(begun).toBeGreaterThan(0)
  expect(begun).toBeLessThan(made.length / 3)
  await looks(page, 'steer-plays')

  // Far ahead: it plays there long before what is between has come.
  await player.evaluate((video: HTMLVideoElement) => (video.currentTime = 50))
  await expect.poll(now, { intervals: [50] }).toBeGreaterThan(51)
  const jumped = await done(ben!, 'spring.webm')
  console.log(`played at ${begun} bytes, and at second 50 at ${jumped} of ${made.length}`)
  expect(jumped).toBeLessThan(made.length * 0.75)

  // It plays on when all of it is here, from where it is.
  await expect(page.getByText('spring.webm is here')).toBeVisible({ timeout: 40_000 })
  await expect(page.getByRole('button', { name: 'Save to downloads' })).toBeVisible()
  expect(await now()).toBeGreaterThan(51)
  await player.evaluate((video: HTMLVideoElement) => {
    video.currentTime = 20
    return video.play()
  })
  await expect.poll(now, { intervals: [50] }).toBeGreaterThan(20.5)
})

test('a film goes on where it was after the program was started anew', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const page = await ana!.opens(browser)
  // More than a browser keeps.
  await share(ana!, 'spring.webm', await film(page, SECONDS, MB))
  await open(page, 'spring.webm')
  const player = page.getByLabel('Play spring.webm')
  await player.press(' ')
  const now = () => player.evaluate((video: HTMLVideoElement) => video.currentTime)
  await expect.poll(now).toBeGreaterThan(1)
  // Addresses of files are good while the program runs, and for minutes: this one knows none of them.
  await ana!.kill()
  await ana!.up()
  await expect(page.getByText('does not answer just now')).toHaveCount(0)
  await player.evaluate((video: HTMLVideoElement) => (video.currentTime = 50))
  await expect.poll(now).toBeGreaterThan(51)
  await refused(page)
})

test('a pause stops what comes, also over a reload, and it goes on from there by itself', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await share(ana!, 'seeds.bin', 10 * MB)
  await share(ana!, 'note.bin', 3 * MB)
  const page = await ben!.opens(browser)
  await limit(page, '1')
  await open(page, 'seeds.bin')
  await page.getByRole('button', { name: 'Get it' }).click()
  await expect.poll(() => done(ben!, 'seeds.bin')).toBeGreaterThan(MB)
  await detail(page).getByRole('button', { name: 'Pause' }).click()
  await expect(detail(page).getByText(/^Paused/)).toBeVisible()
  await looks(page, 'steer-paused')
  const rested = await done(ben!, 'seeds.bin')

  // While the other one comes, over the same line, nothing of this one does.
  await open(page, 'note.bin')
  await page.getByRole('button', { name: 'Get it' }).click()
  await expect(page.getByText('note.bin is here')).toBeVisible({ timeout: 30_000 })
  expect(await row(ben!, 'seeds.bin')).toMatchObject({ paused: true })
  // What was on the wire when it was paused may still have come in; of 3 MB that went to each there is no trace.
  expect(await done(ben!, 'seeds.bin')).toBeLessThan(rested + MB / 2)

  // Whoever waited for it is gone with the page; the pause is not.
  await page.reload()
  await open(page, 'seeds.bin')
  await expect(detail(page).getByText('This file is paused: what has come is kept.')).toBeVisible()
  await expect(page.getByRole('link', { name: /^seeds\.bin/ })).toContainText('Paused')
  await looks(page, 'steer-paused-reload')
  await detail(page).getByRole('button', { name: 'Go on' }).click()
  await expect(detail(page).getByText(/ of 10 MB/)).toBeVisible()
  await expect(detail(page).getByRole('button', { name: 'Pause' })).toBeVisible()
  await looks(page, 'steer-resumed')
  await expect(detail(page).getByRole('button', { name: 'Save to downloads' })).toBeVisible({ timeout: 40_000 })
})

test('with all paused nothing comes, everybody is told so, and talk goes on', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await share(ana!, 'seeds.bin', 2 * MB)
  const page = await ben!.opens(browser)
  await page.getByRole('link', { name: 'Files' }).first().click()
  await page.getByRole('button', { name: 'More ways to share' }).click()
  await page.getByRole('menuitem', { name: 'Pause all files' }).click()
  const told = page.getByRole('status').filter({ hasText: 'All files are paused: none comes, none goes to others.' })
  await expect(told).toBeVisible()
  await open(page, 'seeds.bin')
  await page.getByRole('button', { name: 'Get it' }).click()
  await expect(detail(page).getByText(/^Paused, as all files are/)).toBeVisible()
  await looks(page, 'steer-all-paused')
  const place = (await ana!.asks<{ community: string }[]>('communities'))[0]!.community
  for (const text of ['Are the seeds there?', 'Not yet?']) {
    await ana!.says(place, 'general', text)
    await expect.poll(() => ben!.types('chat', 'read', 'general')).toContain(text)
  }
  expect(await row(ben!, 'seeds.bin')).toMatchObject({ done: 0 })
  await page.reload()
  await expect(told).toBeVisible()
  await told.getByRole('button', { name: 'Go on' }).click()
  await expect(told).toHaveCount(0)
  await page.getByRole('button', { name: 'Get it' }).click()
  await expect(page.getByText('seeds.bin is here')).toBeVisible({ timeout: 30_000 })
})

test('what is put first overtakes what began before it', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  await share(ana!, 'harvest.bin', 8 * MB)
  await share(ana!, 'seeds.bin', 4 * MB)
  const page = await ben!.opens(browser)
  await limit(page, '1')
  await open(page, 'harvest.bin')
  await page.getByRole('button', { name: 'Get it' }).click()
  await expect.poll(() => done(ben!, 'harvest.bin')).toBeGreaterThan(0)
  await expect(detail(page).getByRole('button', { name: 'First' })).toHaveCount(0)
  await open(page, 'seeds.bin')
  await page.getByRole('button', { name: 'Get it' }).click()
  await detail(page).getByRole('button', { name: 'First' }).click()
  await expect.poll(async () => (await row(ben!, 'seeds.bin'))?.first).toBe(true)
  const before = await done(ben!, 'harvest.bin')
  await expect(page.getByRole('button', { name: 'First' })).toHaveCount(1)
  await looks(page, 'steer-first')
  await expect(page.getByText('seeds.bin is here')).toBeVisible({ timeout: 30_000 })
  const after = await done(ben!, 'harvest.bin')
  console.log(`while 4 MB came first, ${after - before} bytes of the other did`)
  expect(after - before).toBeLessThan(2 * MB)
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByText('Stopped. What has come is kept')).toBeVisible()
})

test('limits are kept, hours of the day too, and what is no limit is refused', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const page = await ana!.opens(browser)
  await page.getByRole('link', { name: 'Settings' }).click()
  const form = page.locator('form').filter({ hasText: 'Fetched at most' })
  const save = form.getByRole('button', { name: 'Save' })
  await form.getByLabel('Sent at most, MB/s').fill('fast')
  await expect(form.getByText('A limit is a number of megabytes')).toBeVisible()
  await expect(save).toBeDisabled()
  await form.getByLabel('Sent at most, MB/s').fill('0.001')
  await save.click()
  await expect(form.getByText('a limit is at least 10 KB a second')).toBeVisible()
  await refused(page)
  await form.getByLabel('Sent at most, MB/s').fill('0,5')
  await form.getByLabel('Fetched at most, MB/s').fill('2')
  await form.getByRole('button', { name: 'Add hours of the day' }).click()
  const hours = form.getByRole('group', { name: 'Between these hours' })
  await hours.getByLabel('From').fill('22:00')
  await hours.getByLabel('To').fill('06:30')
  await hours.getByLabel('Sent at most, MB/s').fill('0.1')
  await save.click()
  await expect(page.getByText('Saved.')).toBeVisible()
  await page.reload()
  await expect(form.getByLabel('Sent at most, MB/s').first()).toHaveValue('0.5')
  await expect(form.getByLabel('Fetched at most, MB/s').first()).toHaveValue('2')
  await expect(hours.getByLabel('From')).toHaveValue('22:00')
  await expect(hours.getByLabel('To')).toHaveValue('06:30')
  await expect(hours.getByLabel('Sent at most, MB/s')).toHaveValue('0.1')
  await expect(hours.getByLabel('Fetched at most, MB/s')).toHaveValue('')
  await form.scrollIntoViewIfNeeded()
  await looks(page, 'steer-limits')
  await hours.getByRole('button', { name: 'Take these hours away' }).click()
  await save.click()
  await page.reload()
  await expect(form.getByLabel('Sent at most, MB/s')).toHaveValue('0.5')
  await expect(hours).toHaveCount(0)
})
