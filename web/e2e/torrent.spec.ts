// Torrents on the page, with a real aria2 on the other side: a file that is given, and one that is brought in.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, refused, test } from './flock'
import { looks } from './look'
import { until } from './member'
import { noise } from './noise'
import { describe, fetches, gives, type Giver, listens, tracker, type Tracker } from './outside'

const MB = 1_000_000
let place = ''
let toEnd: (Giver | Tracker)[] = []
test.beforeEach(() => (place = mkdtempSync(join(tmpdir(), 'skt-'))))
test.afterEach(async () => {
  for (const one of toEnd) await one.end()
  toEnd = []
  rmSync(place, { recursive: true, force: true })
})

/** A folder of somebody outside. */
function folder(name: string): string {
  const path = join(place, name)
  mkdirSync(path)
  return path
}

async function openFiles(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Files' }).first().click()
}

async function give(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More about this file' }).click()
  await page.getByRole('menuitem', { name: 'Give to somebody outside…' }).click()
}

async function bringIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More ways to share' }).click()
  await page.getByRole('menuitem', { name: 'Bring in a torrent…' }).click()
}

test('a file is given as a torrent, by its link and by its file, until it is stopped', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const bytes = noise(3 * MB, 1)
  writeFileSync(join(ana!.home, 'plan.bin'), bytes)
  await ana!.types('files', 'add', join(ana!.home, 'plan.bin'))
  const told = await tracker()
  toEnd.push(told)
  const page = await ana!.opens(browser)
  await openFiles(page)
  await page.getByRole('link', { name: /plan\.bin/ }).click()
  await give(page)
  await page.getByRole('button', { name: 'As a torrent' }).click()
  const dialog = page.getByRole('dialog', { name: 'Give “plan.bin” to somebody outside' })
  await expect(dialog).toContainText('They see this computer’s address')
  await looks(page, 'torrent-give')
  await dialog.getByLabel('Trackers to tell').fill('file:///etc/passwd')
  await dialog.getByRole('button', { name: 'Give it as a torrent' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await refused(page)
  await dialog.getByLabel('Trackers to tell').fill(told.url)
  await dialog.getByRole('button', { name: 'Give it as a torrent' }).click()
  const magnet = await dialog.getByLabel('Magnet link').inputValue()
  const at = /x\.pe=([^&]*)/.exec(magnet)?.[1] ?? ''
  await expect(dialog.getByText('Nobody is connected yet.')).toBeVisible()
  await expect(dialog).toContainText('What has gone out cannot be taken back')
  await dialog.getByRole('button', { name: 'Copy' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(magnet)
  const saving = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save the .torrent file' }).click()
  const saved = await saving
  expect(saved.suggestedFilename()).toBe('plan.bin.torrent')
  const file = join(place, 'saved.torrent')
  await saved.saveAs(file)

  await expect.poll(told.seen).toBeGreaterThan(0)
  for (const [name, source] of [['by link', magnet], ['by file', file]] as const) {
    const to = folder(name)
    await fetches(source, to)
    expect(readFileSync(join(to, 'plan.bin')).equals(bytes), name).toBe(true)
  }
  await expect(dialog.getByRole('status')).toContainText(/6\.\d MB went out/)
  await looks(page, 'torrent-given')

  // Left running it is found again, and stopped.
  await dialog.getByRole('button', { name: 'Leave it running' }).click()
  await give(page)
  const given = page.getByRole('list', { name: 'Given as torrents' })
  await expect(given).toContainText('plan.bin')
  await looks(page, 'torrent-now')
  await given.getByRole('button', { name: 'Show its link: plan.bin' }).click()
  await expect(dialog.getByLabel('Magnet link')).toHaveValue(magnet)
  await listens(at)
  await dialog.getByRole('button', { name: 'Stop giving it' }).click()
  await expect(page.getByText('It is given no longer.')).toBeVisible()
  // The engine is gone with its last torrent, and its port with it.
  await expect.poll(() => listens(at).then(() => 'somebody listens', () => 'nobody does')).toBe('nobody does')
})

test('a folder is given as a torrent, too', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const beds = join(ana!.home, 'beds')
  mkdirSync(beds)
  for (const name of ['one', 'two']) writeFileSync(join(beds, `${name}.txt`), `bed ${name}`)
  await ana!.types('files', 'add', beds)
  const told = await tracker()
  toEnd.push(told)
  const page = await ana!.opens(browser)
  await openFiles(page)
  await page.getByRole('link', { name: /^beds/ }).click()
  await give(page)
  await page.getByLabel('Trackers to tell').fill(told.url)
  await page.getByRole('button', { name: 'Give it as a torrent' }).click()
  const magnet = await page.getByLabel('Magnet link').inputValue()
  await expect.poll(told.seen).toBeGreaterThan(0)
  const to = folder('got')
  await fetches(magnet, to)
  expect(readFileSync(join(to, 'beds', 'two.txt'), 'utf8')).toBe('bed two')
})

test('a torrent from outside is brought in, by its file and by its link, and shared', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  const page = await ana!.opens(browser)
  await openFiles(page)
  const theirs = folder('theirs')
  const [song, film] = [noise(2 * MB, 2), noise(2 * MB, 3)]
  writeFileSync(join(theirs, 'song.bin'), song)
  writeFileSync(join(theirs, 'film.bin'), film)
  const described = describe('song.bin', song)
  writeFileSync(join(place, 'song.torrent'), described.file)
  const songs = await gives(join(place, 'song.torrent'), theirs)
  toEnd.push(songs)

  await bringIn(page)
  const dialog = page.getByRole('dialog', { name: 'Bring in a torrent' })
  await expect(dialog).toContainText('which see this computer’s address')
  await expect(dialog.getByRole('button', { name: 'Bring it in' })).toBeDisabled()
  await dialog.getByLabel('Magnet link').fill('https://example.org/song')
  await expect(dialog.getByText('This is no magnet link.')).toBeVisible()
  await looks(page, 'torrent-bring')
  // What is no torrent, and what names nobody, is refused in words.
  await dialog.getByLabel('Magnet link').fill(`magnet:?xt=urn:btih:${described.hash}&tr=http%3A%2F%2Ftracker.invalid%2Fannounce`)
  await dialog.getByRole('button', { name: 'Bring it in' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Nobody is named from whom it could be fetched')
  await expect(dialog.getByRole('alert')).toContainText('tracker.invalid')
  await refused(page)
  await dialog.locator('input[type=file]').setInputFiles({ name: 'letter.torrent', mimeType: '', buffer: Buffer.from('Dear Ana') })
  await dialog.getByRole('button', { name: 'Bring it in' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Nothing was fetched. Ask whoever gave it to you.')
  await refused(page)
  await looks(page, 'torrent-refused')

  await dialog.locator('input[type=file]').setInputFiles(join(place, 'song.torrent'))
  await dialog.getByText('Somebody who has it').click()
  await dialog.getByLabel('Computers that have it').fill(songs.at)
  await dialog.getByRole('button', { name: 'Bring it in' }).click()
  await expect(page.getByText('song came whole, and is shared.')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('heading', { name: 'song.bin' })).toBeVisible()
  await expect(dialog).toHaveCount(0)

  const other = describe('film.bin', film)
  writeFileSync(join(place, 'film.torrent'), other.file)
  const films = await gives(join(place, 'film.torrent'), theirs)
  toEnd.push(films)
  await bringIn(page)
  await dialog.getByLabel('Magnet link').fill(`magnet:?xt=urn:btih:${other.hash}&dn=film.bin&x.pe=${films.at}`)
  await dialog.getByRole('button', { name: 'Bring it in' }).click()
  await expect(page.getByText('film.bin came whole, and is shared.')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('link', { name: /^film\.bin/ })).toBeVisible()
  // Nothing lies here twice.
  expect(await ana!.asks({ torrent: 'list' })).toEqual([])

  const got = join(ben!.home, 'got')
  await until(() => ben!.types('files', 'get', 'film.bin', '--to', got), 20_000)
  expect(readFileSync(join(got, 'film.bin')).equals(film)).toBe(true)
})

test('a torrent that is on its way is stopped, goes on where it was, and what came is thrown away', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const page = await ana!.opens(browser)
  await openFiles(page)
  const theirs = folder('theirs')
  const film = noise(20 * MB, 4)
  writeFileSync(join(theirs, 'film.bin'), film)
  const { file, hash } = describe('film.bin', film)
  writeFileSync(join(place, 'film.torrent'), file)
  const slow = await gives(join(place, 'film.torrent'), theirs, MB / 2)
  toEnd.push(slow)
  const link = `magnet:?xt=urn:btih:${hash}&dn=film.bin&x.pe=${slow.at}`
  const begin = async () => {
    await bringIn(page)
    await page.getByLabel('Magnet link').fill(link)
    await page.getByRole('button', { name: 'Bring it in' }).click()
  }
  await begin()
  const dialog = page.getByRole('dialog', { name: 'Bring in a torrent' })
  await expect(dialog.getByText(/^(?:1|2)\.\d MB of 20 MB/)).toBeVisible({ timeout: 30_000 })
  await looks(page, 'torrent-coming')
  // It goes on while other things are looked at, and is stopped from the list.
  await dialog.getByRole('button', { name: 'Do other things meanwhile' }).click()
  await expect(page.getByRole('progressbar', { name: 'film.bin' })).toBeVisible()
  await looks(page, 'torrent-list')
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByText('Stopped. What has come is kept')).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)

  await bringIn(page)
  const begun = page.getByRole('list', { name: 'Not finished' })
  await expect(begun).toContainText(/film\.bin about \d\.\d MB of 20 MB here/)
  await looks(page, 'torrent-begun')
  await page.keyboard.press('Escape')
  await begin()
  // From the very first it has what came before.
  await expect(dialog.getByText(/^(?:[2-9]|1\d)(?:\.\d)? MB of 20 MB/)).toBeVisible({ timeout: 30_000 })
  await dialog.getByRole('button', { name: 'Stop' }).click()
  await begun.getByRole('button', { name: 'Throw it away: film.bin' }).click()
  await expect(page.getByText('What came of film.bin is thrown away.')).toBeVisible()
  await expect(begun).toHaveCount(0)
  expect(await ana!.asks({ torrent: 'list' })).toEqual([])
})
