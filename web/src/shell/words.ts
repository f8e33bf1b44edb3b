// What the shell says, in English. Nothing is said anywhere else.

const many = (n: number, one: string, more: string) => `${n.toLocaleString()} ${n === 1 ? one : more}`

export const words = {
  time: {
    today: 'Today',
    yesterday: 'yesterday',
    yesterdayAlone: 'Yesterday',
    justNow: 'just now',
    minutesAgo: (n: number) => `${many(n, 'minute', 'minutes')} ago`,
    hoursAgo: (n: number) => `${many(n, 'hour', 'hours')} ago`,
    daysAgo: (n: number) => `${many(n, 'day', 'days')} ago`,
  },
  ui: {
    close: 'Close',
    undo: 'Undo',
  },
}
