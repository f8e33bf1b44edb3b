// Rates and times of the day, as they are written into the settings' fields.

/** "1.5" for 1,500,000 bytes a second; empty for no limit. */
export const megabytes = (rate: number | null): string => (rate === null ? '' : String(rate / 1_000_000))

/** Bytes a second; `null` for an empty field, `undefined` for what is no number. */
export function rateOf(text: string): number | null | undefined {
  const plain = text.trim().replace(',', '.')
  if (plain === '') return null
  return /^\d+(?:\.\d*)?$/.test(plain) && Number(plain) > 0 ? Math.round(Number(plain) * 1_000_000) : undefined
}

/** "08:05" for the minute 485 of the day. */
export const clockOf = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** The minute of the day; 0 for what is no time. */
export function minuteOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number)
  return Number.isInteger(hour * 60 + minute) ? hour * 60 + minute : 0
}
