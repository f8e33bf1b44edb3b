//! Asking for what fewest have, of whoever would send it soonest; pieces that follow each other are asked for together.

use crate::ask::Desk;
use crate::bits::each;
use crate::file::{File, MAX_ORDERS};
use crate::input::{Effect, FileId, PeerId};
use crate::message::Message;
use crate::peer::Neighbour;

impl File {
    /// Round by round, a piece and those that follow it of each neighbour with room, whoever has the shortest queue first.
    pub(crate) fn plan_rarest(&mut self, id: FileId, target: u64, choosing: bool, desk: &mut Desk<'_>) {
        let (layout, last) = (self.layout, self.takers() == 0);
        let asked = self.neighbours.iter().filter(|one| !(choosing && one.source) && self.has_wanted(one));
        let asked: Vec<_> = asked.map(|one| one.peer).collect();
        // At the end there is something for each of them.
        let left = (self.have.len() - self.have.ones()).saturating_sub(self.ordered.ones());
        let share = (left / (2 * asked.len().max(1) as u32)).max(1);
        let together = |peer: PeerId, desk: &Desk<'_>| desk.together(peer, layout, last).min(share);
        let mut open: Vec<_> = asked.into_iter().map(|peer| (peer, together(peer, desk))).collect();
        loop {
            open.retain(|(peer, count)| desk.room(*peer, layout.piece(), *count));
            if open.is_empty() {
                return;
            }
            open.sort_by_cached_key(|(peer, _)| (desk.wait_ms(*peer), peer.0.wrapping_mul(0x9e37_79b9) ^ self.rank[0]));
            let mut still = Vec::new();
            for (peer, count) in open {
                let full = *desk.own_bytes + u64::from(count - 1) * layout.piece() >= target;
                if !full && self.orders.len() < MAX_ORDERS && self.order_together(id, peer, count, desk) {
                    still.push((peer, count));
                }
            }
            open = still;
        }
    }

    /// Asks for the rarest piece, and for those that follow it and are as rare. Gives whether there was one.
    fn order_together(&mut self, id: FileId, peer: PeerId, together: u32, desk: &mut Desk<'_>) -> bool {
        let Some(first) = self.rarest_of(peer) else { return false };
        self.order(peer, first, false, desk);
        let mut count = 1;
        for piece in (first + 1..self.have.len()).take(together as usize - 1) {
            let has = self.neighbours.iter().any(|one| one.peer == peer && one.have.has(piece));
            let wanted = has && !self.have.has(piece) && !self.ordered.has(piece);
            if self.orders.len() >= MAX_ORDERS || !wanted || self.counts[piece as usize] != self.counts[first as usize]
            {
                break;
            }
            self.order(peer, piece, false, desk);
            count += 1;
        }
        desk.fx.push(Effect::Send(peer, id, Message::Ask { piece: first, count, urgent: false }));
        true
    }

    fn has_wanted(&self, neighbour: &Neighbour) -> bool {
        let words = neighbour.have.words().iter().zip(self.have.words()).zip(self.ordered.words());
        words.into_iter().any(|((theirs, have), ordered)| theirs & !have & !ordered != 0)
    }

    /// The piece that we want of this neighbour most: the one that fewest have.
    fn rarest_of(&self, peer: PeerId) -> Option<u32> {
        let neighbour = self.neighbours.iter().find(|neighbour| neighbour.peer == peer)?;
        let words = neighbour.have.words().iter().zip(self.have.words()).zip(self.ordered.words()).enumerate();
        let wanted = words.flat_map(|(at, ((theirs, have), ordered))| each(at, theirs & !have & !ordered));
        wanted.min_by_key(|piece| (self.counts[*piece as usize], self.rank[*piece as usize], *piece))
    }
}
