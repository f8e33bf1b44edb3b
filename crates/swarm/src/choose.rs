//! Whose turn it is: first copies first, then whoever got least, and now and then whoever has waited longest.

use crate::bits::each;
use crate::file::{File, mix};
use crate::input::{FileId, Part, PeerId};
use crate::serve::Sending;
use crate::swarm::Swarm;

/// To one neighbour at once, while others wait.
const MAX_EACH: usize = 2;
/// Somebody who takes so many pieces slowly gets no more before one is through: whoever reads nothing clogs nobody else.
const MAX_LATE: usize = 4;
/// A neighbour that has so many pieces of ours and says to have none gets no others.
const MAX_UNCONFIRMED: usize = 256;
/// So long after the first copy a second one is sent to somebody who takes any piece: until then, others pass it on.
const SECOND_COPY_MS: u64 = 250;
/// So long without a piece, and what somebody got and has not said to have may be sent again.
const FORGOTTEN_MS: u64 = 10_000;
/// Every so many turns, whoever has waited longest is next.
const PATIENCE_TURNS: u32 = 8;

/// Somebody's turn: the smallest is next.
type Turn = (bool, u64, u16, u32, u64);

impl Swarm {
    /// Who is next, with what, and whether we chose it.
    pub(crate) fn choose(&mut self, now_ms: u64) -> Option<(Part, bool)> {
        let late_ms = self.late_after_ms();
        let late = |one: &&Sending| now_ms.saturating_sub(one.since_ms) > late_ms;
        let mut clogged: Vec<PeerId> = self.sending.iter().filter(late).map(|one| one.part.peer).collect();
        clogged.sort_unstable();
        let clogged: Vec<_> =
            clogged.chunk_by(|a, b| a == b).filter(|all| all.len() >= MAX_LATE).map(|all| all[0]).collect();
        let patient = self.turns % PATIENCE_TURNS == PATIENCE_TURNS - 1;
        let mut best: Option<(Turn, Part, bool)> = None;
        for (id, file) in &self.files {
            let mut offer = |turn: Turn, peer: PeerId, piece: u32, any: bool| {
                if best.as_ref().is_none_or(|(other, ..)| turn < *other) {
                    best = Some((turn, Part { peer, file: *id, piece }, any));
                }
            };
            for neighbour in file.neighbours.iter().filter(|one| !one.wishes.is_empty() && !clogged.contains(&one.peer))
            {
                let first =
                    neighbour.wishes.iter().min_by_key(|wish| (!wish.urgent, file.copies(wish.piece), wish.at_ms));
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
        // Whoever has waited so long cannot have got what we think it has.
        let forgotten = now_ms >= neighbour.any_since_ms + FORGOTTEN_MS;
        let words = file.have.words().iter().zip(neighbour.have.words()).enumerate();
        let lacking = words.flat_map(|(at, (have, theirs))| each(at, have & !theirs));
        let free = lacking.filter(|piece| {
            (file.copies(*piece) == 0 || file.is_stale(*piece, now_ms))
                && (forgotten || !neighbour.unconfirmed.contains(piece))
                && !self.sending.iter().any(|one| one.part == (Part { peer, file: id, piece: *piece }))
        });
        free.min_by_key(|piece| (file.copies(*piece), file.others_part(*piece), file.rank[*piece as usize], *piece))
    }
}

impl File {
    /// Whether the first copy of a piece should long be with others.
    fn is_stale(&self, piece: u32, now_ms: u64) -> bool {
        self.origin[piece as usize].is_none_or(|(_, _, since_ms)| now_ms >= since_ms + SECOND_COPY_MS)
    }

    /// Whether another source sees this piece as its own part. One that lies about its name gains nothing: all copies go out.
    fn others_part(&self, piece: u32) -> bool {
        let block = u64::from(piece / self.layout.block());
        let mine = mix(block, self.name);
        let others = self.neighbours.iter().filter(|one| self.source && one.source);
        others.into_iter().any(|one| mix(block, one.name) > mine)
    }
}
