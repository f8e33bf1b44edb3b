// What can be done with a message: the screen does it, the message's tools offer it.
import type { Message } from './types'

export interface Actions {
  reply(message: Message): void
  edit(message: Message): void
  thread(message: Message): void
  react(message: Message, word: string, remove: boolean): void
  pin(message: Message): void
  remove(message: Message): void
  copyLink(message: Message): void
  copyText(message: Message): void
  /** Opens the conversation with its author alone. */
  alone(message: Message): void
  whoHas(message: Message): void
  /** Shows a message where it was said. */
  jump(id: string): void
}
