//! What to ask of whom: pieces that are played next, then pieces that only sources have (they choose), then the rarest.

use std::collections::BTreeMap;

use crate::file::{File, MAX_ORDERS, Ordered};
use crate::input::{Effect, FileId, Order, PeerId};
use crate::limit::Bucket;
use crate::message::{MAX_ANY, Message};
use crate::peer::Peer;
use crate::piece::Layout;
use crate::swarm::Swarm;

/// On order beside what the rate asks for. It is the same for everybody, so that whoever is slower at first catches up.
const MIN_ON_ORDER: u64 = 256 << 10;
/// The same in pieces, if they are large.
const EQUAL_PIECES: u64 = 6;
/// How long a piece should wait at a neighbour, over all neighbours: enough that no uplink runs dry, not more.
const WAIT_MS: u64 = 100;
/// With more sources than this, choosing ourselves makes fewer copies than letting each of them choose.
const MAX_CHOOSERS: usize = 4;
/// What is fetched in order for whoever is watching: so many pieces, but no more bytes than this, and four pieces at least.
/// Beyond it the rarest first is better for all.
const WINDOW: u64 = 32;
const WINDOW_BYTES: u64 = 8 << 20;
const MIN_WINDOW: u64 = 4;

/// What ordering needs beside the file.
pub(crate) struct Desk<'a> {
    pub(crate) now_ms: u64,
    pub(crate) peers: &'a mut BTreeMap<PeerId, Peer>,
    pub(crate) down: &'a mut Bucket,
    pub(crate) own_bytes: &'a mut u64,
    /// How much may be on order by our own choice.
    pub(crate) target: u64,
    pub(crate) fx: &'a mut Vec<Effect>,
}

impl Swarm {
    pub(crate) fn plan(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        let ahead_ms = WAIT_MS + self.mean_rtt_ms * 3 / 2;
        let target = self.down_rate.known().unwrap_or(0).saturating_mul(ahead_ms) / 1_000;
        let (peers, down, own_bytes) = (&mut self.peers, &mut self.down, &mut self.own_bytes);
        let mut desk = Desk { now_ms, peers, down, own_bytes, target, fx };
        for id in &self.ranked {
            if let Some(file) = self.files.get_mut(id).filter(|file| file.wants() && !file.neighbours.is_empty()) {
                file.plan(*id, &mut desk);
            }
        }
        let busy = *desk.own_bytes > 0 || self.files.values().any(|file| !file.orders.is_empty());
        self.down_rate.busy(now_ms, busy);
    }
}

impl Desk<'_> {
    /// Whether so much may be ordered of this neighbour now.
    pub(crate) fn room(&mut self, peer: PeerId, len: u64, together: u32) -> bool {
        self.down.wait_ms(self.now_ms) == 0
            && self.peers.get(&peer).is_some_and(|known| known.room(self.now_ms, len, together))
    }

    /// How many pieces may go together from this neighbour to us.
    pub(crate) fn together(&self, peer: PeerId, layout: Layout, last: bool) -> u32 {
        let rate = self.peers.get(&peer).and_then(|known| known.rate.known());
        layout.together(rate.unwrap_or(0), last)
    }

    pub(crate) fn wait_ms(&self, peer: PeerId) -> u64 {
        self.peers.get(&peer).map_or(u64::MAX, |known| known.wait_ms(self.now_ms))
    }
}

impl File {
    fn plan(&mut self, id: FileId, desk: &mut Desk<'_>) {
        if let Order::Sequential { from } = self.order {
            self.plan_window(id, from, desk);
        }
        let choosing = self.choosers_wanted();
        if choosing {
            self.plan_any(id, desk);
        } else {
            self.plan_no_any(id, desk);
        }
        let target = desk.target + MIN_ON_ORDER.max(EQUAL_PIECES * self.layout.piece());
        if *desk.own_bytes < target && self.orders.len() < MAX_ORDERS {
            self.plan_rarest(id, target, choosing, desk);
        }
    }

