//! What is known of a neighbour: over all files, and for one file.

use std::collections::VecDeque;

use crate::bits::Bits;
use crate::input::PeerId;
use crate::limit::Bucket;
use crate::rate::Rate;

/// Messages a second that one neighbour may send; ten times as many at once.
pub const MAX_MESSAGES: u64 = 5_000;
/// The longest queue at one neighbour, in milliseconds of what it delivers.
const MAX_QUEUE_MS: u64 = 300;
/// The most pieces on order of one neighbour, about; half of what it has to bear ([`crate::MAX_WISHES`]).
const MAX_ASKED: u64 = 128;
/// On order of one neighbour as long as nothing is known of it.
const UNKNOWN: u64 = 256 << 10;
/// Up to this size a second piece is asked for while the first comes, however slow the neighbour.
const SMALL_PIECE: u64 = 512 << 10;

/// Pieces that were taken back are remembered up to so many, the latest.
const MAX_CANCELLED: usize = 256;

/// A neighbour, over all files.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) rtt_ms: u64,
    /// What it delivers to us.
    pub(crate) rate: Rate,
    /// Bytes asked of it that have not come.
    pub(crate) out_bytes: u64,
    /// What it said its queue is, and when.
    backlog: (u64, u64),
    /// Nothing is asked of it before.
    pub(crate) not_before_ms: u64,
    /// That is its own word.
    pub(crate) rests: bool,
    /// Bytes that we sent it; only compared.
    pub(crate) served: u64,
    pub(crate) strikes: u8,
    /// Orders that were taken back as late since then.
    pub(crate) misses: u8,
    /// Broken promises since the last kept one.
    pub(crate) stalls: u8,
    pub(crate) budget: Bucket,
}

impl Peer {
    pub(crate) fn new(now_ms: u64, rtt_ms: u32, served: u64) -> Self {
        let mut budget = Bucket::default();
        budget.set(now_ms, Some(MAX_MESSAGES));
        Self {
            rtt_ms: u64::from(rtt_ms),
            rate: Rate::default(),
            out_bytes: 0,
            backlog: (0, 0),
            not_before_ms: 0,
            rests: false,
            served,
            strikes: 0,
            misses: 0,
            stalls: 0,
            budget,
        }
    }

    /// Whether one more piece of `len` bytes may be asked of it.
    pub(crate) fn room(&self, now_ms: u64, len: u64, together: u32) -> bool {
        if now_ms < self.not_before_ms {
            return false;
        }
        let ahead_ms = self.rtt_ms + (self.rtt_ms + 50).min(MAX_QUEUE_MS);
        let queue = self.rate.known().map_or(UNKNOWN, |rate| rate * ahead_ms / 1_000);
        let least = if len <= SMALL_PIECE && self.stalls == 0 {
            u64::from(together) * len + 1
        } else {
            1 + u64::from(together - 1) * len
        };
        self.out_bytes + u64::from(together - 1) * len < queue.max(least).min(MAX_ASKED * len)
    }

    pub(crate) fn queue_is(&mut self, now_ms: u64, backlog_ms: u64) {
        self.backlog = (backlog_ms.min(60_000), now_ms);
    }

    /// How long a piece that is asked for now waits until its turn comes.
    pub(crate) fn wait_ms(&self, now_ms: u64) -> u64 {
        let said = self.backlog.0.saturating_sub(now_ms.saturating_sub(self.backlog.1));
        said.max(self.rate.ms_for(self.out_bytes))
    }

    /// How long a piece that is asked for now takes in all.
    pub(crate) fn expect_ms(&self, now_ms: u64, len: u64) -> u64 {
        self.wait_ms(now_ms) + self.rtt_ms + self.rate.ms_for(len)
    }

    pub(crate) fn ordered(&mut self, now_ms: u64, bytes: u64) {
        self.out_bytes += bytes;
        self.rate.busy(now_ms, true);
    }

    pub(crate) fn unordered(&mut self, now_ms: u64, bytes: u64) {
        self.out_bytes = self.out_bytes.saturating_sub(bytes);
        self.rate.busy(now_ms, self.out_bytes > 0);
    }
}

/// What a neighbour asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) piece: u32,
    pub(crate) urgent: bool,
    pub(crate) at_ms: u64,
}

/// A neighbour, for one file.
#[derive(Debug)]
pub(crate) struct Neighbour {
    pub(crate) peer: PeerId,
    pub(crate) have: Bits,
    /// Whether it said hello. Before that, nothing it says counts.
    pub(crate) met: bool,
    /// Whether it had everything when it said hello: it may be asked for any piece.
    pub(crate) source: bool,
    /// What it is called in this swarm.
    pub(crate) name: u64,
    /// Pieces that it may choose for us.
    pub(crate) any_out: u32,
    /// Those that we took back; it may not have heard.
    pub(crate) any_grace: u32,
    /// What we took back of late: it may have begun already.
    pub(crate) cancelled: VecDeque<u32>,
    /// What it asked of us.
    pub(crate) wishes: Vec<Wish>,
    /// Pieces that we may choose for it, and since when.
    pub(crate) any_in: u32,
    pub(crate) any_since_ms: u64,
    /// What we sent it and it has not said to have.
    pub(crate) unconfirmed: Vec<u32>,
    /// Copies that others still need of pieces that it was first to get from us.
    pub(crate) load: u32,
}

impl Neighbour {
    /// Remembers that a piece was taken back.
    pub(crate) fn cancel(&mut self, piece: u32) {
        self.cancelled.push_back(piece);
        if self.cancelled.len() > MAX_CANCELLED {
            self.cancelled.pop_front();
        }
    }

    /// Whether a piece was taken back that this may be; once for each time.
    pub(crate) fn was_cancelled(&mut self, piece: u32) -> bool {
        let at = self.cancelled.iter().position(|other| *other == piece);
        at.is_some_and(|at| self.cancelled.remove(at).is_some())
    }

    pub(crate) fn new(peer: PeerId, pieces: u32) -> Self {
        Self {
            peer,
            have: Bits::none(pieces),
            met: false,
            source: false,
            name: 0,
            any_out: 0,
            any_grace: 0,
            cancelled: VecDeque::new(),
            wishes: Vec::new(),
            any_in: 0,
            any_since_ms: 0,
            unconfirmed: Vec::new(),
            load: 0,
        }
    }
}
