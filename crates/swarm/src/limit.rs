//! A limit on bytes a second that a person set: a bucket that may go into debt by what was begun.

/// How long a pause may be saved up for a burst.
const BURST_MS: u64 = 100;
/// The slowest limit: less would not move a piece in a day.
const MIN_RATE: u64 = 1_024;

/// A bucket of bytes. Full when it starts.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    rate: Option<u64>,
    /// In thousandths of a byte.
    level: i128,
    at_ms: u64,
}

impl Bucket {
    /// Sets the bytes a second; `None` for no limit. At least 1,024.
    pub fn set(&mut self, now_ms: u64, rate: Option<u64>) {
        self.rate = rate.map(|rate| rate.max(MIN_RATE));
        (self.level, self.at_ms) = (0, now_ms);
    }

    /// The bytes a second.
    pub fn rate(&self) -> Option<u64> {
        self.rate
    }

    /// How many milliseconds until something may be begun; 0 for now.
    pub fn wait_ms(&mut self, now_ms: u64) -> u64 {
        let Some(rate) = self.rate else { return 0 };
        let passed = i128::from(now_ms.saturating_sub(self.at_ms));
        self.level = (self.level + passed * i128::from(rate)).min(i128::from(BURST_MS) * i128::from(rate));
        self.at_ms = self.at_ms.max(now_ms);
        if self.level >= 0 { 0 } else { (-self.level).div_euclid(i128::from(rate)) as u64 + 1 }
    }

    /// Counts bytes that are begun now, as debt if need be.
    pub fn take(&mut self, bytes: u64) {
        if self.rate.is_some() {
            self.level -= i128::from(bytes) * 1_000;
        }
    }

    /// Gives back what was counted and did not come.
    pub fn give(&mut self, bytes: u64) {
        if self.rate.is_some() {
            self.level += i128::from(bytes) * 1_000;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_kept_in_the_long_run_and_a_pause_is_not_saved_up() {
        let mut bucket = Bucket::default();
        bucket.set(0, Some(1_000_000));
        let (mut now, mut sent) = (60_000, 0u64);
        while now < 70_000 {
            now += bucket.wait_ms(now);
            bucket.take(65_536);
            sent += 65_536;
        }
        assert!((9_900_000..=10_300_000).contains(&sent), "{sent}");
    }

    #[test]
    fn no_limit_never_waits() {
        let mut bucket = Bucket::default();
        bucket.take(u64::MAX);
        assert_eq!(bucket.wait_ms(0), 0);
    }
}
