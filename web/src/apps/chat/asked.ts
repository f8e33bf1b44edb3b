// The chat's questions that are asked at once when the page opens: said in one place, so that they are the same word for word.
import { shelf } from '../../shell/kept'
import type { Query } from './types'

export const CHAT = 'chat'
/** So many messages are a page. */
export const PAGE = 60
export const CHANNELS: Query = { channels: { all: true } }

/** The newest page of a channel or of a thread in it. */
export const newest = (channel: string, thread: string | null = null): Query => ({
  read: { channel, ...(thread === null ? {} : { thread }), limit: PAGE },
})

/** Whether it is an id, and no name. */
export const isId = (word: string | null | undefined): word is string => /^[a-z2-7]{52}$/.test(word ?? '')

const KEPT = 'skein-channel'

/** The channel that was open last. */
export const channelKept = (community: string) => shelf.getItem(`${KEPT} ${community}`)
export const keepChannel = (community: string, channel: string) => shelf.setItem(`${KEPT} ${community}`, channel)
