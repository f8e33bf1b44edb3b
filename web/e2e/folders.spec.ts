// Folders that stay the same, by the page: tied, shared, changed by two at once, brought back; and when all of it is gone.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, refused, test } from './flock'
import { looks } from './look'

/** Folders of this computer that are no program's own. */
let place = ''
test.beforeEach(() => (place = mkdtempSync(join(tmpdir(), 'skf-'))))
test.afterEach(() => rmSync(place, { recursive: true, force: true }))

/** Keeps a folder the same, by the menu. */
async function tie(page: Page, dir: string): Promise<void> {
  await page.getByRole('link', { name: 'Files' }).first().click()
  await page.getByRole('button', { name: 'More ways to share' }).click()
  await page.getByRole('menuitem', { name: 'Keep a folder the same…' }).click()
  await page.getByLabel('The folder on this computer').fill(dir)
  await page.getByRole('button', { name: 'Keep it the same' }).click()
}

const same = (page: Page) => page.getByText('The same as everybody\'s, as far as is known here.')
const files = (dir: string) => readdirSync(dir).filter(name => name !== '.skein').sort()

test('a folder is the same at two members’, also when both change it, and old versions come back', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  const [hers, his] = [join(place, 'ana', 'papers'), join(place, 'ben', 'papers')]
  mkdirSync(hers, { recursive: true })
  mkdirSync(join(place, 'ben'))
  writeFileSync(join(hers, 'plan.md'), 'Beans in May.\n')

  const page = await ana!.opens(browser)
  await tie(page, 'papers')
  await expect(page.getByText('Give the whole path')).toBeVisible()
  await looks(page, 'folders-tie')
  await page.getByLabel('The folder on this computer').fill(ana!.home)
  await page.getByRole('button', { name: 'Keep it the same' }).click()
  await expect(page.getByText('Skein keeps its own files in')).toBeVisible()
  await refused(page)
  await page.getByLabel('The folder on this computer').fill(hers)
  await page.getByRole('button', { name: 'Keep it the same' }).click()
  await expect(same(page)).toBeVisible()
  await expect(page.getByRole('list', { name: 'Folders that stay the same' }).getByRole('link', { name: /papers/ })).toContainText('The same')

  // Ben sees that there is one, and has it too.
  const theirs = await ben!.opens(browser)
  await expect(theirs.getByRole('article').filter({ hasText: 'papers' })).toBeVisible()
  await theirs.getByRole('article').filter({ hasText: 'papers' }).getByRole('link').click()
  await expect(theirs.getByRole('heading', { name: 'papers' })).toBeVisible()
  await expect(theirs.getByRole('link', { name: /papers/ })).toContainText('Not on this computer')
  await theirs.getByText('What is in it', { exact: true }).click()
  await expect(theirs.getByRole('list', { name: 'What is in it' })).toContainText('plan.md')
  await looks(theirs, 'folders-elsewhere')
  await theirs.getByRole('button', { name: 'Have it on this computer…' }).click()
  // Not where anything of his own may lie already.
  await expect(theirs.getByLabel('The folder on this computer')).toHaveValue(/\/papers \(Harbour Garden\)$/)
  await theirs.getByLabel('The folder on this computer').fill(his)
  await theirs.getByRole('button', { name: 'Keep it the same' }).click()
  await expect(same(theirs)).toBeVisible()
  expect(readFileSync(join(his, 'plan.md'), 'utf8')).toBe('Beans in May.\n')

  const saving = theirs.waitForEvent('download')
  await theirs.getByRole('button', { name: 'Save plan.md to downloads' }).click()
  expect(readFileSync(await (await saving).path(), 'utf8')).toBe('Beans in May.\n')

  // What Ana saves is at Ben's, and both pages say so by themselves.
  writeFileSync(join(hers, 'seeds.csv'), 'beans,40\n')
  await expect.poll(() => existsSync(join(his, 'seeds.csv')), { timeout: 20_000 }).toBe(true)
  await expect(theirs.getByRole('list', { name: 'What is in it' })).toContainText('seeds.csv')
  await expect(page.getByRole('link', { name: /papers/ })).toContainText('2 files')

  // Both change one file while Ben's is paused: both versions stand side by side, until one is deleted.
  await theirs.getByRole('button', { name: 'Pause' }).click()
  await expect(theirs.getByText('Paused.')).toBeVisible()
  writeFileSync(join(hers, 'plan.md'), 'Beans in June.\n')
  writeFileSync(join(his, 'plan.md'), 'Beans in July.\n')
  await theirs.getByRole('button', { name: 'Go on' }).click()
  for (const one of [page, theirs]) await expect(one.getByText('One file was changed by two at once')).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('link', { name: /papers/ })).toContainText('1 other version')
  await looks(page, 'folders-both')
  expect(files(hers)).toEqual(files(his))
  const other = files(hers).find(name => name.includes('version'))
  expect(other).toMatch(/^plan \((?:Ana|Ben)'s version, .*\)\.md$/)
  // Ben keeps the one that lies beside: at both it has the name, and the other one is among the old versions.
  const versions = theirs.getByRole('list', { name: 'Versions of plan.md' })
  await expect(versions.getByRole('listitem')).toHaveCount(2)
  const [named, chosen] = ['plan.md', other!].map(name => readFileSync(join(his, name), 'utf8'))
  await versions.getByRole('button', { name: `Keep this one: ${other!}` }).click()
  await expect(theirs.getByText('“plan.md” is that version now.')).toBeVisible()
  for (const one of [page, theirs]) await expect(one.getByText('One file was changed by two at once')).toHaveCount(0)
  for (const dir of [hers, his]) {
    await expect.poll(() => files(dir), { timeout: 20_000 }).toEqual(['plan.md', 'seeds.csv'])
    expect(readFileSync(join(dir, 'plan.md'), 'utf8')).toBe(chosen)
  }
  const gaveWay = () => readdirSync(join(hers, '.skein', 'versions')).map(name => readFileSync(join(hers, '.skein', 'versions', name), 'utf8'))
  await expect.poll(gaveWay).toContain(named)

  // By deleting one in the folder, too.
  await theirs.getByRole('button', { name: 'Pause' }).click()
  await expect(theirs.getByText('Paused.')).toBeVisible()
  writeFileSync(join(hers, 'plan.md'), 'Beans in August.\n')
  writeFileSync(join(his, 'plan.md'), 'Beans in October.\n')
  await theirs.getByRole('button', { name: 'Go on' }).click()
  for (const one of [page, theirs]) await expect(one.getByText('One file was changed by two at once')).toBeVisible({ timeout: 20_000 })
  await expect.poll(() => files(his).length, { timeout: 20_000 }).toBe(3)
  unlinkSync(join(his, files(his).find(name => name.includes('version'))!))
  for (const one of [page, theirs]) await expect(one.getByText('One file was changed by two at once')).toHaveCount(0)

  // What was there before lies beside what is there now, at both.
  await page.getByText('Old versions', { exact: true }).click()
  const old = page.getByRole('list', { name: 'Old versions' }).getByRole('listitem').filter({ hasText: '14 B' })
  await expect(old.first()).toContainText('plan.md')
  await looks(page, 'folders-old')
  await old.last().getByRole('button', { name: /^Bring it back/ }).click()
  await expect(page.getByText('It is back:')).toBeVisible()
  await expect.poll(() => files(his).filter(name => name.startsWith('plan')).map(name => readFileSync(join(his, name), 'utf8')), { timeout: 20_000 }).toContain('Beans in May.\n')
})

