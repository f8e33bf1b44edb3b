// A local network that a phone could be in: the one that this computer is in, or, where there is none, one that is made for the test.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'
import { BROWSER } from './member'

export interface Network {
  /** What a program is started under, to be in it. */
  under: string[]
  /** A browser that is in it. */
  browser: Browser
  end: () => Promise<void>
}

const PRIVATE = /^(?:10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\./
const OURS = '10.77.0.1'

function inOne(): boolean {
  return Object.values(networkInterfaces()).some(all => all?.some(({ family, address }) => family === 'IPv4' && PRIVATE.test(address)))
}

/** A network with nobody else in it, as Linux makes one for a process and its children. */
async function make(): Promise<Network> {
  const holder = spawn('unshare', ['-rn', 'sh', '-c', `ip link set lo up && ip addr add ${OURS}/32 dev lo && echo ready && exec sleep infinity`])
  await new Promise<void>((done, failed) => {
    holder.stdout.once('data', () => done())
    holder.once('error', failed)
    holder.once('exit', () => failed(new Error('This computer is in no private network, and none could be made (unshare -rn, ip).')))
  })
  const under = ['nsenter', '-t', String(holder.pid), '-U', '-n', '--preserve-credentials']
  const folder = mkdtempSync(join(tmpdir(), 'sk-net-'))
  const script = join(folder, 'browser')
  writeFileSync(script, `#!/bin/sh\nexec ${under.join(' ')} ${BROWSER.executablePath} "$@"\n`, { mode: 0o755 })
  const browser = await chromium.launch({ ...BROWSER, executablePath: script })
  const end = async () => {
    await browser.close()
    holder.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  return { under, browser, end }
}

export async function network(): Promise<Network> {
  if (!inOne()) return await make()
  const browser = await chromium.launch(BROWSER)
  return { under: [], browser, end: () => browser.close() }
}
