//! What to send to whom: first copies first, then to whoever got least, and now and then to whoever has waited longest.

use crate::bits::each;
use crate::file::{File, mix};
use crate::input::{Effect, FileId, Part, PeerId};
use crate::message::Message;
use crate::swarm::Swarm;

/// Sent at once at most, whatever the uplink.
pub const MAX_SENDING: usize = 128;
/// To one neighbour at once, while others wait.
const MAX_EACH: usize = 2;
/// Somebody who takes so many pieces slowly gets no more before one is through: whoever reads nothing clogs nobody else.
const MAX_LATE: usize = 4;
/// A piece that has not left after so long, and the time at the slowest rate (bytes a millisecond), is stopped.
const ENDLESS_MS: u64 = 60_000;
const SLOWEST: u64 = 10;
/// A neighbour that has so many pieces of ours and says to have none gets no others.
const MAX_UNCONFIRMED: usize = 256;
/// So long after the first copy a second one is sent to somebody who takes any piece: until then, others pass it on.
const SECOND_COPY_MS: u64 = 250;
/// Sent but not acknowledged: so many round trips, since pieces that go side by side end together and then wait together.
const AHEAD_RTTS: u64 = 4;
/// That is at least and at most so many milliseconds.
const AHEAD_MS: (u64, u64) = (20, 600);
/// Every so many turns, whoever has waited longest is next.
const PATIENCE_TURNS: u32 = 8;

/// A piece on its way out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    pub(crate) part: Part,
    pub(crate) len: u64,
    pub(crate) since_ms: u64,
}

/// Somebody's turn: the smallest is next.
type Turn = (bool, u64, u16, u32, u64);

impl Swarm {
    /// Begins as many pieces as the uplink takes.
    pub(crate) fn serve(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        while self.has_room(now_ms) {
            let Some((part, any)) = self.choose(now_ms) else { break };
            self.begin(now_ms, part, any, fx);
        }
        self.up_rate.busy(now_ms, !self.sending.is_empty());
    }

    /// Two pieces at a time, and as many as fill the round trip. One that takes long (whoever gets it is slow) does not count.
    fn has_room(&mut self, now_ms: u64) -> bool {
        let rate = self.up_rate.known().unwrap_or(0);
        let late_ms = self.late_after_ms();
        let quick = self.sending.iter().filter(|one| now_ms.saturating_sub(one.since_ms) <= late_ms);
        let (count, bytes, quick_len) =
            quick.fold((0, 0, 0), |(count, bytes, len), one| (count + 1, bytes + one.len, one.len.max(len)));
        let ahead = rate * (AHEAD_RTTS * self.mean_rtt_ms).clamp(AHEAD_MS.0, AHEAD_MS.1) / 1_000;
        let two = 2 * quick_len;
        let open = count < 2 || bytes < ahead + two;
        open && self.sending.len() < MAX_SENDING && (self.sending.is_empty() || self.up.wait_ms(now_ms) == 0)
    }

