// What the bench found, as one JSON object or as lines for people: units are in the names, as in `cargo xtask bench`.
import { readFileSync } from 'node:fs'

export type Figures = Record<string, number>

export interface Report {
  name: string
  figures: Figures
  /** What we aim at, and what the machine itself takes. */
  limits: Figures
  notes: string[]
  command: string
  versions: Record<string, string>
}

/** The value below which so many of a hundred are. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}

const round = (figures: Figures) => Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value * 10) / 10]))

export function versions(browser: string): Record<string, string> {
  const { version, devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
    devDependencies: Record<string, string>
  }
  return { skein: version, svelte: devDependencies.svelte ?? '', chromium: browser, node: process.versions.node }
}

export function print(report: Report, json: boolean): void {
  const rounded = { ...report, figures: round(report.figures), limits: round(report.limits) }
  if (json) return console.log(JSON.stringify(rounded))
  console.log(report.name)
  for (const [title, values] of [['', rounded.figures], ['limit: ', rounded.limits]] as const) {
    for (const [name, value] of Object.entries(values)) console.log(`  ${(title + name).padEnd(44)} ${value.toLocaleString().padStart(12)}`)
  }
  for (const note of report.notes) console.log(`  (${note})`)
}
