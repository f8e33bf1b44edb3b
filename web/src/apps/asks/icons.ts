// The picture of each kind.
import Gig from '@lucide/svelte/icons/briefcase'
import Campaign from '@lucide/svelte/icons/flag'
import Offer from '@lucide/svelte/icons/gift'
import Need from '@lucide/svelte/icons/hand-helping'
import Petition from '@lucide/svelte/icons/signature'
import Report from '@lucide/svelte/icons/triangle-alert'
import Shift from '@lucide/svelte/icons/users'
import type { AskKind } from './types'

export const ICONS: Record<AskKind, typeof Need> = { need: Need, offer: Offer, shift: Shift, report: Report, petition: Petition, campaign: Campaign, gig: Gig }
export const KINDS = Object.keys(ICONS) as AskKind[]
