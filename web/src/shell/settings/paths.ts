// Where on this computer a copy could go: a suggestion that the person may change.

/** The person's own folder, guessed from where Skein keeps everything; else the folder above that. */
export function homeOf(folder: string): string {
  const own = /^(\/home\/[^/]+|\/Users\/[^/]+|\/root|[A-Za-z]:\\Users\\[^\\]+)/.exec(folder)
  if (own?.[1]) return own[1]
  return folder.replace(/[\\/][^\\/]+[\\/]?$/, '') || folder
}

/** A path in it that says what it is and when: "skein-elm-street-garden-2026-11-22". */
export function suggest(folder: string, what: string, end: string, now = new Date()): string {
  const home = homeOf(folder)
  const slash = home.includes('\\') ? '\\' : '/'
  const slug = what
    .toLocaleLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(part => String(part).padStart(2, '0')).join('-')
  return `${home}${slash}skein-${slug === '' ? '' : `${slug}-`}${day}${end}`
}
