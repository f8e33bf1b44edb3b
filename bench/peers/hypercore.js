// Hypercore, for comparison: one process appends N random entries, another replicates them over TCP on loopback.
// node hypercore.js N BYTES, with NODE_PATH naming hypercore and b4a. Prints one line of JSON.
const { spawn } = require('child_process')
const crypto = require('crypto')
const fs = require('fs')
const net = require('net')
const os = require('os')
const path = require('path')
const Hypercore = require('hypercore')
const b4a = require('b4a')

const seconds = () => Number(process.hrtime.bigint()) / 1e9

async function writer (dir, n, bytes) {
  const core = new Hypercore(dir)
  await core.ready()
  for (let i = 0; i < n; i += 1000) {
    await core.append(Array.from({ length: Math.min(1000, n - i) }, () => crypto.randomBytes(bytes)))
  }
  const server = net.createServer(socket => {
    socket.setNoDelay(true)
    const stream = core.replicate(false)
    socket.pipe(stream).pipe(socket)
    socket.on('error', () => {})
    stream.on('error', () => {})
  })
  server.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ key: b4a.toString(core.key, 'hex'), port: server.address().port }))
  })
}

async function reader (dir, n, key, port) {
  const core = new Hypercore(dir, b4a.from(key, 'hex'))
  await core.ready()
  const start = seconds()
  const socket = net.connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  socket.pipe(core.replicate(true)).pipe(socket)
  while (core.length < n) await new Promise(resolve => setTimeout(resolve, 2))
  await core.download({ start: 0, end: n }).done()
  console.log(JSON.stringify({ per_s: Math.round(n / (seconds() - start)) }))
  process.exit(0)
}

function firstLine (child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', data => {
      text += data
      if (text.includes('\n')) resolve(JSON.parse(text.split('\n')[0]))
    })
    child.on('exit', code => reject(new Error('ended with ' + code)))
  })
}

async function main () {
  const [role, ...rest] = process.argv.slice(2)
  if (role === 'writer') return writer(rest[0], Number(rest[1]), Number(rest[2]))
  if (role === 'reader') return reader(rest[0], Number(rest[1]), rest[2], Number(rest[3]))
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hypercore-'))
  const start = (...args) => spawn(process.execPath, [__filename, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const write = start('writer', path.join(dir, 'w'), role, rest[0])
  const { key, port } = await firstLine(write)
  console.log(JSON.stringify(await firstLine(start('reader', path.join(dir, 'r'), role, key, String(port)))))
  write.kill()
  fs.rmSync(dir, { recursive: true })
  process.exit(0)
}
main().catch(error => { console.error(error); process.exit(1) })
