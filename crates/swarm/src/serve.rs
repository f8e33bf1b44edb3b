//! Sending: how much at once, begun, done, or stopped.

use crate::file::File;
use crate::input::{Effect, Part, Parts};
use crate::message::Message;
use crate::swarm::Swarm;

/// Sent at once at most, whatever the uplink.
pub const MAX_SENDING: usize = 128;
/// A piece that has not left after so long, and the time at the slowest rate (bytes a millisecond), is stopped.
const ENDLESS_MS: u64 = 60_000;
const SLOWEST: u64 = 10;
/// Sent but not acknowledged: so many round trips, since pieces that go side by side end together and then wait together.
const AHEAD_RTTS: u64 = 4;
/// So many bytes at once as long as nothing is known of the uplink: several connections find out together.
const AHEAD_UNKNOWN: u64 = 512 << 10;
/// That is at least and at most so many milliseconds.
const AHEAD_MS: (u64, u64) = (20, 600);

/// A piece on its way out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    pub(crate) part: Part,
    pub(crate) len: u64,
    pub(crate) since_ms: u64,
}

impl Swarm {
    /// Begins as many pieces as the uplink takes.
    pub(crate) fn serve(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        while self.has_room(now_ms) {
            let Some((part, any)) = self.choose(now_ms) else { break };
            let parts = self.begin_together(now_ms, part, any);
            let backlog_ms = self.backlog_ms();
            let begins = Message::Piece { piece: parts.first, count: parts.count, backlog_ms };
            fx.push(Effect::Send(part.peer, part.file, begins));
            fx.push(Effect::SendPieces(parts));
        }
        self.up_rate.busy(now_ms, !self.sending.is_empty());
    }

    /// Begins a piece, and those that follow it and are wanted of us, too: they leave together.
    fn begin_together(&mut self, now_ms: u64, part: Part, any: bool) -> Parts {
        let rate = self.up_rate.known().unwrap_or(0);
        let most = self.files.get(&part.file).map_or(1, |file| file.layout.together(rate, file.takers() <= 1));
        let mut parts = Parts::from(part);
        self.begin(now_ms, part, any);
        while parts.count < most && self.sending.len() < MAX_SENDING {
            let next = Part { piece: part.piece + parts.count, ..part };
            let sending = self.sending.iter().any(|one| one.part == next);
            if sending || !self.files.get(&part.file).is_some_and(|file| file.may_follow(next, any)) {
                break;
            }
            self.begin(now_ms, next, any);
            parts.count += 1;
        }
        parts
    }

    /// Two pieces at a time, and as many as fill the round trip. One that takes long (whoever gets it is slow) does not count.
    fn has_room(&mut self, now_ms: u64) -> bool {
        let rate = self.up_rate.known().unwrap_or(0);
        let late_ms = self.late_after_ms();
        let quick = self.sending.iter().filter(|one| now_ms.saturating_sub(one.since_ms) <= late_ms);
        let (count, bytes, quick_len) =
            quick.fold((0, 0, 0), |(count, bytes, len), one| (count + 1, bytes + one.len, one.len.max(len)));
        let together =
            self.files.values().map(|file| file.layout.together(rate, file.takers() <= 1)).max().unwrap_or(1);
        let ahead_ms = (AHEAD_RTTS * self.mean_rtt_ms).clamp(AHEAD_MS.0, AHEAD_MS.1);
        let ahead = if rate > 0 { rate * ahead_ms / 1_000 } else { AHEAD_UNKNOWN };
        let two = 2 * quick_len * u64::from(together);
        let open = count < 2 || bytes < ahead + two;
        open && self.sending.len() < MAX_SENDING && (self.sending.is_empty() || self.up.wait_ms(now_ms) == 0)
    }

    /// What takes longer than this to send goes to somebody slow.
    pub(crate) fn late_after_ms(&self) -> u64 {
        let bytes: u64 = self.sending.iter().map(|one| one.len).sum();
        2 * (self.mean_rtt_ms + self.up_rate.known().map_or(1_000, |rate| bytes * 1_000 / rate)) + 50
    }

