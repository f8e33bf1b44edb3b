// Who belongs, the invitations, the rules and one's own devices; asked again whenever members change.
import { type Trouble, troubleOf } from '../../shell/door'
import { skein } from '../../shell/state.svelte'
import { charter, devices, invitations, members } from './ask'
import type { DeviceRow as DeviceInfo } from '../../gen/apps/people/DeviceRow'
import type { InvitationRow as InvitationInfo } from '../../gen/apps/people/InvitationRow'
import type { MemberRow as MemberInfo } from '../../gen/apps/people/MemberRow'

const SETTLE_MS = 150

export class Roster {
  members: MemberInfo[] = $state.raw([])
  invitations: InvitationInfo[] = $state.raw([])
  devices: DeviceInfo[] = $state.raw([])
  removalTakes = $state(2)
  known = $state(false)
  trouble: Trouble | null = $state(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #stops: (() => void)[]

  constructor(readonly community: string) {
    this.#stops = [
      skein.onChange({ kind: 'members', community }, () => this.soon()),
      skein.onChange({ kind: 'object', community, app: 'people' }, () => this.soon()),
    ]
    void this.load()
  }

  stop(): void {
    for (const stop of this.#stops) stop()
    clearTimeout(this.#timer)
  }

  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.load()
    }, SETTLE_MS)
  }

  async load(): Promise<void> {
    try {
      const [all, open, rules] = await Promise.all([members(this.community), invitations(this.community), charter(this.community)])
      const me = all.find(member => member.me)
      this.devices = me === undefined ? [] : await devices(this.community, me.member)
      this.members = all
      this.invitations = open.toReversed()
      this.removalTakes = rules.removal_takes
      this.known = true
      this.trouble = null
    } catch (error) {
      this.trouble = troubleOf(error)
    }
  }
}
