// Real members for the tests, and what their pages may not do.
import { test as base, expect } from '@playwright/test'
import type { Page } from '@playwright/test'
import { type Look, Member } from './member'

export type { Look, Page }
export { Member }

const faults = new Map<Page, string[]>()

/** A page that says an error, breaks, or asks anybody else for anything has failed, whatever it shows. */
function watch(page: Page, address: string): void {
  const found: string[] = []
  faults.set(page, found)
  page.on('pageerror', error => found.push(`broke: ${error.message}`))
  page.on('console', message => {
    // A program that was killed does not answer: the browser says so by itself.
    const expected = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/
    if (message.type() === 'error' && !expected.test(message.text())) found.push(`console: ${message.text()}`)
  })
  page.on('request', request => {
    const url = request.url()
    const ours = [address, address.replace('http', 'ws'), 'data:', 'blob:'].some(start => url.startsWith(start))
    if (!ours) found.push(`asked elsewhere: ${url}`)
  })
}

Member.opened = watch

interface Fixtures {
  /** Starts a member; ended after the test. */
  member: (name: string) => Promise<Member>
  /** A community of these members, by the command line. */
  community: (...names: string[]) => Promise<Member[]>
}

export const test = base.extend<Fixtures>({
  member: async ({}, use) => {
    const all: Member[] = []
    await use(async name => {
      const member = await Member.start(name)
      all.push(member)
      return member
    })
    for (const member of all) await member.end()
    const said = [...faults.values()].flat()
    faults.clear()
    expect(said, 'what the pages said besides').toEqual([])
  },
  community: async ({ member }, use) => {
    await use(async (...names) => {
      const members: Member[] = []
      for (const name of names) members.push(await member(name))
      const [first, ...others] = members as [Member, ...Member[]]
      await first.types('found', 'Harbour Garden', '--name', first.name)
      const invited = JSON.parse(await first.types('invite', '--uses', '9', '--json')) as { link: string }
      for (const other of others) await other.types('join', invited.link, '--name', other.name)
      return members
    })
  },
})

export { expect }
