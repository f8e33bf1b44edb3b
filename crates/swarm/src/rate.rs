//! How fast bytes move while there is something to move.

/// How long one sample is.
const SAMPLE_MS: u64 = 200;
/// How long it is if so much moves: quick links are known quickly.
const QUICK_MS: u64 = 10;
const QUICK_BYTES: u64 = 1 << 20;

/// A smoothed rate over the time in which something was under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    /// Bytes a second; 0 for unknown.
    smooth: u64,
    bytes: u64,
    since_ms: u64,
    busy: bool,
}

impl Rate {
    /// Says whether something is under way from now on.
    pub(crate) fn busy(&mut self, now_ms: u64, busy: bool) {
        if busy && !self.busy {
            (self.bytes, self.since_ms) = (0, now_ms);
        } else if !busy && self.busy && now_ms >= self.since_ms + SAMPLE_MS / 4 {
            self.sample(now_ms);
        }
        self.busy = busy;
    }

    /// Counts bytes that moved.
    pub(crate) fn add(&mut self, now_ms: u64, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        let took_ms = now_ms.saturating_sub(self.since_ms);
        if took_ms >= SAMPLE_MS || (took_ms >= QUICK_MS && self.bytes >= QUICK_BYTES) {
            self.sample(now_ms);
        }
    }

    fn sample(&mut self, now_ms: u64) {
        let rate = self.bytes.saturating_mul(1_000) / now_ms.saturating_sub(self.since_ms).max(1);
        // Up at once, down slowly: what was possible will mostly be possible again.
        self.smooth = if self.smooth < rate { rate } else { self.smooth / 4 * 3 + rate / 4 };
        (self.bytes, self.since_ms) = (0, now_ms);
    }

    /// Takes what is known as too fast.
    pub(crate) fn halve(&mut self) {
        self.smooth /= 2;
    }

    /// Bytes a second, if anything was measured.
    pub(crate) fn known(&self) -> Option<u64> {
        (self.smooth > 0).then_some(self.smooth)
    }

    /// How long so many bytes take, in milliseconds; a guess of 1 MB/s if nothing was measured.
    pub(crate) fn ms_for(&self, bytes: u64) -> u64 {
        bytes.saturating_mul(1_000) / self.known().unwrap_or(1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_busy_time() {
        let mut rate = Rate::default();
        for second in 0..10 {
            let start = second * 1_000;
            rate.busy(start, true);
            (1..=300).for_each(|ms| rate.add(start + ms, 1_000));
            rate.busy(start + 300, false);
        }
        let known = rate.known().expect("measured");
        assert!((900_000..1_100_000).contains(&known), "{known}");
        assert_eq!(rate.ms_for(known), 1_000);
    }
}
