// What the chat asks and does, each as a function. Knows no screen.
import type { Said } from '../../gen/Said'
import type { WhoHasIt } from '../../gen/WhoHasIt'
import { ask, request, tell } from '../../shell/door'
import { CHANNELS, CHAT } from './asked'
import type { ChannelCommand, ChannelInfo, Command, Message, Page, Query, ReadWanted } from './types'

function query<T>(community: string, wanted: Query): Promise<T> {
  return ask<T>(community, CHAT, wanted)
}

function act<T = Said>(community: string, command: Command): Promise<T> {
  return tell<T>(community, CHAT, command)
}

export const read = (community: string, wanted: ReadWanted) => query<Page>(community, { read: wanted })

export async function channels(community: string): Promise<ChannelInfo[]> {
  return (await query<{ channels: ChannelInfo[] }>(community, CHANNELS)).channels
}

export async function show(community: string, message: string): Promise<Message> {
  return (await query<{ message: Message }>(community, { show: { message } })).message
}

export const say = (community: string, channel: string, text: string, to: { thread?: string; reply?: string } = {}) =>
  act(community, { say: { channel, text: [text], ...to } })

export const edit = (community: string, message: string, text: string) => act(community, { edit: { message, text: [text] } })

export const remove = (community: string, message: string) => act(community, { delete: { message } })

export const react = (community: string, message: string, emoji: string, remove: boolean) =>
  act(community, { react: { message, emoji, remove } })

export const pin = (community: string, message: string, remove: boolean) => act(community, { pin: { message, remove } })

export const changeChannel = (community: string, command: ChannelCommand) => act(community, { channel: command })

/** Says that a channel was read up to now, or only a thread in it. */
export const markRead = (community: string, channel: string, thread: string | null) => act<null>(community, { 'mark-read': { channel, thread } })

export const whoHas = (community: string, event: string) => request<WhoHasIt>({ 'who-has': { community, event } })
