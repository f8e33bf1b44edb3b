//! What is late: asked elsewhere, asked twice at the very end, or given up; and when to look again.

use crate::ask::Desk;
use crate::file::{File, Ordered};
use crate::input::{Effect, Part, PeerId};
use crate::message::{Message, runs};
use crate::swarm::{Swarm, TICK_MS};

/// A stream that brings nothing for so long is given up.
const STALL_MS: u64 = 2_000;
/// A piece that does not begin to come for so long beyond what was expected is given up.
const GIVE_UP_MS: u64 = 10_000;
/// What may be asked for twice: one part in so many of the file, but two pieces always.
const TWICE_PART: u64 = 50;
/// News wait so many milliseconds for more: four for each neighbour, within these. Sixteen who tell each other four times as
/// often finish 0.4 % sooner in the simulator, and later on a real computer: every message costs both ends time.
const TELL_MS: (u64, u64) = (10, 100);
const TELL_MS_EACH: u64 = 4;

/// What is to be done about an order.
enum Remedy {
    GiveUp,
    Move,
    Twice(PeerId),
}

impl Swarm {
    pub(crate) fn tick(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        self.stop_endless(now_ms, fx);
        for id in self.ranked.clone() {
            let Some(file) = self.files.get(&id).filter(|file| file.wants() && !self.paused) else { continue };
            let ending = file.have.ones() + file.ordered.ones() == file.have.len();
            let remedies: Vec<_> = file
                .orders
                .iter()
                .filter_map(|order| Some((order.peer, order.piece, file.remedy(self, order, ending, now_ms)?)))
                .collect();
            for (peer, piece, remedy) in remedies {
                let part = Part { peer, file: id, piece };
                match remedy {
                    Remedy::GiveUp => {
                        self.cancel(now_ms, part, fx);
                        self.stalled(now_ms, peer, fx);
                    }
                    Remedy::Move => {
                        if let Some(known) = self.peers.get_mut(&peer) {
                            let age = known.wait_ms(now_ms) * 2 + 100;
                            known.queue_is(now_ms, age);
                            known.rate.halve();
                            // Longer and longer, so that whoever never delivers is not asked in turns for ever.
                            known.misses = known.misses.saturating_add(1);
                            known.not_before_ms = known.not_before_ms.max(now_ms + (10 << known.misses.min(10)));
                        }
                        self.cancel(now_ms, part, fx);
                    }
                    Remedy::Twice(other) => self.order_twice(now_ms, Part { peer: other, ..part }, fx),
                }
            }
        }
    }

    fn order_twice(&mut self, now_ms: u64, part: Part, fx: &mut Vec<Effect>) {
        let Some(file) = self.files.get_mut(&part.file) else { return };
        let len = file.layout.len(part.piece);
        if file.twice + len > (file.layout.size() / TWICE_PART).max(2 * file.layout.piece()) {
            return;
        }
        file.twice += len;
        let (peers, down, own_bytes) = (&mut self.peers, &mut self.down, &mut self.own_bytes);
        let mut desk = Desk { now_ms, peers, down, own_bytes, target: 0, fx };
        file.order(part.peer, part.piece, true, &mut desk);
        let ask = Message::Ask { piece: part.piece, count: 1, urgent: true };
        fx.push(Effect::Send(part.peer, part.file, ask));
    }

    /// Tells the neighbours what is new, in batches.
    pub(crate) fn tell(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        let due = |file: &File| !file.news.is_empty() && now_ms >= file.tell_at_ms();
        if !self.files.values().any(due) {
            return;
        }
        let backlog_ms = self.backlog_ms();
        for (id, file) in &mut self.files {
            if !due(file) {
                continue;
            }
            file.told_ms = now_ms;
            for runs in runs(&mut file.news) {
                for neighbour in &file.neighbours {
                    fx.push(Effect::Send(neighbour.peer, *id, Message::Have { runs: runs.clone(), backlog_ms }));
                }
            }
        }
    }

