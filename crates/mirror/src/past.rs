//! For how long what a folder held before is kept, and when nobody needs its bytes any more. When in doubt, they are kept.
//!
//! Two times are asked, and the later one counts: the log's, by the clock of whoever replaced it, and this device's own since it
//! first saw it replaced. The own one is counted in small steps, so that a clock that jumps makes nothing old at once.

const DAY_MS: u64 = 86_400_000;
/// For how long an old version is kept, in milliseconds: thirty days.
pub const KEPT_MS: u64 = 30 * DAY_MS;
/// The most that one look counts since the last one: a clock may have jumped, or the computer was off and nobody could notice
/// what is missing.
pub const MAX_STEP_MS: u64 = 2 * DAY_MS;

/// What folders need some bytes for. The order is how much they are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// No folder ever had them.
    None,
    /// Every change that brought them was replaced.
    Past {
        /// The last of them, by the clock of whoever did: milliseconds since 1970.
        replaced_ms: u64,
    },
    /// Some folder holds them now.
    Current,
}

impl Use {
    /// Whether folders still need them. `seen_ms`: what [`Times::lived_ms`] was when this device first saw them replaced.
    pub fn needs(self, seen_ms: Option<u64>, times: Times) -> bool {
        match (self, seen_ms) {
            (Self::None, _) => false,
            (Self::Current, _) | (Self::Past { .. }, None) => true,
            (Self::Past { replaced_ms }, Some(seen_ms)) => {
                let over = |since_ms: u64, at_ms: u64| since_ms.saturating_add(KEPT_MS) <= at_ms;
                !(over(replaced_ms, times.at_ms) && over(seen_ms, times.lived_ms))
            }
        }
    }
}

/// When it was last looked what is old, by this device's clock, and how much time went by for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// Milliseconds that were counted. They never grow less.
    pub lived_ms: u64,
}

impl Times {
    /// The times of a look now.
    #[must_use]
    pub fn look(self, now_ms: u64) -> Self {
        let step_ms = now_ms.saturating_sub(self.at_ms).min(MAX_STEP_MS);
        Self { at_ms: now_ms, lived_ms: self.lived_ms.saturating_add(step_ms) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    /// The times after looking each hour for so long.
    fn after(times: Times, ms: u64) -> Times {
        let hour = 3_600_000;
        (1..=ms / hour).fold(times, |times, n| times.look(NOW + n * hour))
    }

    #[test]
    fn old_bytes_are_needed_for_thirty_days_and_no_longer() {
        let begun = Times::default().look(NOW);
        let (past, seen) = (Use::Past { replaced_ms: NOW }, Some(begun.lived_ms));
        assert!(past.needs(seen, begun));
        assert!(past.needs(seen, after(begun, KEPT_MS - 3_600_000)));
        assert!(!past.needs(seen, after(begun, KEPT_MS)));
        assert!(past.needs(None, after(begun, 2 * KEPT_MS)), "nobody saw since when");
    }

    #[test]
    fn what_a_folder_holds_is_always_needed_and_what_none_had_never() {
        let late = after(Times::default().look(NOW), 3 * KEPT_MS);
        assert!(Use::Current.needs(Some(0), late));
        assert!(!Use::None.needs(None, late));
        let (early, later) = (Use::Past { replaced_ms: 1 }, Use::Past { replaced_ms: 2 });
        assert_eq!([Use::None, later, early].into_iter().max(), Some(later), "of two communities the later counts");
        assert_eq!([Use::Current, later].into_iter().max(), Some(Use::Current));
    }

    #[test]
    fn a_wrong_clock_lets_nothing_go_early() {
        let begun = Times::default().look(NOW);
        // Whoever replaced it lives in 1970: what this device saw itself counts.
        let (ancient, seen) = (Use::Past { replaced_ms: 0 }, Some(begun.lived_ms));
        assert!(ancient.needs(seen, after(begun, KEPT_MS - 3_600_000)));
        // Whoever replaced it lives in the future: theirs does.
        let ahead = Use::Past { replaced_ms: NOW + KEPT_MS };
        assert!(
            ahead.needs(seen, after(begun, 2 * KEPT_MS - 3_600_000)) && !ahead.needs(seen, after(begun, 2 * KEPT_MS))
        );
        // This device's own clock jumps by years, there and back, several times.
        let past = Use::Past { replaced_ms: NOW };
        let mut times = begun;
        for _ in 0..5 {
            times = times.look(NOW + 400 * KEPT_MS);
            assert!(past.needs(seen, times));
            times = times.look(NOW);
            assert!(past.needs(seen, times));
        }
    }

    #[test]
    fn time_that_nobody_was_there_to_see_counts_little() {
        let begun = Times::default().look(NOW);
        let back = begun.look(NOW + 12 * KEPT_MS);
        assert_eq!(back.lived_ms - begun.lived_ms, MAX_STEP_MS);
        assert_eq!(back.look(NOW).lived_ms, back.lived_ms, "it never grows less");
    }
}
