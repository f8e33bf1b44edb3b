// The page's tests: a real browser against real programs. `SKEIN_PROGRAM` is the built program; see `cargo xtask test page`.
import { defineConfig } from '@playwright/test'
import { BROWSER } from './e2e/member'

export default defineConfig({
  testDir: 'e2e',
  outputDir: process.env.SKEIN_E2E_OUT ?? 'test-results',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 800 },
    launchOptions: BROWSER,
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'off',
  },
})