    /// Stops everything, or goes on.
    pub(crate) fn pause(&mut self, now_ms: u64, paused: bool, fx: &mut Vec<Effect>) {
        self.paused = paused;
        if paused {
            for part in self.sending.iter().map(|one| one.part).collect::<Vec<_>>() {
                fx.push(Effect::StopSending(part));
                self.sent(now_ms, part, false);
            }
        }
        for id in self.ranked.clone() {
            self.take_back_off(now_ms, id, fx);
            let Some(file) = self.files.get_mut(&id) else { continue };
            for neighbour in &mut file.neighbours {
                let message = if paused {
                    neighbour.wishes.clear();
                    neighbour.any_in = 0;
                    Message::NotNow { retry_ms: 60_000 }
                } else {
                    Message::Have { runs: Vec::new(), backlog_ms: 0 }
                };
                fx.push(Effect::Send(neighbour.peer, id, message));
            }
        }
    }

    /// Says when to be woken, if that has changed.
    pub(crate) fn wake(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        let mut next: Option<u64> = None;
        let mut at = |ms: u64| next = Some(next.map_or(ms, |next| next.min(ms)));
        for file in self.files.values() {
            if !file.news.is_empty() {
                at(file.tell_at_ms());
            }
            let asked = file.neighbours.iter().any(|one| one.any_in > 0 || !one.wishes.is_empty());
            if !self.paused && !file.neighbours.is_empty() && (file.wants() || asked) {
                at(self.ticked_ms + TICK_MS);
            }
        }
        let next = next.map(|next| next.max(now_ms + 1));
        if let Some(next) = next.filter(|_| next != self.wake_ms) {
            self.wake_ms = Some(next);
            fx.push(Effect::WakeAt(next));
        }
    }
}

impl File {
    fn tell_at_ms(&self) -> u64 {
        self.told_ms + (TELL_MS_EACH * self.neighbours.len() as u64).clamp(TELL_MS.0, TELL_MS.1)
    }

    fn remedy(&self, swarm: &Swarm, order: &Ordered, ending: bool, now_ms: u64) -> Option<Remedy> {
        let len = self.layout.len(order.piece);
        let age = now_ms.saturating_sub(order.at_ms);
        let still = now_ms.saturating_sub(order.moved_ms);
        let left_ms = match order.started_ms {
            Some(_) if still > STALL_MS.max(4 * order.expect_ms.min(STALL_MS)) => return Some(Remedy::GiveUp),
            None if age > GIVE_UP_MS + 2 * order.expect_ms => return Some(Remedy::GiveUp),
            Some(started) if order.got > 0 => {
                let took = now_ms.saturating_sub(started).max(1);
                ((len - order.got) * took / order.got).max(still)
            }
            Some(_) => order.expect_ms.max(still),
            None => order.expect_ms.saturating_sub(age).max(age / 2),
        };
        let slack = if order.urgent { 50 } else { 150 };
        let late = order.started_ms.is_none() && age > 2 * order.expect_ms + slack;
        if !late && !ending {
            return None;
        }
        let (other, other_ms) = self.other_holder(swarm, order, now_ms)?;
        if late && 2 * other_ms < age {
            return Some(Remedy::Move);
        }
        let once = self.orders.iter().filter(|one| one.piece == order.piece).count() == 1;
        (ending && once && left_ms > 2 * other_ms + slack).then_some(Remedy::Twice(other))
    }

    /// Who else could send this piece soonest, and how long it would take.
    fn other_holder(&self, swarm: &Swarm, order: &Ordered, now_ms: u64) -> Option<(PeerId, u64)> {
        let len = self.layout.len(order.piece);
        let others = self.neighbours.iter().filter(|one| one.peer != order.peer && one.have.has(order.piece));
        let open = others.filter_map(|one| {
            let known = swarm.peers.get(&one.peer).filter(|known| now_ms >= known.not_before_ms)?;
            Some((one.peer, known.expect_ms(now_ms, len)))
        });
        open.min_by_key(|(_, ms)| *ms)
    }
}
