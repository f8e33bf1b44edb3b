// Asks again after changes, but never often: for questions that cost Skein something.

export interface Pace {
  /** Something changed: asks soon, or when it is time again. */
  soon: () => void
  stop: () => void
}

/** `act` runs `waitMs` after a change, and at most once in `everyMs`. */
export function paced(act: () => void, waitMs: number, everyMs: number): Pace {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = -Infinity
  return {
    soon: () => {
      timer ??= setTimeout(
        () => {
          timer = undefined
          last = Date.now()
          act()
        },
        Math.max(waitMs, last + everyMs - Date.now()),
      )
    },
    stop: () => clearTimeout(timer),
  }
}
