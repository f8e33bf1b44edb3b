// The hours of a week in which somebody can be asked: local on the screen, UTC in what is said.

export const WEEK_HOURS = 168
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** How far this place's clocks are ahead of UTC now, in whole hours: half hours go to the next one. */
export function aheadOfUtc(date = new Date()): number {
  return Math.round(-date.getTimezoneOffset() / 60)
}

/** One truth for each hour of the week in UTC, Monday 00:00 first, from the bytes of a profile. */
export function fromBits(bytes: readonly number[]): boolean[] {
  return Array.from({ length: WEEK_HOURS }, (_, hour) => (((bytes[hour >> 3] ?? 0) >> (hour & 7)) & 1) === 1)
}

/** Moves a week's hours later by so many. */
function moved(hours: readonly boolean[], by: number): boolean[] {
  return Array.from({ length: WEEK_HOURS }, (_, hour) => hours[(((hour - by) % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS] ?? false)
}

export const toLocal = (utc: readonly boolean[], ahead: number) => moved(utc, ahead)
export const toUtc = (local: readonly boolean[], ahead: number) => moved(local, -ahead)

/** "mon 17-22, sat 9-18"; empty if there is none. */
export function hoursText(hours: readonly boolean[]): string {
  const spans: string[] = []
  DAYS.forEach((day, at) => {
    for (const [from, to] of spansOf(hours.slice(at * 24, at * 24 + 24))) spans.push(`${day} ${from}-${to}`)
  })
  return spans.join(', ')
}

/** From when to when, of one day's hours. */
export function spansOf(day: readonly boolean[]): [from: number, to: number][] {
  const spans: [number, number][] = []
  for (let hour = 0; hour < day.length; hour++) {
    if (!day[hour]) continue
    const from = hour
    while (day[hour]) hour++
    spans.push([from, hour])
  }
  return spans
}
