// One real member for tests and benches: a program of its own with its own folder, and its page in a browser.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from '@playwright/test'

const PROGRAM = process.env.SKEIN_PROGRAM ?? ''
/** A built page (Vite's `dist`) to use instead of the one in the program. */
const PAGE = process.env.SKEIN_PAGE ?? ''
/** How the browser is started. A page that is not the program's own counts as one from elsewhere, which may not reach this computer. */
export const BROWSER = {
  executablePath: process.env.SKEIN_BROWSER ?? '/usr/bin/chromium',
  args: ['--no-sandbox', ...(PAGE === '' ? [] : ['--disable-features=LocalNetworkAccessChecks'])],
}
const KINDS: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', webmanifest: 'application/manifest+json', png: 'image/png' }
const START_MS = 20_000
const run = promisify(execFile)

export interface Look {
  phone?: boolean
  dark?: boolean
}

/** Tries until it works, or throws what went wrong last. */
export async function until<T>(act: () => Promise<T>, ms: number): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise(done => setTimeout(done, 100))
    }
  }
}

/** A port for others' devices that is free now. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  const port = await new Promise<number>((done, failed) => {
    socket.once('error', failed)
    socket.bind(0, '127.0.0.1', () => done(socket.address().port))
  })
  await new Promise<void>(done => socket.close(done))
  return port
}

export class Member {
  /** Told of every page that is opened. */
  static opened: (page: Page, address: string) => void = () => {}
  private child: ChildProcess | undefined
  private port = 0
  /** Where others' devices find it, also after it was ended: without that, members who all were away would not find one another. */
  private place = 0

  private constructor(
    readonly name: string,
    readonly home: string,
    private readonly under: string[],
  ) {}

  /** Starts a program; `under`: with this command before it. */
  static async start(name: string, under: string[] = []): Promise<Member> {
    // Short: a socket's path has 108 bytes at most.
    const member = new Member(name, mkdtempSync(join(tmpdir(), 'sk-')), under)
    await member.up()
    return member
  }

  /** Types a command. */
  async types(...command: string[]): Promise<string> {
    const environment = { ...process.env, SKEIN_HOME: this.home, NO_COLOR: '1' }
    return (await run(PROGRAM, command, { env: environment, cwd: this.home, maxBuffer: 1 << 24 })).stdout
  }

  /** Asks the program something, as the page does. */
  async asks<T>(wanted: unknown): Promise<T> {
    const text = await new Promise<string>((done, failed) => {
      const headers = { 'content-type': 'application/json', host: 'localhost' }
      const call = request({ socketPath: join(this.home, 'ctl.sock'), path: '/api/request', method: 'POST', headers }, answer => {
        let all = ''
        answer.setEncoding('utf8').on('data', (part: string) => (all += part)).on('end', () => done(all)).on('error', failed)
      })
      call.on('error', failed).end(JSON.stringify(wanted))
    })
    const last = JSON.parse(text.trim().split('\n').at(-1) ?? 'null') as { done?: T; refused?: { message: string } }
    if (last.done === undefined) throw new Error(last.refused?.message ?? text)
    return last.done
  }

  /** Says something in a channel. */
  async says(community: string, channel: string, text: string): Promise<void> {
    await this.asks({ do: { community, app: 'chat', command: { say: { channel, text: [text] } }, cwd: null } })
  }

  async up(): Promise<void> {
    if (this.place === 0) this.place = await freePort()
    const options = ['run', '--tied', '--bind', `127.0.0.1:${this.place}`, '--no-mdns', '--page-port', String(this.port)]
    const [command, ...rest] = [...this.under, PROGRAM, ...options] as [string, ...string[]]
    this.child = spawn(command, rest, { env: { ...process.env, SKEIN_HOME: this.home }, stdio: 'ignore' })
    // Not before it answers: a command that finds no program starts one of its own, which nobody here would end.
    await until(() => this.asks('status'), START_MS)
    this.port = Number(new URL(await this.link()).port)
  }

  /** Ends the program as a power cut would. */
  async kill(): Promise<void> {
    const child = this.child
    if (child?.exitCode !== null || child.signalCode !== null) return
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
      // It would fetch the program's own page past the one that is tried.
      serviceWorkers: PAGE === '' ? 'allow' : 'block',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await this.serve(context, this.address)
    const page = await context.newPage()
    Member.opened(page, this.address)
    await page.goto(await this.link())
    return page
  }

  /** Where another page than the program's is tried: answers with it in the program's place, with the headers that the program sends. */
  async serve(context: BrowserContext, address: string): Promise<void> {
    if (PAGE === '') return
    const policy = await this.policy()
    await context.route(
      url => url.href.startsWith(address) && !/^\/(?:api|blob|ws)\b/.test(url.pathname),
      async route => {
        const path = new URL(route.request().url()).pathname
        const name = path === '/' ? 'index.html' : path.slice(1)
        const headers = { 'content-type': KINDS[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream', 'content-security-policy': policy }
        await route.fulfill({ headers, body: readFileSync(join(PAGE, name)) })
      },
    )
  }

  /** What the program lets its page do. */
  private async policy(): Promise<string> {
    return await new Promise((done, failed) => {
      const call = request({ socketPath: join(this.home, 'ctl.sock'), path: '/', headers: { host: 'localhost' } }, answer => {
        answer.resume()
        done(answer.headers['content-security-policy']?.toString() ?? '')
      })
      call.on('error', failed).end()
    })
  }
}
