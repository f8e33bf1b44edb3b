// A need made of a message: its words are in the form already, and the person only looks over it.
import type { Saying } from '../../shell/apps'
import { go } from '../../shell/route.svelte'
import { draftOf, fromMessage, keepDraft } from './form'

export function make(community: string, { event, text }: Saying): void {
  // What was begun before about the same message is still there.
  if (draftOf(community, event).from === '') keepDraft(community, fromMessage(event, text))
  go('c', community, 'asks', 'new', event)
}
