// People outside, with a BitTorrent program that is not ours: aria2, which must be installed; and a tracker.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer as createHttp } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { promisify } from 'node:util'
import { until } from './member'

const PIECE_BYTES = 65_536
const WAIT_MS = 20_000
const run = promisify(execFile)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise(done => server.close(done))
  return port
}

const options = (folder: string, port: number): string[] => [
  ...['--no-conf', '--quiet', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--interface=127.0.0.1'],
  ...['--bt-tracker-interval=1', '--bt-stop-timeout=60', '--file-allocation=none', `--listen-port=${port}`, `--dir=${folder}`],
]

/** aria2 fetches a magnet link or a `.torrent` file. */
export async function fetches(source: string, folder: string): Promise<void> {
  await run('aria2c', [...options(folder, await freePort()), '--seed-time=0', source])
}

/** Somebody who gives what is in a folder. */
export interface Giver {
  /** Where: "ip:port". */
  at: string
  end: () => Promise<void>
}

/** aria2 gives; at most so many bytes a second. */
export async function gives(torrent: string, folder: string, bytesPerSecond = 0): Promise<Giver> {
  const port = await freePort()
  const held = ['--seed-ratio=0.0', '--check-integrity=true', `--max-upload-limit=${bytesPerSecond}`]
  const child: ChildProcess = spawn('aria2c', [...options(folder, port), ...held, torrent], { stdio: 'ignore' })
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(done => child.once('exit', done))
    child.kill('SIGKILL')
    await ended
  }
  await until(() => listens(`127.0.0.1:${port}`), WAIT_MS)
  return { at: `127.0.0.1:${port}`, end }
}

/** Throws if nobody listens there. */
export async function listens(at: string): Promise<void> {
  await new Promise<void>((done, failed) => {
    const socket = connect(Number(at.split(':').at(-1)), '127.0.0.1', () => {
      socket.destroy()
      done()
    })
    socket.once('error', failed)
  })
}

/** The `.torrent` file of one file, and its hash. */
export function describe(name: string, bytes: Buffer): { file: Buffer; hash: string } {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(createHash('sha1').update(bytes.subarray(at, at + PIECE_BYTES)).digest())
  const text = (word: string | Buffer) => Buffer.concat([Buffer.from(`${Buffer.byteLength(word)}:`), Buffer.from(word)])
  const number = (value: number) => Buffer.from(`i${value}e`)
  const parts = [text('length'), number(bytes.length), text('name'), text(name), text('piece length'), number(PIECE_BYTES), text('pieces'), text(Buffer.concat(pieces))]
  const info = Buffer.concat([Buffer.from('d'), ...parts, Buffer.from('e')])
  return { file: Buffer.concat([Buffer.from('d'), text('info'), info, Buffer.from('e')]), hash: createHash('sha1').update(info).digest('hex') }
}

/** A tracker on this computer: tells everybody who asks about a hash where the others are. */
export interface Tracker {
  url: string
  /** How many were told of. */
  seen: () => number
  end: () => void
}

export async function tracker(): Promise<Tracker> {
  const ports = new Map<string, Set<number>>()
  const server = createHttp((request, answer) => {
    const [, hash = ''] = /[?&]info_hash=([^&]*)/.exec(request.url ?? '') ?? []
    const port = Number(/[?&]port=(\d+)/.exec(request.url ?? '')?.[1])
    // Each program writes other bytes of the hash as they are.
    const bytes = Buffer.from(hash.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('hex')
    const known = ports.get(bytes) ?? new Set()
    const others = [...known].filter(other => other !== port).flatMap(other => [127, 0, 0, 1, other >> 8, other & 255])
    ports.set(bytes, known.add(port))
    answer.end(Buffer.concat([Buffer.from(`d8:intervali1e5:peers${others.length}:`), Buffer.from(others), Buffer.from('e')]))
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const end = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}/announce`, seen: () => [...ports.values()].reduce((sum, known) => sum + known.size, 0), end }
}
