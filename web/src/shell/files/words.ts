// What is said about shared files wherever one speaks of them, in English. What only the files' own screen says is there.

export const words = {
  card: {
    get: 'Get it',
    gone: 'This was taken back.',
    previewOf: (name: string) => `Preview of ${name}`,
    play: (name: string) => `Play ${name}`,
    noPreview: 'This browser cannot show it here.',
    brokeOff: 'It broke off: what comes next is not here yet, or cannot be read.',
    again: 'Try again',
  },
  upload: {
    sending: 'Reading it in…',
    sharing: 'Sharing it…',
    stopped: 'Stopped. Nothing was shared.',
  },
  tree: {
    files: (n: number) => `${n.toLocaleString()} ${n === 1 ? 'file' : 'files'}`,
    more: (n: number) => `and ${n.toLocaleString()} more`,
  },
  get: {
    /** From whom it comes, and how much from each if they are several. */
    from: (sources: [string, string][]) =>
      `from ${sources.map(([name, size]) => (sources.length > 1 ? `${name} (${size})` : name)).join(', ')}`,
    stop: 'Stop',
    pause: 'Pause',
    resume: 'Go on',
    first: 'First',
    firstHint: 'It comes before all other files.',
    paused: 'Paused',
    stopped: 'Stopped. What has come is kept: it goes on from there.',
    done: (name: string, path: string | null) => (path === null ? `${name} is here.` : `${name} is here: ${path}`),
    rate: (rate: string) => `${rate} a second`,
    of: (done: string, total: string) => `${done} of ${total}`,
  },
}
