// Addresses by which other programs reach the asks: opened, listed, made anew, ended. Only on the computer itself.
import type { BridgeList } from '../../gen/BridgeList'
import type { BridgeNamed } from '../../gen/BridgeNamed'
import type { BridgeOpen } from '../../gen/BridgeOpen'
import type { BridgeRow } from '../../gen/BridgeRow'
import type { BridgeWanted } from '../../gen/BridgeWanted'
import { get, post } from '../../shell/door'
import { ASKS } from './asked'

export type { BridgeOpen, BridgeRow }

/** What other programs may speak here. */
export const SPOKEN = ['calendar', 'open311'] as const
export type Spoken = (typeof SPOKEN)[number]

/** The addresses of asks, in all communities. */
export const bridges = async () => (await get<BridgeList>('/api/bridges')).bridges.filter(({ app }) => app === ASKS)

/** Makes an address. `near`: also in the local network, while a phone is paired. */
export function openBridge(community: string, speaks: Spoken, near: boolean): Promise<BridgeOpen> {
  return post('/api/bridges/open', { community, app: ASKS, speaks, near } satisfies BridgeWanted)
}

/** Another address in the place of one, which is worth nothing from now on. */
export const renewBridge = (id: string) => post<BridgeOpen>('/api/bridges/renew', { id } satisfies BridgeNamed)

export const endBridge = (id: string) => post<null>('/api/bridges/end', { id } satisfies BridgeNamed)
