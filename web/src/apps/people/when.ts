// Days in words: since when somebody is here, until when a link is good.

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString()

function year(then: Date, now: Date): { year?: 'numeric' } {
  return then.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }
}

/** "10:32" today, else "Sun, 29 Nov, 10:32": also of days to come. */
export function dayAndTime(ms: number, now = Date.now()): string {
  const [then, today] = [new Date(ms), new Date(now)]
  const time = { hour: '2-digit', minute: '2-digit' } as const
  if (sameDay(then, today)) return then.toLocaleTimeString(undefined, time)
  return then.toLocaleString(undefined, { weekday: 'short', day: 'numeric', month: 'short', ...year(then, today), ...time })
}

/** "29 Nov", with the year if it is another one; `today` for today. */
export function dayOnly(ms: number, today: string, now = Date.now()): string {
  const [then, day] = [new Date(ms), new Date(now)]
  return sameDay(then, day) ? today : then.toLocaleDateString(undefined, { day: 'numeric', month: 'short', ...year(then, day) })
}
