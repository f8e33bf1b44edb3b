// Folders that stay the same: what the page makes of what it is told, and of what somebody types.
import { expect, test } from 'vitest'
import type { TieRow } from '../../../gen/TieRow'
import type { EntryRow } from '../../../gen/apps/folders/EntryRow'
import { versionsOf } from './both'
import { folded } from './folded'
import { patternsOf, placeFor, wholePath } from './path'

const row = (id: string, name: string) => ({ id, name, files: 1, bytes: 2, conflicts: 0 })
const tie = (folder: string, community: string) => ({ folder, community, name: folder, files: 3, bytes: 4, conflicts: 1 }) as TieRow

test('a folder of the community is shown with how it stands on this computer', () => {
  const all = folded([row('b', 'Seeds'), row('a', 'Minutes')], [tie('b', 'here'), tie('a', 'elsewhere')], 'here')
  expect(all.map(one => [one.name, one.tie?.folder ?? null])).toEqual([['Minutes', null], ['Seeds', 'b']])
})

test('one that is tied and not heard of yet is shown all the same', () => {
  expect(folded([], [tie('x', 'here')], 'here')).toMatchObject([{ id: 'x', files: 3, conflicts: 1, tie: { folder: 'x' } }])
})

test('a path is a whole one', () => {
  expect(wholePath(' /home/ana/photos ', '/home/ana')).toBe('/home/ana/photos')
  expect(wholePath('~/photos', '/home/ana')).toBe('/home/ana/photos')
  expect(wholePath('C:\\Users\\ana', '')).toBe('C:\\Users\\ana')
  expect(wholePath('photos', '/home/ana')).toBeNull()
  expect(wholePath('~ana/photos', '/home/ana')).toBeNull()
})

test('a folder of others goes where nothing of one’s own is, whatever they call it', () => {
  expect(placeFor('Photos', 'Harbour Garden', '/home/ana')).toBe('/home/ana/Photos (Harbour Garden)')
  expect(placeFor('../../root/.ssh', 'x/..', '/home/ana')).toBe('/home/ana/root .ssh (x ..)')
  expect(placeFor('.ssh', '', '/home/ana')).toBe('/home/ana/ssh ()')
  expect(placeFor('C:\\', 'G', 'C:\\Users\\ana')).toBe('C:\\Users\\ana\\C (G)')
})

test('patterns stand one in a line', () => {
  expect(patternsOf(' *.md \n\n photos/ ')).toEqual(['*.md', 'photos/'])
})

const entry = (path: string, other_of = ''): EntryRow => ({ path, other_of, bytes: 1, modified_ms: 1, kind: 'file', root: path })
const paths = (entries: EntryRow[]) => versionsOf(entries).map(({ path, versions }) => [path, ...versions.map(one => one.path)])

test('all versions of a file stand together, the one that has the name first', () => {
  expect(paths([entry('a (Ana)', 'a'), entry('a (Ben)', 'a'), entry('a'), entry('b'), entry('c'), entry('c (Ana)', 'c')])).toEqual([
    ['a', 'a', 'a (Ana)', 'a (Ben)'],
    ['c', 'c', 'c (Ana)'],
  ])
  expect(paths([entry('a'), entry('b')])).toEqual([])
  // The one that has the name may be beyond what was answered.
  expect(paths([entry('a (Ana)', 'a')])).toEqual([['a', 'a (Ana)']])
})
