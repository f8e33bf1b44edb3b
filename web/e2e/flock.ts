// Real members for the tests: each a program of its own with its own folder, and a page in the browser.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, type Page, test as base, expect } from '@playwright/test'

export type { Page }

const PROGRAM = process.env.SKEIN_PROGRAM ?? ''
const run = promisify(execFile)

/** One person: a program, its folder, and its page's address, which stays. */
export class Member {
  private child: ChildProcess | undefined
  private port = 0

  private constructor(
    readonly name: string,
    readonly home: string,
  ) {}

  static async start(name: string): Promise<Member> {
    // Short: a socket's path has 108 bytes at most.
    const member = new Member(name, mkdtempSync(join(tmpdir(), 'sk-')))
    await member.up()
    return member
  }

  /** Types a command. */
  async types(...command: string[]): Promise<string> {
    const environment = { ...process.env, SKEIN_HOME: this.home, NO_COLOR: '1' }
    return (await run(PROGRAM, command, { env: environment, cwd: this.home })).stdout
  }

  async up(): Promise<void> {
    const options = ['run', '--tied', '--bind', '127.0.0.1:0', '--no-mdns', '--page-port', String(this.port)]
    this.child = spawn(PROGRAM, options, { env: { ...process.env, SKEIN_HOME: this.home }, stdio: 'ignore' })
    await expect(async () => {
      this.port = Number(new URL(await this.link()).port)
    }).toPass({ timeout: 20_000 })
  }

  /** Ends the program as a power cut would. */
  async kill(): Promise<void> {
    const child = this.child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async end(): Promise<void> {
    await this.kill()
    rmSync(this.home, { recursive: true, force: true })
  }

  /** The page's address. */
  get address(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** A link that signs a browser in. */
  async link(): Promise<string> {
    return (await this.types('open', '--print')).trim()
  }

  /** Opens this member's page in a browser of their own. */
  async opens(browser: Browser, look: Look = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: look.phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
      colorScheme: look.dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const page = await context.newPage()
    watch(page, this.address)
    await page.goto(await this.link())
    return page
  }
}

export interface Look {
  phone?: boolean
  dark?: boolean
}

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
