// How a torrent that is given stands, in words.
import type { TorrentRow } from '../../../gen/TorrentRow'
import { words } from './words'

export const standOf = ({ peers, sent_bytes: sent }: TorrentRow): string => (peers === 0 ? words.give.nobody(sent) : words.give.to(peers, sent))
