// How the page is built: into `dist`, or where `crates/ui` says. `SKEIN_DEV_PORT` proxies to a running Skein.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin, type ProxyOptions } from 'vite'

const port = process.env.SKEIN_DEV_PORT ?? '7117'

/** For developers only: Skein answers its own address alone, so the requests are made to look like its own. */
function toSkein(ws: boolean): ProxyOptions {
  return {
    target: `http://127.0.0.1:${port}`,
    changeOrigin: true,
    ws,
    configure: proxy => {
      const tame = (request: { setHeader(name: string, value: string): void; removeHeader(name: string): void }) => {
        request.setHeader('origin', `http://127.0.0.1:${port}`)
        request.removeHeader('sec-fetch-site')
      }
      proxy.on('proxyReq', tame)
      proxy.on('proxyReqWs', tame)
    },
  }
}

/** Few files, as each takes a while however small: what asks first; the page; what its screens share; and each screen. */
const PARTS = [
  { name: 'first', test: /src[\\/]main\.ts$/, priority: 3 },
  { name: 'page', test: /src[\\/]shell[\\/]page\.ts$/, priority: 2 },
  { name: 'shared', test: /src[\\/]shell[\\/]|@lucide/, minShareCount: 2, priority: 1 },
]

/** The page's own code is fetched along with the little that asks for it. */
function ahead(): Plugin {
  return {
    name: 'skein-ahead',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle }) => {
        // While it is worked on, there are no files yet.
        if (bundle === undefined) return []
        const page = Object.values(bundle).filter(file => file.type === 'chunk' && file.name === 'page')
        if (page.length !== 1) throw new Error('the page’s own code is in no file of its own')
        return page.map(({ fileName }) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${fileName}` }, injectTo: 'head' }))
      },
    },
  }
}

export default defineConfig({
  plugins: [svelte(), ahead()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
    reportCompressedSize: false,
    // One file of style for all: it is small, and no screen waits for its own.
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups: PARTS } } },
  },
  server: { proxy: { '/api': toSkein(false), '/blob': toSkein(false), '/ws': toSkein(true) } },
  test: { include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0])
