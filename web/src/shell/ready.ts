// Words that one place of the page leaves ready in another: they stand in the field there, and nobody has said them yet.
const ready = new Map<string, string>()

/** Leaves words for whoever writes next in a community. */
export function leaveReady(community: string, text: string): void {
  if (text !== '') ready.set(community, text)
}

/** Takes them, once. */
export function takeReady(community: string): string {
  const text = ready.get(community) ?? ''
  ready.delete(community)
  return text
}
