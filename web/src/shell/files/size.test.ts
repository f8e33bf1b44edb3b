// Sizes and kinds, and the paths of what is dropped.
import { describe, expect, it } from 'vitest'
import { topOf, treeOf } from './dropped'
import { linkTo, sharesIn } from './refs'
import { mediaOf, playsEarly, size } from './size'

describe('size', () => {
  it('is said as the command line says it', () => {
    const said = [0, 999, 1_000, 9_949, 9_950, 999_499, 999_500, 1_400_000, 3_000_000_000, 2e18]
    expect(said.map(size)).toEqual(['0 B', '999 B', '1.0 kB', '9.9 kB', '10 kB', '999 kB', '1.0 MB', '1.4 MB', '3.0 GB', '2000 PB'])
  })
})

describe('what is shown or played in place', () => {
  it('is known by its name; a picture that is too large is not', () => {
    const file = (name: string, bytes = 1, folder = false) => mediaOf({ name, folder, bytes })
    expect([file('a.PNG'), file('a.svg'), file('a.png', 1, true), file('a.png', 1e9)]).toEqual(['picture', null, null, null])
    expect([file('rain.Opus'), file('bees.webm', 1e10), file('notes.txt')]).toEqual(['sound', 'film', null])
  })
})

describe('what is dropped', () => {
  it('is shared by its uppermost name, and shown as a tree', () => {
    const tree = treeOf(['bed/old/a.txt', 'bed/b.txt', 'bed/old/c.txt'])
    expect(tree.map(row => `${row.depth}${row.folder ? '+' : ' '}${row.name}`)).toEqual(['0 b.txt', '0+old', '1 a.txt', '1 c.txt'])
    expect([topOf('a.txt'), topOf('garden/old/a.txt')]).toEqual(['a.txt', 'garden'])
  })
})

describe('a share in a message', () => {
  const object = 'a'.repeat(52)
  it('is found by its link, which is not shown twice', () => {
    const link = linkTo('garden', { object, name: 'plan [2].png' })
    expect(sharesIn('garden', link)).toEqual({ ids: [object], rest: '' })
    expect(sharesIn('garden', `see\n${link}`)).toEqual({ ids: [object], rest: 'see' })
    expect(sharesIn('garden', `see ${link} please`)).toEqual({ ids: [object], rest: `see ${link} please` })
    expect(sharesIn('other', link)).toEqual({ ids: [], rest: link })
  })
})

describe('what is still coming', () => {
  it('is played if it is large and goes on in time, once it is known how much there is', () => {
    const film = { name: 'spring.mp4', folder: false, bytes: 40_000_000 }
    expect(playsEarly(film, 40_000_000)).toBe(true)
    expect(playsEarly(film, 0)).toBe(false)
    expect(playsEarly({ ...film, name: 'spring.png' }, 40_000_000)).toBe(false)
    expect(playsEarly({ ...film, name: 'spring.mp4', folder: true }, 40_000_000)).toBe(false)
    expect(playsEarly(film, 900_000)).toBe(false)
  })
})