    /// What takes longer than this to send goes to somebody slow.
    fn late_after_ms(&self) -> u64 {
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

    /// Who is next, with what, and whether we chose it.
    fn choose(&mut self, now_ms: u64) -> Option<(Part, bool)> {
        let late_ms = self.late_after_ms();
        let late = |one: &&Sending| now_ms.saturating_sub(one.since_ms) > late_ms;
        let mut clogged: Vec<PeerId> = self.sending.iter().filter(late).map(|one| one.part.peer).collect();
        clogged.sort_unstable();
        let clogged: Vec<_> = clogged.chunk_by(|a, b| a == b).filter(|all| all.len() >= MAX_LATE).map(|all| all[0]).collect();
        let patient = self.turns % PATIENCE_TURNS == PATIENCE_TURNS - 1;
        let mut best: Option<(Turn, Part, bool)> = None;
        for (id, file) in &self.files {
            let mut offer = |turn: Turn, peer: PeerId, piece: u32, any: bool| {
                if best.as_ref().is_none_or(|(other, ..)| turn < *other) {
                    best = Some((turn, Part { peer, file: *id, piece }, any));
                }
            };
            for neighbour in file.neighbours.iter().filter(|one| !one.wishes.is_empty() && !clogged.contains(&one.peer)) {
                let first = neighbour.wishes.iter().min_by_key(|wish| {
                    (!wish.urgent, file.copies(wish.piece), wish.at_ms)
                });
                let Some(wish) = first else { continue };
                let copies = file.copies(wish.piece);
                let waited = if patient { wish.at_ms } else { 0 };
                let turn = self.turn(neighbour.peer, waited, copies, neighbour.load);
                offer(turn, neighbour.peer, wish.piece, false);
            }
            if let Some((turn, peer, piece)) = self.choose_any(*id, file, (patient, &clogged), now_ms) {
                offer(turn, peer, piece, true);
            }
        }
        best.map(|(_, part, any)| (part, any))
    }

    fn turn(&self, peer: PeerId, waited: u64, copies: u16, load: u32) -> Turn {
        let busy = self.sending.iter().filter(|one| one.part.peer == peer).count() >= MAX_EACH;
        let served = self.peers.get(&peer).map_or(0, |known| known.served);
        (busy, waited, copies.min(3), if copies == 0 { load } else { 0 }, served)
    }

    /// Among those who leave the choice to us: whoever passes on quickest what it gets first.
    fn choose_any(
        &self,
        id: FileId,
        file: &File,
        (patient, clogged): (bool, &[PeerId]),
        now_ms: u64,
    ) -> Option<(Turn, PeerId, u32)> {
        let asking = file.neighbours.iter().filter(|one| one.any_in > 0 && one.unconfirmed.len() < MAX_UNCONFIRMED);
        let mut asking: Vec<_> = asking
            .filter(|one| !clogged.contains(&one.peer))
            .map(|one| {
                let waited = if patient { one.any_since_ms } else { 0 };
                (self.turn(one.peer, waited, 0, one.load), one)
            })
            .collect();
        asking.sort_by_key(|(turn, one)| (*turn, one.peer));
        for (turn, neighbour) in asking {
            if let Some(piece) = self.pick(id, file, neighbour.peer, now_ms) {
                let copies = file.copies(piece);
                return Some(((turn.0, turn.1, copies.min(3), turn.3, turn.4), neighbour.peer, piece));
            }
        }
        None
    }

    /// The piece for somebody who takes any: the one with the fewest copies; of these, first what no other source sees as its
    /// own part (the highest of the hashes of piece and source has it).
    fn pick(&self, id: FileId, file: &File, peer: PeerId, now_ms: u64) -> Option<u32> {
        let neighbour = file.neighbours.iter().find(|one| one.peer == peer)?;
        let words = file.have.words().iter().zip(neighbour.have.words()).enumerate();
        let lacking = words.flat_map(|(at, (have, theirs))| each(at, have & !theirs));
        let free = lacking.filter(|piece| {
            (file.copies(*piece) == 0 || file.is_stale(*piece, now_ms))
                && !neighbour.unconfirmed.contains(piece)
                && !self.sending.iter().any(|one| one.part == (Part { peer, file: id, piece: *piece }))
        });
        free.min_by_key(|piece| (file.copies(*piece), file.others_part(*piece), file.rank[*piece as usize]))
    }

    fn begin(&mut self, now_ms: u64, part: Part, any: bool, fx: &mut Vec<Effect>) {
        let Some(file) = self.files.get_mut(&part.file) else { return };
        let len = file.layout.len(part.piece);
        let copies = file.copies(part.piece);
        let others = file.neighbours.iter().filter(|one| one.met && !one.source).count();
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
        let backlog_ms = self.backlog_ms();
        fx.push(Effect::Send(part.peer, part.file, Message::Piece { piece: part.piece, backlog_ms }));
        fx.push(Effect::SendPiece(part));
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
    /// Whether the first copy of a piece should long be with others.
    fn is_stale(&self, piece: u32, now_ms: u64) -> bool {
        self.origin[piece as usize].is_none_or(|(_, _, since_ms)| now_ms >= since_ms + SECOND_COPY_MS)
    }

    /// Whether another source sees this piece as its own part. One that lies about its name gains nothing: all copies go out.
    fn others_part(&self, piece: u32) -> bool {
        let mine = mix(u64::from(piece), self.name);
        let others = self.neighbours.iter().filter(|one| self.source && one.source);
        others.into_iter().any(|one| mix(u64::from(piece), one.name) > mine)
    }
}
