//! Pieces on their way to us: begun, coming, whole, wrong, broken off.

use crate::file::Ordered;
use crate::input::{Effect, Part, Parts, PeerId, Why};
use crate::message::Message;
use crate::swarm::Swarm;

impl Swarm {
    /// Whether this piece is on its way to us: on order, and begun. What is not is not to be taken in.
    pub fn is_coming(&self, part: Part) -> bool {
        let file = self.files.get(&part.file);
        file.is_some_and(|file| file.find(part.peer, part.piece).is_some_and(|at| file.orders[at].started_ms.is_some()))
    }

    /// A neighbour begins to send a piece. Gives whether it had reason to. What was on its way when it was let rest is not taken in.
    pub(crate) fn started(&mut self, now_ms: u64, part: Part, fx: &mut Vec<Effect>) -> bool {
        let Part { peer, file: id, piece } = part;
        let (Some(file), Some(known)) = (self.files.get_mut(&id), self.peers.get_mut(&peer)) else { return false };
        let mut fine = true;
        if let Some(at) = file.find(peer, piece) {
            let again = file.orders[at].started_ms.is_some();
            // It began, we took it back, and asked once more: then it begins twice.
            fine = !again || file.neighbour(peer).is_some_and(|one| one.was_cancelled(piece));
            let order = &mut file.orders[at];
            if fine {
                (order.started_ms, order.moved_ms, order.got) = (Some(now_ms), now_ms, 0);
            }
        } else {
            let taken = self.paused
                || !file.wants()
                || file.have.has(piece)
                || piece >= file.have.len()
                || file.orders.iter().any(|order| order.piece == piece && order.started_ms.is_some());
            let (size, len) = (file.layout.piece(), file.layout.len(piece));
            let Some(neighbour) = file.neighbour(peer) else { return false };
            if neighbour.was_cancelled(piece) {
                // It began before it heard.
                fx.push(Effect::StopReceiving(part));
                fx.push(Effect::Send(peer, id, Message::Cancel { piece }));
                return true;
            }
            if neighbour.any_out > 0 {
                neighbour.any_out -= 1;
                known.unordered(now_ms, size);
            } else if neighbour.any_grace > 0 {
                neighbour.any_grace -= 1;
            } else {
                fine = false;
            }
            if taken || !fine {
                fx.push(Effect::StopReceiving(part));
                fx.push(Effect::Send(peer, id, Message::Cancel { piece }));
                return fine;
            }
            known.ordered(now_ms, len);
            let expect_ms = known.rtt_ms + known.rate.ms_for(len);
            file.ordered.set(piece);
            let (at_ms, started_ms) = (now_ms, Some(now_ms));
            let order = Ordered {
                piece,
                peer,
                at_ms,
                expect_ms,
                started_ms,
                moved_ms: now_ms,
                got: 0,
                urgent: false,
                own: false,
            };
            file.orders.push(order);
        }
        // Who was asked before and has not begun need not.
        self.take_back_others(now_ms, part, false, fx);
        fine
    }

    /// Bytes have come. More than the piece has are a lie.
    pub(crate) fn received(&mut self, now_ms: u64, part: Part, bytes: u64, fx: &mut Vec<Effect>) {
        let Some(file) = self.files.get_mut(&part.file) else { return };
        let len = file.layout.len(part.piece);
        let Some(at) = file.find(part.peer, part.piece) else { return };
        let order = &mut file.orders[at];
        let new = bytes.saturating_sub(order.got);
        if bytes > len {
            return self.expel(now_ms, part.peer, Why::Lied, fx);
        }
        order.got += new;
        order.started_ms.get_or_insert(now_ms);
        // Pieces come one after the other: where one comes, the others have not stalled.
        let begun = file.orders.iter_mut().filter(|order| order.peer == part.peer && order.started_ms.is_some());
        begun.for_each(|order| order.moved_ms = now_ms);
        self.down_rate.add(now_ms, new);
        self.peers.get_mut(&part.peer).into_iter().for_each(|known| known.rate.add(now_ms, new));
    }

    /// A piece is there. It counts whoever it came from: the store has verified it.
    pub(crate) fn verified(&mut self, now_ms: u64, part: Part, fx: &mut Vec<Effect>) {
        let Some(file) = self.files.get_mut(&part.file) else { return };
        let len = file.layout.len(part.piece);
        self.received(now_ms, part, len, fx);
        if let Some(known) = self.peers.get_mut(&part.peer) {
            (known.stalls, known.misses) = (0, 0);
        }
        self.unorder(now_ms, part, true);
        self.take_back_others(now_ms, part, true, fx);
        let Some(file) = self.files.get_mut(&part.file) else { return };
        if !file.have.set(part.piece) {
            return;
        }
        file.news.push(part.piece);
        fx.push(Effect::Done(part.file, part.piece));
        if file.have.is_full() {
            fx.push(Effect::Finished(part.file));
        }
    }

    /// What came is not the piece. Connections are authenticated, so nobody but the neighbour can have changed it.
    pub(crate) fn failed(&mut self, now_ms: u64, part: Part, fx: &mut Vec<Effect>) {
        self.expel(now_ms, part.peer, Why::Lied, fx);
    }

    /// A stream ended early: its pieces are asked again elsewhere, and the neighbour left alone for a while.
    pub(crate) fn broken(&mut self, now_ms: u64, parts: Parts, fx: &mut Vec<Effect>) {
        let mut broke = false;
        for part in parts.each() {
            if self.unorder(now_ms, part, false).is_some() {
                fx.push(Effect::Send(part.peer, part.file, Message::Cancel { piece: part.piece }));
                broke = true;
            }
        }
        // Whoever said that it rests stops in the middle of what it sends: it broke no promise.
        let rests = |known: &crate::peer::Peer| known.rests && now_ms < known.not_before_ms;
        if broke && !self.peers.get(&parts.peer).is_some_and(rests) {
            self.stalled(now_ms, parts.peer, fx);
        }
    }

    /// A neighbour did not do what it began. Longer and longer rest, in the end it is dropped.
    pub(crate) fn stalled(&mut self, now_ms: u64, peer: PeerId, fx: &mut Vec<Effect>) {
        const MAX_STALLS: u8 = 6;
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.stalls += 1;
        known.not_before_ms = now_ms + (500 << known.stalls.min(6));
        if known.stalls >= MAX_STALLS {
            self.expel(now_ms, peer, Why::Stalled, fx);
        }
    }
}