test('a folder that is suddenly empty is asked about, filled again, and kept the same no longer', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const dir = join(place, 'photos')
  mkdirSync(dir)
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9]) writeFileSync(join(dir, `bed ${n}.txt`), `bed ${n}\n`)
  const page = await ana!.opens(browser)
  await tie(page, dir)
  await expect(same(page)).toBeVisible()
  await page.getByText('What is in it', { exact: true }).click()
  await page.getByLabel('Search in this folder').fill('bed 7')
  await expect(page.getByRole('list', { name: 'What is in it' }).getByRole('listitem')).toHaveCount(1)
  await looks(page, 'folders-inside')

  for (const name of files(dir)) unlinkSync(join(dir, name))
  await expect(page.getByText('9 of 9 files are gone')).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('link', { name: /photos/ })).toContainText('Asks you')
  await looks(page, 'folders-gone')
  await page.getByRole('button', { name: 'Bring them back' }).click()
  await expect(same(page)).toBeVisible({ timeout: 20_000 })
  expect(files(dir)).toHaveLength(9)

  for (const name of files(dir)) unlinkSync(join(dir, name))
  await page.getByRole('button', { name: 'They are meant to be gone' }).click()
  await expect(page.getByRole('link', { name: /photos/ })).toContainText('0 files')

  // Moved elsewhere it is left alone until it is back.
  renameSync(dir, `${dir} elsewhere`)
  await page.getByRole('button', { name: 'Look now' }).click()
  await expect(page.getByText('is not the folder that was tied')).toBeVisible()
  await expect(page.getByText('Put it back where it was. If it is somewhere else now')).toBeVisible()
  await expect(page.getByText('skein files sync')).toHaveCount(0)
  await looks(page, 'folders-away')
  renameSync(`${dir} elsewhere`, dir)
  await page.getByRole('button', { name: 'Look now' }).click()
  await expect(same(page)).toBeVisible()

  // By the keyboard alone.
  await page.getByRole('button', { name: 'More about this folder' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Copy where it is' }).press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Keep “photos” the same no longer?' })).toBeVisible()
  await page.getByRole('button', { name: 'Stop' }).press('Enter')
  await expect(page.getByText('“photos” is a folder like any other again.')).toBeVisible()
  await expect(page.getByRole('link', { name: /photos/ })).toContainText('Not on this computer')
})
