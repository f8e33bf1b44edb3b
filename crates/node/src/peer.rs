//! What a node knows of one connected device. Bounded: a claim for each log, and a few numbers.

use std::collections::BTreeMap;

use skein_app::EventRow;
use skein_event::{DeviceId, EventId};
use skein_store::LogKey;

use crate::Claim;

/// How many `Events` frames may be on their way to a device that has not yet dealt with them.
pub(crate) const CREDIT: u32 = 4;
/// How many logs a device may claim to have: more is a flood.
pub(crate) const MAX_PEER_CLAIMS: usize = 100_000;

/// A connected device.
#[derive(Debug, Default)]
pub(crate) struct Peer {
    /// It is no member yet.
    pub guest: bool,
    /// It has told us all it has, so we can tell what it lacks.
    pub ready: bool,
    /// Its claims that we cannot place in our logs, or that forks may move: by (author, head).
    pub claims: BTreeMap<(DeviceId, EventId), u64>,
    /// Up to which height it has each of our logs; what we sent counts as had.
    pub have: BTreeMap<LogKey, u64>,
    /// Everything up to this row has been looked at.
    pub cursor: EventRow,
    /// How many more `Events` frames we may send.
    pub credit: u32,
    /// Frames in a row that brought nothing new.
    pub idle_frames: u32,
    /// Whether `CaughtUp` was said since it connected.
    pub caught_up: bool,
    /// We asked it to begin anew and have heard nothing since.
    pub repairing: bool,
}

impl Peer {
    pub(crate) fn new(guest: bool) -> Self {
        Self { guest, credit: CREDIT, ..Self::default() }
    }

    /// Takes in a claim. A later one of the same author replaces those that it outgrows; in a whole frontier, which names
    /// each branch of a fork, none replaces another.
    pub(crate) fn claim(&mut self, claim: &Claim, whole: bool) {
        if !whole {
            let all = (claim.author, EventId::ZERO)..=(claim.author, EventId::from_bytes([255; 32]));
            let outgrown = self.claims.range(all).filter(|(_, height)| **height <= claim.height);
            let outgrown: Vec<_> = outgrown.map(|(key, _)| *key).collect();
            for key in outgrown {
                self.claims.remove(&key);
            }
        }
        self.claims.insert((claim.author, claim.head), claim.height);
    }
}
