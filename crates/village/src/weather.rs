//! The weather: what may befall a village.

use crate::Rng;

/// What may befall the village. All chances are in percent, for each step or frame.
#[derive(Debug, Clone)]
pub struct Weather {
    /// A frame is lost, and the link with it.
    pub loss: u64,
    /// A frame comes twice.
    pub duplication: u64,
    /// A frame overtakes others.
    pub reordering: u64,
    /// The longest delay of a frame.
    pub delay_ms: u64,
    /// The village is cut in two, or made whole.
    pub cuts: u64,
    /// A node dies, between or within its writes.
    pub crashes: u64,
    /// The power goes: what was not synced is gone too.
    pub power_cuts: bool,
    /// A clock is set wrong by up to a year, or set right.
    pub skew: bool,
    /// A house is away for thirty days.
    pub absence: bool,
    /// An older copy of a disk is put back.
    pub old_copies: bool,
    /// People leave and are removed.
    pub departures: bool,
}

impl Weather {
    /// What this seed brings.
    pub fn of_seed(rng: &mut Rng) -> Self {
        Self {
            loss: rng.below(6),
            duplication: rng.below(10),
            reordering: rng.below(10),
            delay_ms: 1 + rng.below(3_000),
            cuts: rng.below(4),
            crashes: rng.below(5),
            power_cuts: rng.chance(40),
            skew: rng.chance(40),
            absence: rng.chance(30),
            old_copies: rng.chance(25),
            departures: rng.chance(40),
        }
    }

    /// Nothing ever happens.
    pub fn fair() -> Self {
        Self {
            loss: 0,
            duplication: 0,
            reordering: 0,
            delay_ms: 5,
            cuts: 0,
            crashes: 0,
            power_cuts: false,
            skew: false,
            absence: false,
            old_copies: false,
            departures: false,
        }
    }
}
