// Measuring inside the page: how long frames take, and how long a key takes until it is painted.
import type { Page } from '@playwright/test'
import { percentile } from './report'

interface Bench {
  frames: number[]
  keys: number[]
  on: boolean
}

declare global {
  interface Window {
    bench: Bench
  }
}

export interface Keys {
  p50: number
  p95: number
  worst: number
}

/** Takes the time of each frame until the function that it gives is called. */
export async function measureFrames(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const bench: Bench = { frames: [], keys: [], on: true }
    window.bench = bench
    let before = performance.now()
    const frame = (now: number) => {
      bench.frames.push(now - before)
      before = now
      if (bench.on) requestAnimationFrame(frame)
    }
    requestAnimationFrame(now => {
      before = now
      requestAnimationFrame(frame)
    })
  })
  return () =>
    page.evaluate(() => {
      window.bench.on = false
      return window.bench.frames
    })
}

/** Takes the time from each key to the paint that shows it. */
export async function measureKeys(page: Page): Promise<() => Promise<Keys>> {
  await page.evaluate(() => {
    window.bench ??= { frames: [], keys: [], on: true }
    window.bench.keys = []
    const pressed = (event: KeyboardEvent) => {
      // After the next frame's callbacks comes the paint; the first task after it sees it done.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => window.bench.keys.push(performance.now() - event.timeStamp)
        port2.postMessage(null)
      })
    }
    document.addEventListener('keydown', pressed, true)
  })
  return async () => {
    const taken = await page.evaluate(() => window.bench.keys)
    return { p50: percentile(taken, 50), p95: percentile(taken, 95), worst: Math.max(...taken) }
  }
}

/** Takes the time that the page's own thread computes, whatever else the machine does, until the function that it gives is called. */
export async function measureWork(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const now = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return (metrics.find(metric => metric.name === 'TaskDuration')?.value ?? 0) * 1_000
  }
  const before = await now()
  return async () => (await now()) - before
}
