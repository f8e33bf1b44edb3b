//! What is no longer on order: done, or taken back from one neighbour, from others, from all.

use std::collections::BTreeMap;

use crate::file::{File, Ordered};
use crate::input::{Effect, FileId, Part, PeerId, Priority};
use crate::message::Message;
use crate::peer::Peer;
use crate::swarm::Swarm;

impl Swarm {
    /// Removes an order. `done` is false if its bytes are still to be fetched.
    pub(crate) fn unorder(&mut self, now_ms: u64, part: Part, done: bool) -> Option<Ordered> {
        let file = self.files.get_mut(&part.file)?;
        let at = file.find(part.peer, part.piece)?;
        let order = file.unorder(at, now_ms, &mut self.peers, &mut self.own_bytes);
        if !done {
            self.down.give(file.layout.len(part.piece).saturating_sub(order.got));
        }
        self.down_rate.busy(now_ms, self.own_bytes > 0 || !file.orders.is_empty());
        Some(order)
    }

    /// Takes back a piece that was asked of others than `part.peer`, too; of those who have begun only if `all`.
    pub(crate) fn take_back_others(&mut self, now_ms: u64, part: Part, all: bool, fx: &mut Vec<Effect>) {
        let Some(file) = self.files.get_mut(&part.file) else { return };
        let others = |order: &&Ordered| {
            order.piece == part.piece && order.peer != part.peer && (all || order.started_ms.is_none())
        };
        let others: Vec<_> = file.orders.iter().filter(others).map(|order| order.peer).collect();
        for peer in others {
            self.cancel(now_ms, Part { peer, ..part }, fx);
        }
    }

    /// Takes one order back, and says so.
    pub(crate) fn cancel(&mut self, now_ms: u64, part: Part, fx: &mut Vec<Effect>) {
        if let Some(order) = self.unorder(now_ms, part, false) {
            if order.started_ms.is_some() {
                fx.push(Effect::StopReceiving(part));
            } else if let Some(neighbour) = self.files.get_mut(&part.file).and_then(|file| file.neighbour(part.peer)) {
                neighbour.cancel(part.piece);
            }
            fx.push(Effect::Send(part.peer, part.file, Message::Cancel { piece: part.piece }));
        }
    }

    /// Takes everything back that is on order of one neighbour, without a word: it is gone, or (then what has begun may go
    /// on: `all` is false) said that it will not.
    pub(crate) fn take_back(&mut self, now_ms: u64, peer: PeerId, id: FileId, all: bool, fx: &mut Vec<Effect>) {
        let Some(file) = self.files.get_mut(&id) else { return };
        let mine = |order: &&Ordered| order.peer == peer && (all || order.started_ms.is_none());
        let orders: Vec<_> = file.orders.iter().filter(mine).map(|order| (order.piece, order.started_ms)).collect();
        for (piece, started) in orders {
            let part = Part { peer, file: id, piece };
            self.unorder(now_ms, part, false);
            if started.is_some() {
                fx.push(Effect::StopReceiving(part));
            } else if let Some(neighbour) = self.files.get_mut(&id).and_then(|file| file.neighbour(peer)) {
                neighbour.cancel(piece);
            }
        }
        self.withdraw_any(now_ms, peer, id);
    }

    /// Takes back what a neighbour may choose for us. Gives whether there was anything.
    pub(crate) fn withdraw_any(&mut self, now_ms: u64, peer: PeerId, id: FileId) -> bool {
        let Some(file) = self.files.get_mut(&id) else { return false };
        let size = file.layout.piece();
        let Some(neighbour) = file.neighbour(peer) else { return false };
        let any = std::mem::take(&mut neighbour.any_out);
        neighbour.any_grace = neighbour.any_grace.saturating_add(any).min(crate::message::MAX_ANY);
        if let Some(known) = self.peers.get_mut(&peer) {
            known.unordered(now_ms, u64::from(any) * size);
        }
        self.down.give(u64::from(any) * size);
        any > 0
    }

    /// Takes all orders of a file back that is not to be fetched now.
    pub(crate) fn take_back_off(&mut self, now_ms: u64, id: FileId, fx: &mut Vec<Effect>) {
        let Some(file) = self.files.get(&id).filter(|file| self.paused || file.priority == Priority::Off) else {
            return;
        };
        let parts: Vec<_> =
            file.orders.iter().map(|order| Part { peer: order.peer, file: id, piece: order.piece }).collect();
        let peers: Vec<_> = file.neighbours.iter().map(|neighbour| neighbour.peer).collect();
        parts.into_iter().for_each(|part| self.cancel(now_ms, part, fx));
        for peer in peers {
            if self.withdraw_any(now_ms, peer, id) {
                fx.push(Effect::Send(peer, id, Message::CancelAny));
            }
        }
    }
}

impl File {
    /// Removes the order at this place of the list.
    pub(crate) fn unorder(
        &mut self,
        at: usize,
        now_ms: u64,
        peers: &mut BTreeMap<PeerId, Peer>,
        own_bytes: &mut u64,
    ) -> Ordered {
        let order = self.orders.swap_remove(at);
        let len = self.layout.len(order.piece);
        if order.own {
            *own_bytes = own_bytes.saturating_sub(len);
        }
        if let Some(known) = peers.get_mut(&order.peer) {
            known.unordered(now_ms, len);
        }
        if !self.orders.iter().any(|other| other.piece == order.piece) {
            self.ordered.clear(order.piece);
        }
        order
    }
}
