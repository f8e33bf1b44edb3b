// What is read in a magnet link, and in fields with one thing a line.
import { expect, test } from 'vitest'
import { isLink, linesOf, nameIn } from './link'

test('a link says what it is of, or nothing', () => {
  const hash = 'a'.repeat(40)
  expect(nameIn(`magnet:?xt=urn:btih:${hash}&dn=The+pear%20tree.webm&tr=http://x`)).toBe('The pear tree.webm')
  for (const nameless of [`magnet:?xt=urn:btih:${hash}`, `magnet:?dn=`, 'https://example.org/?dn=no', '']) expect(nameIn(nameless)).toBeNull()
})

test('what is no magnet link is not sent as one', () => {
  expect([isLink(' MAGNET:?xt=urn:btih:a '), isLink('magnet:?xt=a b'), isLink('/etc/passwd'), isLink('')]).toEqual([true, false, false, false])
})

test('what is written one a line, or with blanks', () => {
  expect(linesOf(' http://a/x \n\n udp://b:1 http://c\r\n')).toEqual(['http://a/x', 'udp://b:1', 'http://c'])
  expect(linesOf(' \n')).toEqual([])
})
