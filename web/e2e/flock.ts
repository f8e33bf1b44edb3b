// Real members for the tests, and what their pages may not do.
import { test as base, expect } from '@playwright/test'
import type { Page } from '@playwright/test'
import { type Look, Member } from './member'
import { type Network, network } from './network'

export type { Look, Page }
export { Member }

const faults = new Map<Page, string[]>()
/** What is still being read of answers that went wrong. */
const reading: Promise<void>[] = []

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
  // The console does not say what went wrong; the answer does.
  page.on('response', answer => {
    if (answer.status() < 500) return
    const note = (words: string) => found.push(`${answer.status()}: ${answer.url()} ${answer.request().postData() ?? ''}: ${words}`)
    reading.push(answer.text().then(note, (why: unknown) => note(`cannot be read: ${String(why)}`)).then(() => {}))
  })
  page.on('request', request => {
    const url = request.url()
    const ours = [address, address.replace('http', 'ws'), 'data:', 'blob:'].some(start => url.startsWith(start))
    if (!ours) found.push(`asked elsewhere: ${url}`)
  })
}

Member.opened = watch

/** The program has refused what was asked, as it should: the browser notes that by itself, once, and it is no fault. */
export async function refused(page: Page): Promise<void> {
  const said = faults.get(page) ?? []
  const at = () => said.findIndex(fault => /the server responded with a status of 4\d\d/.test(fault))
  await expect.poll(at, { message: 'nothing was refused' }).toBeGreaterThanOrEqual(0)
  said.splice(at(), 1)
}

interface Fixtures {
  /** Starts a member; ended after the test. `under`: with this command before the program. */
  member: (name: string, under?: string[]) => Promise<Member>
  /** A local network that a phone is in too. */
  lan: Network
  /** A community of these members, by the command line. */
  community: (...names: string[]) => Promise<Member[]>
}

export const test = base.extend<Fixtures>({
  member: async ({}, use) => {
    const all: Member[] = []
    await use(async (name, under) => {
      const member = await Member.start(name, under)
      all.push(member)
      return member
    })
    await Promise.all(reading.splice(0))
    // No page goes on into the next test, looking for a program that is gone.
    for (const page of faults.keys()) await page.context().close()
    for (const member of all) await member.end()
    const said = [...faults.values()].flat()
    faults.clear()
    expect(said, 'what the pages said besides').toEqual([])
  },
  lan: async ({}, use) => {
    const made = await network()
    await use(made)
    await made.end()
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
