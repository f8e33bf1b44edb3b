// The members' pictures: asked once for each community, and again when somebody changed theirs. Every avatar looks here.
import { SvelteMap } from 'svelte/reactivity'
import type { PictureRow } from '../gen/apps/people/PictureRow'
import { ask } from './door'
import { skein } from './state.svelte'

const KINDS = ['image/webp', 'image/jpeg', 'image/png']
const SETTLE_MS = 200

class Pictures {
  readonly #shown = new SvelteMap<string, string>()
  readonly #asked = new Set<string>()
  readonly #soon = new Set<string>()
  #listens = false

  /** The address of a member's picture; undefined if they have none, or it is not known yet. */
  of(member: string): string | undefined {
    for (const { community } of skein.communities) {
      if (this.#asked.has(community)) continue
      this.#asked.add(community)
      this.#later(community, 0)
    }
    return this.#shown.get(member)
  }

  #later(community: string, ms: number): void {
    if (!this.#listens) {
      this.#listens = true
      skein.onChange({ kind: 'object', app: 'people' }, change => {
        if (change === 'lagged') for (const known of this.#asked) this.#later(known, SETTLE_MS)
        else if ('object' in change) this.#later(change.object.community, SETTLE_MS)
      })
    }
    if (this.#soon.has(community)) return
    this.#soon.add(community)
    setTimeout(() => {
      this.#soon.delete(community)
      void this.#load(community)
    }, ms)
  }

  async #load(community: string): Promise<void> {
    try {
      const { pictures } = await ask<{ pictures: PictureRow[] }>(community, 'people', 'pictures')
      const now = new Set(pictures.map(picture => picture.member))
      for (const { member } of skein.members(community)) if (!now.has(member)) this.#shown.delete(member)
      for (const { member, image, kind } of pictures) {
        if (KINDS.includes(kind) && image !== '') this.#shown.set(member, `data:${kind};base64,${image}`)
      }
    } catch {
      // Whoever has no picture is shown by their initials; so is everybody while pictures cannot be had.
    }
  }
}

export const pictures = new Pictures()
