// How a screen looks: at both widths, light and dark, without a fault that axe finds and without sideways scrolling. Pictures are kept.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Page, expect } from '@playwright/test'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PICTURES = process.env.SKEIN_PICTURES ?? 'test-results/pictures'
const WIDE = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

interface Found {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[]
}

async function examine(page: Page, name: string): Promise<void> {
  // What moves comes to rest, and letters and pictures are there.
  await page.evaluate(async () => {
    await document.fonts.ready
    // Twice: on a busy computer something may begin to move just after the first look.
    for (let look = 0; look < 2; look++) {
      await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
      await Promise.allSettled(document.getAnimations().filter(moving => moving.effect?.getComputedTiming().iterations !== Infinity).map(moving => moving.finished))
    }
  })
  await page.evaluate(AXE)
  const found = await page.evaluate<Found>('axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })')
  const faults = found.violations.map(fault => `${fault.id}: ${fault.help}: ${fault.nodes.map(node => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`).slice(0, 3).join('; ')}`)
  expect(faults, name).toEqual([])
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wide, `${name} scrolls sideways`).toBeLessThanOrEqual(0)
  await page.screenshot({ path: `${PICTURES}/${name}.png` })
}

/** Examines what is shown now, in all four looks. */
export async function looks(page: Page, name: string): Promise<void> {
  const before = page.viewportSize() ?? WIDE
  for (const [size, viewport] of [['wide', WIDE], ['phone', PHONE]] as const) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await examine(page, `${name}-${size}-${colorScheme}`)
    }
  }
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}
