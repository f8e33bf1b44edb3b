// Shares that are spoken of in a message: links to their place in the page.

const MOST = 6

/** The link to a share, as Markdown. */
export function linkTo(community: string, share: { object: string; name: string }): string {
  return `[${share.name.replace(/[\\[\]]/g, '\\$&')}](#/c/${community}/files/${share.object})`
}

/** The shares of this community that a text links to, and the text without links that stand in a line of their own. */
export function sharesIn(community: string, text: string): { ids: string[]; rest: string } {
  const link = new RegExp(`\\[(?:\\\\.|[^\\]\\\\])*\\]\\(#/c/${community.replace(/\W/g, '')}/files/([a-z2-7]{52})\\)`, 'g')
  const ids = [...new Set([...text.matchAll(link)].map(match => match[1] as string))].slice(0, MOST)
  if (ids.length === 0) return { ids, rest: text }
  const alone = (line: string) => line.trim() !== '' && line.replace(link, '').trim() === ''
  const lines = text.split('\n').filter(line => !alone(line) || ![...line.matchAll(link)].every(match => ids.includes(match[1] as string)))
  return { ids, rest: lines.join('\n').trim() }
}
