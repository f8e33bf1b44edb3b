//! The hybrid logical clock: 48 bits of milliseconds, 16 of counter.
//!
//! Ticks order concurrent acts for the eye and for folds. They are claims: nothing about money or rights may rest on them.
//! Source: Kulkarni et al., "Logical Physical Clocks", 2014.

use serde::{Deserialize, Serialize};

/// A point in hybrid logical time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tick(u64);

impl Tick {
    /// Before everything.
    pub const ZERO: Self = Self(0);

    /// The first tick of this millisecond (since 1970); later than 48 bits of it is clamped.
    pub fn at_ms(ms: u64) -> Self {
        Self(ms.min((1 << 48) - 1) << 16)
    }

    /// Takes the raw number.
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// The raw number.
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// Its milliseconds since 1970.
    pub const fn ms(self) -> u64 {
        self.0 >> 16
    }

    /// The tick of a new act: the clock's if that is above `floor`, else just above `floor`.
    pub fn next(now_ms: u64, floor: Tick) -> Self {
        Self::at_ms(now_ms).max(Self(floor.0.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_rise_when_the_clock_stands_still_or_goes_back() {
        let first = Tick::next(1_000, Tick::ZERO);
        let second = Tick::next(1_000, first);
        let third = Tick::next(5, second);
        assert!(first < second && second < third);
        assert_eq!(third.ms(), 1_000);
        assert_eq!(Tick::next(2_000, third), Tick::at_ms(2_000));
    }
}
