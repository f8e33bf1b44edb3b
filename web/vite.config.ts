// How the page is built: into `dist`, or where `crates/ui` says. `SKEIN_DEV_PORT` proxies to a running Skein.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type ProxyOptions } from 'vite'

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

export default defineConfig({
  plugins: [svelte()],
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 400, reportCompressedSize: false },
  server: { proxy: { '/api': toSkein(false), '/blob': toSkein(false), '/ws': toSkein(true) } },
  test: { include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0])
