//! What neighbours say. Every word of it may be a lie or an attack: what does not fit is a strike, and changes nothing.

use crate::bits::{Bits, Wire};
use crate::file::File;
use crate::input::{Effect, FileId, Part, Parts, PeerId, Why};
use crate::message::{MAX_ANY, MAX_RUNS, Message};
use crate::peer::Wish;
use crate::piece::MAX_TOGETHER;
use crate::swarm::Swarm;

/// The most pieces that one neighbour may have asked for, by number; more are answered with [`Message::NotNow`].
pub const MAX_WISHES: usize = 256;
/// The most that a neighbour can hold us off with one [`Message::NotNow`].
const MAX_RETRY_MS: u32 = 60_000;
/// What we tell a neighbour who asks for too much, or while we rest.
const RETRY_MS: u32 = 1_000;

impl Swarm {
    pub(crate) fn hear(&mut self, now_ms: u64, peer: PeerId, id: FileId, message: Message, fx: &mut Vec<Effect>) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.budget.take(1);
        if known.budget.wait_ms(now_ms) > 10_000 {
            return self.expel(now_ms, peer, Why::Rude, fx);
        }
        // It may speak of a file that we let go a moment ago.
        if !self.files.contains_key(&id) {
            return;
        }
        if !self.meet(peer, id, fx) {
            return;
        }
        let fine = match message {
            Message::Hello { pieces, have, name } => self.hear_hello(peer, id, pieces, &have, name),
            other if !self.has_met(peer, id) => {
                drop(other);
                false
            }
            Message::Have { runs, backlog_ms } => self.hear_have(now_ms, peer, id, &runs, backlog_ms),
            Message::Ask { piece, count, urgent } => {
                let wish = |piece| Wish { piece, urgent, at_ms: now_ms };
                let parts = Parts { peer, file: id, first: piece, count };
                fits(piece, count) && parts.each().all(|part| self.hear_ask(peer, id, wish(part.piece), fx))
            }
            Message::AskAny { more } => self.hear_any(now_ms, peer, id, more, fx),
            Message::Cancel { piece } => self.hear_cancel(now_ms, peer, id, piece, fx),
            Message::CancelAny => self.with(peer, id, |file, at| file.neighbours[at].any_in = 0),
            Message::NotNow { retry_ms } => {
                let until = now_ms + u64::from(retry_ms.min(MAX_RETRY_MS));
                if let Some(known) = self.peers.get_mut(&peer) {
                    (known.not_before_ms, known.rests) = (until, true);
                }
                self.take_back(now_ms, peer, id, false, fx);
                true
            }
            Message::Piece { piece, count, backlog_ms } => {
                self.peers.get_mut(&peer).into_iter().for_each(|known| known.queue_is(now_ms, u64::from(backlog_ms)));
                let parts = Parts { peer, file: id, first: piece, count };
                fits(piece, count) && parts.each().all(|part| self.started(now_ms, part, fx))
            }
        };
        if !fine {
            self.strike(now_ms, peer, fx);
        }
    }

    fn has_met(&mut self, peer: PeerId, id: FileId) -> bool {
        self.files.get_mut(&id).and_then(|file| file.neighbour(peer)).is_some_and(|neighbour| neighbour.met)
    }

    fn with(&mut self, peer: PeerId, id: FileId, change: impl FnOnce(&mut File, usize)) -> bool {
        let Some(file) = self.files.get_mut(&id) else { return false };
        let Some(at) = file.neighbours.iter().position(|neighbour| neighbour.peer == peer) else { return false };
        change(file, at);
        true
    }

    fn hear_hello(&mut self, peer: PeerId, id: FileId, pieces: u32, have: &Wire, name: u64) -> bool {
        let Some(file) = self.files.get_mut(&id) else { return false };
        let Some(have) = Bits::read(have, file.have.len()).filter(|have| have.len() == pieces) else { return false };
        let Some(neighbour) = file.neighbour(peer).filter(|neighbour| !neighbour.met) else { return false };
        (neighbour.met, neighbour.name) = (true, name);
        neighbour.source = have.is_full();
        if neighbour.source {
            neighbour.have = have;
        } else {
            for piece in have.iter() {
                file.heard(peer, piece);
            }
        }
        true
    }

    fn hear_have(&mut self, now_ms: u64, peer: PeerId, id: FileId, runs: &[(u32, u32)], backlog_ms: u32) -> bool {
        let (Some(file), Some(known)) = (self.files.get_mut(&id), self.peers.get_mut(&peer)) else { return false };
        let fits = |(first, count): &(u32, u32)| first.checked_add(*count).is_some_and(|end| end <= file.have.len());
        let apart = |pair: &[(u32, u32)]| pair[0].0.saturating_add(pair[0].1) <= pair[1].0;
        if runs.len() > MAX_RUNS || !runs.iter().all(fits) || !runs.windows(2).all(apart) {
            return false;
        }
        // To look through much costs as much as many messages.
        known.budget.take(runs.iter().map(|(_, count)| u64::from(*count)).sum::<u64>() / 64);
        // Nothing new, but said: it serves again.
        if runs.is_empty() && (known.stalls == 0 || known.rests) {
            (known.not_before_ms, known.rests) = (now_ms, false);
        }
        known.queue_is(now_ms, u64::from(backlog_ms));
        for (first, count) in runs {
            for piece in *first..*first + *count {
                file.heard(peer, piece);
            }
        }
        true
    }

    fn hear_ask(&mut self, peer: PeerId, id: FileId, wish: Wish, fx: &mut Vec<Effect>) -> bool {
        if self.paused {
            fx.push(Effect::Send(peer, id, Message::NotNow { retry_ms: RETRY_MS }));
            return true;
        }
        if self.sending.iter().any(|one| one.part == (Part { peer, file: id, piece: wish.piece })) {
            // We chose this one for it, and it has not heard.
            return true;
        }
        let floor = self.served;
        let (Some(file), Some(known)) = (self.files.get_mut(&id), self.peers.get_mut(&peer)) else { return false };
        if !file.have.has(wish.piece) {
            return false;
        }
        let credit = 4 * file.layout.piece();
        let Some(neighbour) = file.neighbour(peer) else { return false };
        if neighbour.have.has(wish.piece) || neighbour.wishes.iter().any(|other| other.piece == wish.piece) {
            return false;
        }
        if neighbour.wishes.len() >= MAX_WISHES {
            neighbour.wishes.clear();
            fx.push(Effect::Send(peer, id, Message::NotNow { retry_ms: RETRY_MS }));
            return true;
        }
        if neighbour.wishes.is_empty() && neighbour.any_in == 0 {
            // Nobody saves up turns by not asking.
            known.served = known.served.max(floor.saturating_sub(credit));
        }
        neighbour.wishes.push(wish);
        true
    }

    fn hear_any(&mut self, now_ms: u64, peer: PeerId, id: FileId, more: u32, fx: &mut Vec<Effect>) -> bool {
        if self.paused {
            fx.push(Effect::Send(peer, id, Message::NotNow { retry_ms: RETRY_MS }));
            return true;
        }
        let floor = self.served;
        let (Some(file), Some(known)) = (self.files.get_mut(&id), self.peers.get_mut(&peer)) else { return false };
        let credit = 4 * file.layout.piece();
        let Some(neighbour) = file.neighbour(peer) else { return false };
        if neighbour.any_in == 0 {
            neighbour.any_since_ms = now_ms;
            if neighbour.wishes.is_empty() {
                known.served = known.served.max(floor.saturating_sub(credit));
            }
        }
        neighbour.any_in = neighbour.any_in.saturating_add(more).min(MAX_ANY);
        more > 0 && more <= MAX_ANY
    }

    fn hear_cancel(&mut self, now_ms: u64, peer: PeerId, id: FileId, piece: u32, fx: &mut Vec<Effect>) -> bool {
        let part = Part { peer, file: id, piece };
        if self.sending.iter().any(|one| one.part == part) {
            fx.push(Effect::StopSending(part));
            self.sent(now_ms, part, false);
        }
        let pieces = self.files.get(&id).map_or(0, |file| file.have.len());
        piece < pieces
            && self.with(peer, id, |file, at| {
                file.neighbours[at].wishes.retain(|wish| wish.piece != piece);
                // What has left already was for nothing: it may be sent again.
                file.confirm(peer, piece);
            })
    }
}

/// Whether so many pieces from this one on may go together. Whether there are so many is looked at one by one.
fn fits(first: u32, count: u32) -> bool {
    (1..=MAX_TOGETHER).contains(&count) && first.checked_add(count).is_some()
}