    /// The next pieces for whoever watches, in order, each of whoever has it soonest.
    fn plan_window(&mut self, id: FileId, from: u32, desk: &mut Desk<'_>) {
        let window = (WINDOW_BYTES / self.layout.piece()).clamp(MIN_WINDOW, WINDOW) as usize;
        let next = (from..self.have.len()).filter(|piece| !self.have.has(*piece)).take(window);
        for piece in next.collect::<Vec<_>>() {
            if self.ordered.has(piece) {
                continue;
            }
            let len = self.layout.len(piece);
            let holders = self.neighbours.iter().filter(|neighbour| neighbour.have.has(piece));
            let open: Vec<_> =
                holders.map(|neighbour| neighbour.peer).filter(|peer| desk.room(*peer, len, 1)).collect();
            match open.into_iter().min_by_key(|peer| desk.wait_ms(*peer)) {
                Some(peer) => {
                    self.order(peer, piece, true, desk);
                    desk.fx.push(Effect::Send(peer, id, Message::Ask { piece, count: 1, urgent: true }));
                }
                None => return,
            }
        }
    }

    /// Whether sources should choose for us: there are pieces that only they have, others who want them too, and not so many
    /// sources that their choices would often be the same.
    fn choosers_wanted(&self) -> bool {
        let met = self.neighbours.iter().filter(|neighbour| neighbour.met);
        let (sources, others) = met.fold((0, 0), |(a, b), one| if one.source { (a + 1, b) } else { (a, b + 1) });
        (1..=MAX_CHOOSERS).contains(&sources) && others > 0 && self.has_dark()
    }

    fn has_dark(&self) -> bool {
        let all = crate::bits::Bits::all(self.have.len());
        let words = all.words().iter().zip(self.have.words()).zip(self.ordered.words()).zip(self.lit.words());
        words.into_iter().any(|(((all, have), ordered), lit)| all & !have & !ordered & !lit != 0)
    }

    fn plan_any(&mut self, id: FileId, desk: &mut Desk<'_>) {
        let size = self.layout.piece();
        let (layout, last) = (self.layout, self.takers() == 0);
        for neighbour in self.neighbours.iter_mut().filter(|neighbour| neighbour.source) {
            let together = desk.together(neighbour.peer, layout, last);
            let mut more = 0;
            while neighbour.any_out + together <= MAX_ANY && desk.room(neighbour.peer, size, together) {
                (more, neighbour.any_out) = (more + together, neighbour.any_out + together);
                desk.down.take(u64::from(together) * size);
                if let Some(known) = desk.peers.get_mut(&neighbour.peer) {
                    known.ordered(desk.now_ms, u64::from(together) * size);
                }
            }
            if more > 0 {
                desk.fx.push(Effect::Send(neighbour.peer, id, Message::AskAny { more }));
            }
        }
    }

    fn plan_no_any(&mut self, id: FileId, desk: &mut Desk<'_>) {
        let size = self.layout.piece();
        for neighbour in self.neighbours.iter_mut().filter(|neighbour| neighbour.any_out > 0) {
            let any = std::mem::take(&mut neighbour.any_out);
            neighbour.any_grace = neighbour.any_grace.saturating_add(any).min(MAX_ANY);
            if let Some(known) = desk.peers.get_mut(&neighbour.peer) {
                known.unordered(desk.now_ms, u64::from(any) * size);
            }
            desk.down.give(u64::from(any) * size);
            desk.fx.push(Effect::Send(neighbour.peer, id, Message::CancelAny));
        }
    }

    /// Puts a piece on order; it is still to be asked for.
    pub(crate) fn order(&mut self, peer: PeerId, piece: u32, urgent: bool, desk: &mut Desk<'_>) {
        let (now_ms, len) = (desk.now_ms, self.layout.len(piece));
        let Some(known) = desk.peers.get_mut(&peer) else { return };
        let expect_ms = known.expect_ms(now_ms, len);
        known.ordered(now_ms, len);
        desk.down.take(len);
        *desk.own_bytes += len;
        self.ordered.set(piece);
        let (at_ms, moved_ms) = (now_ms, now_ms);
        self.orders.push(Ordered {
            piece,
            peer,
            at_ms,
            expect_ms,
            started_ms: None,
            moved_ms,
            got: 0,
            urgent,
            own: true,
        });
    }
}
