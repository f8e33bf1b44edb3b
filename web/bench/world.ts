// What the bench needs around the page: a long channel, and a community of many programs that talk.
import { Member, until } from '../e2e/member'

/** How many requests are made at once. */
const AT_ONCE = 16

async function each<T>(items: readonly T[], act: (item: T, at: number) => Promise<void>, atOnce = AT_ONCE): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) await act(items[at] as T, at)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}

const WORDS = 'beans water gate ladder pears Saturday who has the key to shed compost tomatoes **now** rain `plan` early together'.split(' ')

/** Something that a person might say: of one to sixty words, now and then with a link or a list. */
export function chatter(at: number): string {
  const length = 1 + ((at * 7919) % 60)
  const text = Array.from({ length }, (_, i) => WORDS[(at * 31 + i * i * 17) % WORDS.length]).join(' ')
  if (at % 23 === 0) return `${text}\n\n- one\n- two\n- three`
  return at % 17 === 0 ? `${text} https://example.org/${at}` : text
}

/** Fills a channel through the same door that the page uses. */
export async function fill(member: Member, community: string, channel: string, messages: number): Promise<void> {
  await member.says(community, channel, 'The first of all.')
  const numbers = Array.from({ length: messages - 2 }, (_, i) => i)
  await each(numbers, at => member.says(community, channel, `${at + 2}: ${chatter(at)}`))
  await member.says(community, channel, 'The newest of all.')
}

export interface Community {
  id: string
  members: Member[]
}

/** Brings so many programs into one community of the first one's. */
export async function gather(first: Member, name: string, others: number): Promise<Community> {
  const { community } = await first.asks<{ community: string }>({ found: { name, my_name: first.name } })
  const { link } = await first.asks<{ link: string }>({ invite: { community, uses: 200, expires_ms: Date.now() + 3_600_000 } })
  const members: Member[] = []
  await each(
    Array.from({ length: others }, (_, i) => `Member ${i + 1}`),
    async name => {
      const member = await Member.start(name)
      members.push(member)
      await member.asks({ join: { link, my_name: name, wait_ms: 120_000 } })
    },
    4,
  )
  await until(async () => {
    const row = (await first.asks<{ community: string; members: number }[]>('communities')).find(row => row.community === community)
    if (row?.members !== others + 1) throw new Error(`${row?.members} of ${others + 1} are in`)
  }, 120_000)
  return { id: community, members }
}

/** Lets them talk, in turns and together so often a second, until the function that it gives is called; that tells how many were said. */
export function talking(members: readonly Member[], community: string, channel: string, perSecond: number): () => Promise<number> {
  let said = 0
  const waiting = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const member = members[said % members.length] as Member
    const one = member.says(community, channel, chatter(said++)).catch(() => undefined)
    waiting.add(one)
    void one.then(() => waiting.delete(one))
  }, 1_000 / perSecond)
  return async () => {
    clearInterval(timer)
    await Promise.all(waiting)
    return said
  }
}
