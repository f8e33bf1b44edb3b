//! Made-up worlds of reports with a known truth: for the tests here, and for `cargo xtask bench patterns`.

use skein_event::{ObjectId, Tick};

use super::exact::{Dice, east_span};
use super::{DAY_MS, DAYS, Point};

/// The south-west corner of the made-up town, in thousandths of a degree.
const CORNER: (i32, i32) = (52_500, 13_400);
/// It is so many metres wide and so many high.
const SIDE_M: u64 = 3_000;
/// What is planted lies so far from its middle, in metres.
const PLANTED_M: u64 = 150;
/// What is planted is so young, in milliseconds: two days.
const PLANTED_MS: u64 = 2 * DAY_MS;

/// The last moment of these worlds: a Sunday in November 2025, in the evening.
pub const NOW_MS: u64 = 1_763_769_600_000 + 20 * 3_600_000;

/// So many reports anywhere in a town of three by three kilometres, at any time of ninety days, and so many more within 150
/// metres in the last two days. Places are as coarse as all places here.
pub fn town(seed: u64, usual: usize, planted: usize) -> Vec<Point> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8] = 1;
    let mut dice = Dice::new(&bytes);
    let middle = (150 + dice.below(SIDE_M - 300), 150 + dice.below(SIDE_M - 300));
    let mut points = Vec::with_capacity(usual + planted);
    for n in 0..usual + planted {
        let (metres, age) = if n < usual {
            ((dice.below(SIDE_M), dice.below(SIDE_M)), dice.below(DAYS * DAY_MS))
        } else {
            (beside(middle, &mut dice), dice.below(PLANTED_MS))
        };
        let mut id = [0; 32];
        id[..8].copy_from_slice(&dice.below(u64::MAX).to_be_bytes());
        points.push(Point { id: ObjectId::from_bytes(id), tick: Tick::at_ms(NOW_MS - age), at: degrees(metres) });
    }
    points
}

/// Somewhere in the circle around a place, everywhere as likely.
fn beside(middle: (u64, u64), dice: &mut Dice) -> (u64, u64) {
    loop {
        let (north, east) = (dice.below(2 * PLANTED_M + 1), dice.below(2 * PLANTED_M + 1));
        if north.abs_diff(PLANTED_M).pow(2) + east.abs_diff(PLANTED_M).pow(2) <= PLANTED_M.pow(2) {
            return (middle.0 + north - PLANTED_M, middle.1 + east - PLANTED_M);
        }
    }
}

/// The nearest place that can be named.
fn degrees(metres: (u64, u64)) -> (i32, i32) {
    let a_hundred_km = f64::from(east_span(100_000.0, CORNER.0));
    let (north, east) = (metres.0 as f64 / 111.195, metres.1 as f64 * a_hundred_km / 100_000.0);
    (CORNER.0 + (north + 0.5) as i32, CORNER.1 + (east + 0.5) as i32)
}
