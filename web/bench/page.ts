// How fast the page is, in a real browser against real programs: opening, a long scroll, and typing while many talk.
import { type Browser, type Page, chromium } from '@playwright/test'
import { BROWSER, Member } from '../e2e/member'
import { type Keys, measureFrames, measureKeys, measureWork } from './measure'
import { type Figures, percentile, print, versions } from './report'
import { fill, gather, talking } from './world'

const MESSAGES = Number(process.env.SKEIN_BENCH_MESSAGES ?? 10_000)
const TALKERS = Number(process.env.SKEIN_BENCH_TALKERS ?? 50)
const PER_SECOND = 10
const TIMES = 9
const FILL_MS = 20_000
const LONG = 'general'
const SHORT = 'ideas'
const LINES = '[data-message]'

const AIMS: Figures = { load_ms: 200, open_channel_ms: 300, scroll_frame_p95_ms: 17, key_to_paint_talking_p95_ms: 50 }

export async function main(options: string[]): Promise<void> {
  const browser = await chromium.launch(BROWSER)
  const all: Member[] = []
  try {
    const ana = await Member.start('Ana')
    all.push(ana)
    const { community } = await ana.asks<{ community: string }>({ found: { name: 'Long', my_name: 'Ana' } })
    const began = performance.now()
    await fill(ana, community, LONG, MESSAGES)
    const figures: Figures = { messages: MESSAGES, write_messages_s: (performance.now() - began) / 1_000 }
    await ana.says(community, SHORT, 'Something short.')
    const channels = await ana.asks<{ channels: { id: string; name: string }[] }>({ ask: { community, app: 'chat', query: { channels: { all: true } } } })
    const idOf = (name: string) => channels.channels.find(channel => channel.name === name)?.id ?? ''
    const page = await ana.opens(browser)
    await page.getByRole('link', { name: LONG }).first().waitFor()
    Object.assign(figures, await load(page, `${ana.address}/#/c/${community}/chat/${idOf(LONG)}`))
    const browserItself = await bare(await (await browser.newContext()).newPage(), `${ana.address}/mark.svg`)
    Object.assign(figures, await open(page))
    Object.assign(figures, await scroll(page))
    Object.assign(figures, named('key_to_paint_quiet', await keys(page)))
    await page.context().close()

    const many = await gather(ana, 'Many', TALKERS)
    all.push(...many.members)
    const talk = await busy(browser, ana, many)
    Object.assign(figures, { talkers: TALKERS, ...talk.figures })
    print(
      {
        name: 'page',
        figures,
        limits: { machine_load_of_a_picture_ms: browserItself, ...Object.fromEntries(Object.entries(AIMS).map(([name, value]) => [`aim_${name}`, value])), ...talk.limits },
        notes: [`${TALKERS} programs of other members on this one machine talk, ${PER_SECOND} messages a second together; the long channel is in a community of one`],
        command: 'npm run bench -- --json',
        versions: versions(browser.version()),
      },
      options.includes('--json'),
    )
  } finally {
    await browser.close()
    await Promise.all(all.map(member => member.end()))
  }
}

/** From asking for the page to lines that can be read and a field that can be written in. */
async function load(page: Page, address: string): Promise<Figures> {
  const times: number[] = []
  for (let i = 0; i < TIMES; i++) {
    await page.goto('about:blank')
    await page.goto(address, { waitUntil: 'commit' })
    times.push(
      await page.evaluate(
        lines =>
          new Promise<number>(done => {
            const look = () => {
              if (document.querySelector(lines) && document.querySelector('textarea')) {
                requestAnimationFrame(() => setTimeout(() => done(performance.now())))
              } else requestAnimationFrame(look)
            }
            look()
          }),
        LINES,
      ),
    )
  }
  const [first = 0, ...rest] = times
  return { load_first_ms: first, load_ms: percentile(rest, 50), load_worst_ms: Math.max(...rest) }
}

/** What the browser itself takes until the smallest thing that the same program serves is painted: nothing can be sooner. */
async function bare(page: Page, address: string): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < TIMES; i++) {
    await page.goto('about:blank')
    await page.goto(address, { waitUntil: 'commit' })
    times.push(await page.evaluate(() => new Promise<number>(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))))
  }
  return percentile(times, 50)
}

