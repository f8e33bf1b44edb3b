// Runs the bench of the page: `npm run bench -- --json`. Vite reads its TypeScript, so that every supported Node can.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(fileURLToPath(new URL('./page.ts', import.meta.url)), { configFile: false, logLevel: 'error' })
await module.main(process.argv.slice(2))