    /// Stops what has taken so long that nobody can want it any more.
    pub(crate) fn stop_endless(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        let endless = |one: &&Sending| now_ms > one.since_ms + ENDLESS_MS + one.len / SLOWEST;
        let parts: Vec<_> = self.sending.iter().filter(endless).map(|one| one.part).collect();
        for part in parts {
            fx.push(Effect::StopSending(part));
            self.sent(now_ms, part, false);
        }
    }

    fn begin(&mut self, now_ms: u64, part: Part, any: bool) {
        let Some(file) = self.files.get_mut(&part.file) else { return };
        let len = file.layout.len(part.piece);
        let copies = file.copies(part.piece);
        let others = file.neighbours.iter().filter(|one| one.met && !one.source).count();
        file.confirm(part.peer, part.piece);
        file.pending[part.piece as usize] += 1;
        if copies == 0 {
            // Half of them: by then the others pass it on.
            let need = (others / 2).min(255) as u8;
            file.forget_origin(part.piece);
            file.origin[part.piece as usize] = Some((part.peer, need, now_ms));
            file.neighbour(part.peer).into_iter().for_each(|one| one.load += u32::from(need));
        }
        if let Some(neighbour) = file.neighbour(part.peer) {
            neighbour.unconfirmed.push(part.piece);
            if any {
                neighbour.any_in -= 1;
                neighbour.any_since_ms = now_ms;
            }
            neighbour.wishes.retain(|wish| wish.piece != part.piece);
        }
        if let Some(known) = self.peers.get_mut(&part.peer) {
            known.served += len;
            self.served = known.served;
        }
        self.turns = self.turns.wrapping_add(1);
        self.sending.push(Sending { part, len, since_ms: now_ms });
        self.up_rate.busy(now_ms, true);
    }

    /// A piece has left, or will not.
    pub(crate) fn sent(&mut self, now_ms: u64, part: Part, whole: bool) {
        let Some(at) = self.sending.iter().position(|one| one.part == part) else { return };
        let one = self.sending.swap_remove(at);
        if whole {
            self.up_rate.add(now_ms, one.len);
        } else if let Some(file) = self.files.get_mut(&part.file) {
            file.confirm(part.peer, part.piece);
            if file.copies(part.piece) == 0 {
                file.forget_origin(part.piece);
            }
        }
    }

    /// How long what is asked of us now will take.
    pub(crate) fn backlog_ms(&self) -> u32 {
        let asked = self.files.values().map(|file| {
            let wishes: usize = file.neighbours.iter().map(|neighbour| neighbour.wishes.len()).sum();
            wishes as u64 * file.layout.piece()
        });
        let bytes: u64 = asked.sum::<u64>() + self.sending.iter().map(|one| one.len).sum::<u64>();
        u32::try_from(self.up_rate.ms_for(bytes)).unwrap_or(u32::MAX)
    }

    /// Bytes have come, or will now, that were asked for without the swarm: the limit holds for all together.
    pub fn came_elsewhere(&mut self, bytes: u64) {
        self.down.take(bytes);
    }

    /// Whether the shell may send so many bytes now (0), or after how many milliseconds it should ask again. To be asked for
    /// every part of a piece, so that a limit holds within a piece, too.
    pub fn may_send(&mut self, now_ms: u64, bytes: u64) -> u64 {
        let wait_ms = self.up.wait_ms(now_ms);
        if wait_ms == 0 {
            self.up.take(bytes);
        }
        wait_ms
    }
}

impl File {
    /// Whether this piece may go with the one before: it was asked for, or it is as rare and may be chosen.
    fn may_follow(&self, part: Part, any: bool) -> bool {
        let Some(one) = self.neighbours.iter().find(|one| one.peer == part.peer) else { return false };
        if any {
            let free = self.have.has(part.piece) && !one.have.has(part.piece);
            return one.any_in > 0 && free && self.copies(part.piece) == 0;
        }
        one.wishes.iter().any(|wish| wish.piece == part.piece)
    }
}