/** From the press on a channel's name to its newest message painted. */
async function open(page: Page): Promise<Figures> {
  const times: number[] = []
  for (let i = 0; i < TIMES; i++) {
    await page.getByRole('link', { name: SHORT }).first().click()
    await page.getByText('Something short.').first().waitFor()
    await page.waitForTimeout(300)
    times.push(
      await page.evaluate(
        ({ lines, channel }) =>
          new Promise<number>(done => {
            const link = [...document.querySelectorAll<HTMLElement>('nav a')].find(link => link.getAttribute('aria-label')?.startsWith(channel))
            const began = performance.now()
            link?.click()
            const look = () => {
              const last = [...document.querySelectorAll(lines)].at(-1)
              if (last?.textContent?.includes('The newest of all.')) requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)))
              else requestAnimationFrame(look)
            }
            look()
          }),
        { lines: LINES, channel: LONG },
      ),
    )
  }
  return { open_channel_ms: percentile(times, 50), open_channel_worst_ms: Math.max(...times) }
}

/** A long way up through history by the wheel. */
async function scroll(page: Page): Promise<Figures> {
  const log = page.getByRole('log').first()
  await log.hover()
  const frames = await measureFrames(page)
  let most = 0
  for (let i = 0; i < 300; i++) {
    await page.mouse.wheel(0, -500)
    await page.waitForTimeout(16)
    if (i % 20 === 0) most = Math.max(most, await page.locator(LINES).count())
  }
  const taken = await frames()
  const reached = await page.locator(LINES).first().textContent()
  const number = Number(/(\d+): /.exec(reached ?? '')?.[1] ?? MESSAGES)
  return {
    scroll_frame_p50_ms: percentile(taken, 50),
    scroll_frame_p95_ms: percentile(taken, 95),
    scroll_frame_p99_ms: percentile(taken, 99),
    scroll_frame_worst_ms: Math.max(...taken),
    scroll_messages_passed: MESSAGES - number,
    scroll_lines_held: most,
  }
}

async function keys(page: Page, field = page.getByRole('combobox', { name: /^Message #/ })): Promise<Keys> {
  await field.click()
  const stop = await measureKeys(page)
  await page.keyboard.type('The quick brown fox jumps over the lazy dog and waters the beans by the wall. ', { delay: 45 })
  const taken = await stop()
  await field.fill('')
  return taken
}

const named = (name: string, { p50, p95, worst }: Keys): Figures => ({ [`${name}_p50_ms`]: p50, [`${name}_p95_ms`]: p95, [`${name}_worst_ms`]: worst })

/** Typing in a channel in which the others talk; and in an empty page meanwhile, which is what the machine itself takes. */
async function busy(browser: Browser, ana: Member, many: { id: string; members: Member[] }): Promise<{ figures: Figures; limits: Figures }> {
  await ana.says(many.id, LONG, 'Hello, all.')
  const page = await ana.opens(browser)
  await page.getByRole('link', { name: LONG }).first().waitFor()
  await page.goto(`${ana.address}/#/c/${many.id}/chat/${LONG}`)
  await page.getByText('Hello, all.').first().waitFor()
  const began = performance.now()
  const stop = talking(many.members, many.id, LONG, PER_SECOND)
  // Until as many lines are there as are held at most.
  await page.waitForTimeout(FILL_MS)
  const work = await measureWork(page)
  const frames = await measureFrames(page)
  const from = performance.now()
  const taken = await keys(page)
  const during = await frames()
  const worked = (await work()) / (performance.now() - from)
  const bare = await (await browser.newContext()).newPage()
  await bare.setContent('<textarea></textarea>')
  const machine = await keys(bare, bare.locator('textarea'))
  const perSecond = (await stop()) / ((performance.now() - began) / 1_000)
  return {
    figures: {
      ...named('key_to_paint_talking', taken),
      talking_frame_p95_ms: percentile(during, 95),
      talking_messages_per_s: perSecond,
      talking_page_work_ms_per_s: worked * 1_000,
    },
    limits: named('machine_key_to_paint_talking', machine),
  }
}
