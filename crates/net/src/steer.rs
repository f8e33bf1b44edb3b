//! What a person wants of the files that come and go: how fast, whether at all, which first, and which are being watched.
//!
//! One for everything that sends or fetches files, so that a limit holds for all together. The swarm's actor looks at it at
//! every tick; what is fetched without the swarm asks it for every part. It must never be held over an await.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use skein_event::BlobHash;
use skein_swarm::Priority;
use tokio::sync::watch;
use tokio::time::sleep;

/// The slowest limit, in bytes a second: with less, the other side gives up before a part has come.
const MIN_RATE: u64 = 1_024;
/// A pause is saved up for a burst of so long.
const BURST: Duration = Duration::from_millis(100);
/// Whoever has read nothing for so long watches no more.
const WATCHES: Duration = Duration::from_secs(10);
/// Files that are watched at a time; beyond it a further one comes in the usual order.
const MAX_WATCHED: usize = 64;

/// Which files come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Before all others: a person said so.
    First,
    /// Somebody here asked for it.
    Asked,
    /// Kept for others: it gets what the rest leaves.
    Spare,
}

impl From<Rank> for Priority {
    fn from(rank: Rank) -> Self {
        match rank {
            Rank::First => Self::High,
            Rank::Asked => Self::Normal,
            Rank::Spare => Self::Low,
        }
    }
}

/// What a person wants.
pub(crate) struct Steering {
    /// What goes out.
    pub(crate) up: Bucket,
    /// What comes in without the swarm; the swarm keeps the same limit with what is left.
    pub(crate) down: Bucket,
    rests: watch::Sender<bool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The ranks of what was asked for; of a folder, its root's.
    ranks: HashMap<BlobHash, Rank>,
    /// What comes by pieces, its size, and how often it is fetched.
    coming: HashMap<BlobHash, (u64, usize)>,
    /// Where somebody reads, and when that was.
    watched: HashMap<BlobHash, (u64, Instant)>,
    /// Bytes that came without the swarm, and it has not heard of.
    elsewhere: u64,
}

impl Steering {
    pub(crate) fn new(up: Option<u64>) -> Self {
        let state = Mutex::default();
        Self { up: Bucket::new(up), down: Bucket::new(None), rests: watch::Sender::new(false), state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing is to come or go.
    pub(crate) fn rests(&self) -> bool {
        *self.rests.borrow()
    }

    pub(crate) fn rest(&self, rests: bool) {
        self.rests.send_if_modified(|now| std::mem::replace(now, rests) != rests);
    }

    /// Waits until files may come and go.
    pub(crate) async fn awake(&self) {
        let mut rests = self.rests.subscribe();
        // The sender lives as long as this does.
        rests.wait_for(|rests| !rests).await.map(drop).unwrap_or_default();
    }

    /// Lets so many bytes in that come without the swarm.
    pub(crate) async fn let_in(&self, bytes: u64) {
        if self.down.rate().is_some() {
            self.count_elsewhere(bytes);
            self.down.pass(bytes).await;
        }
    }

    fn count_elsewhere(&self, bytes: u64) {
        let mut state = self.state();
        state.elsewhere = state.elsewhere.saturating_add(bytes);
    }

    /// What came without the swarm since this was last asked.
    pub(crate) fn elsewhere(&self) -> u64 {
        std::mem::take(&mut self.state().elsewhere)
    }

    pub(crate) fn rank(&self, ranks: HashMap<BlobHash, Rank>) {
        self.state().ranks = ranks;
    }

    /// The highest rank among a file and the folders that it is in.
    pub(crate) fn rank_of(&self, roots: &[BlobHash]) -> Rank {
        let state = self.state();
        roots.iter().filter_map(|root| state.ranks.get(root)).min().copied().unwrap_or(Rank::Asked)
    }

    /// A file begins to come; for as long as what is given back lives.
    pub(crate) fn comes(self: &std::sync::Arc<Self>, file: BlobHash, size: u64) -> Coming {
        self.state().coming.entry(file).or_insert((size, 0)).1 += 1;
        Coming(self.clone(), file)
    }

    /// The size of a file that comes by pieces now.
    pub(crate) fn size_of(&self, file: BlobHash) -> Option<u64> {
        self.state().coming.get(&file).map(|(size, _)| *size)
    }

    /// Somebody reads here, and goes on from here.
    pub(crate) fn watch(&self, file: BlobHash, at: u64) {
        let mut state = self.state();
        state.watched.retain(|_, (_, since)| since.elapsed() < WATCHES);
        if state.watched.len() < MAX_WATCHED || state.watched.contains_key(&file) {
            state.watched.insert(file, (at, Instant::now()));
        }
    }

    /// Where somebody reads a file.
    pub(crate) fn watched(&self, file: BlobHash) -> Option<u64> {
        self.state().watched.get(&file).filter(|(_, since)| since.elapsed() < WATCHES).map(|(at, _)| *at)
    }
}

/// A file that comes.
pub(crate) struct Coming(std::sync::Arc<Steering>, BlobHash);

impl Drop for Coming {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let Some((_, count)) = state.coming.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                state.coming.remove(&self.1);
            }
        }
    }
}

/// The device's upload limit, for what goes out by other ways than this crate's.
#[derive(Clone)]
pub struct Upload(pub(crate) std::sync::Arc<Steering>);

impl Upload {
    /// So many bytes a second now, in all: none while files rest; `None`: there is no limit.
    pub fn bytes_per_s(&self) -> Option<u64> {
        if self.0.rests() { Some(0) } else { self.0.up.rate() }
    }

    /// So many bytes went out: what goes to members waits for that much longer.
    pub fn charge(&self, bytes: u64) {
        self.0.up.charge(bytes);
    }
}

/// An allowance of bytes a second: who takes more than there is waits until it is earned. It may be changed at any time.
pub(crate) struct Bucket {
    level: Mutex<Level>,
    changed: watch::Sender<()>,
}

struct Level {
    per_second: Option<u64>,
    free_at: Option<Instant>,
}

impl Bucket {
    /// An allowance of so many bytes a second; `None` for all that goes.
    pub(crate) fn new(per_second: Option<u64>) -> Self {
        let level = Level { per_second: per_second.map(|rate| rate.max(MIN_RATE)), free_at: None };
        Self { level: Mutex::new(level), changed: watch::Sender::new(()) }
    }

    fn level(&self) -> MutexGuard<'_, Level> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the bytes a second. Whoever waits by what was before asks anew.
    pub(crate) fn set(&self, per_second: Option<u64>) {
        let per_second = per_second.map(|rate| rate.max(MIN_RATE));
        let mut level = self.level();
        if level.per_second != per_second {
            *level = Level { per_second, free_at: None };
            drop(level);
            self.changed.send_replace(());
        }
    }

    /// The bytes a second.
    pub(crate) fn rate(&self) -> Option<u64> {
        self.level().per_second
    }

    /// So many bytes have passed by another way: all others wait for that much longer.
    pub(crate) fn charge(&self, bytes: u64) {
        let mut level = self.level();
        if let Some(rate) = level.per_second {
            let now = Instant::now();
            let start = level.free_at.map_or(now, |free| free.max(now));
            level.free_at = Some(start + Duration::from_secs_f64(bytes as f64 / rate as f64));
        }
    }

    /// Takes so many bytes, once they may pass.
    pub(crate) async fn pass(&self, bytes: u64) {
        let mut changed = self.changed.subscribe();
        loop {
            let wait = self.take(bytes, Instant::now());
            if wait.is_zero() {
                return;
            }
            tokio::select! {
                () = sleep(wait) => return,
                told = changed.changed() => if told.is_err() { return },
            }
        }
    }

    /// Takes so many bytes; says how long to wait before they may pass. A tenth of a second's worth may go in a burst.
    fn take(&self, bytes: u64, now: Instant) -> Duration {
        let mut level = self.level();
        let Some(per_second) = level.per_second else { return Duration::ZERO };
        let start = level.free_at.map_or(now, |free| free.max(now.checked_sub(BURST).unwrap_or(now)));
        let next = start + Duration::from_secs_f64(bytes as f64 / per_second as f64);
        level.free_at = Some(next);
        next.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_allowance_lets_through_its_rate_and_no_more() {
        let bucket = Bucket::new(Some(10_000));
        let start = Instant::now();
        let waits: Vec<_> = (0..20).map(|_| bucket.take(1_000, start)).collect();
        assert_eq!(waits[0], Duration::from_millis(100));
        assert_eq!(waits[19], Duration::from_secs(2), "20,000 bytes take two seconds");
        let later = start + Duration::from_secs(60);
        assert!(bucket.take(1_000, later) <= Duration::from_millis(100), "an idle minute is not saved up");
        assert!(bucket.take(100_000, later) > Duration::from_secs(9));
        bucket.set(None);
        assert_eq!(bucket.take(u64::MAX, later), Duration::ZERO);
    }

    #[tokio::test]
    async fn whoever_waits_by_an_old_limit_goes_on_by_the_new_one() {
        let bucket = Arc::new(Bucket::new(Some(MIN_RATE)));
        let (waits, begun) = (bucket.clone(), Instant::now());
        let waiting = tokio::spawn(async move { waits.pass(100 * MIN_RATE).await });
        sleep(Duration::from_millis(50)).await;
        assert!(!waiting.is_finished(), "it has a hundred seconds to wait");
        bucket.set(None);
        waiting.await.expect("it ends");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test]
    async fn who_rests_waits_until_it_goes_on() {
        let steering = Arc::new(Steering::new(None));
        steering.awake().await;
        steering.rest(true);
        let waits = steering.clone();
        let waiting = tokio::spawn(async move { waits.awake().await });
        sleep(Duration::from_millis(50)).await;
        assert!(steering.rests() && !waiting.is_finished());
        steering.rest(false);
        waiting.await.expect("it goes on");
    }

    #[test]
    fn the_highest_rank_counts_and_what_comes_is_known_for_as_long_as_it_does() {
        let steering = Arc::new(Steering::new(None));
        let [file, folder, other] = [1, 2, 3].map(|n| BlobHash::from_bytes([n; 32]));
        steering.rank(HashMap::from([(file, Rank::Spare), (folder, Rank::First)]));
        assert_eq!(steering.rank_of(&[file]), Rank::Spare);
        assert_eq!(steering.rank_of(&[file, folder]), Rank::First);
        assert_eq!(steering.rank_of(&[other]), Rank::Asked);
        let (one, two) = (steering.comes(file, 7), steering.comes(file, 7));
        drop(one);
        assert_eq!(steering.size_of(file), Some(7));
        drop(two);
        assert_eq!(steering.size_of(file), None);
        steering.watch(file, 5);
        assert_eq!((steering.watched(file), steering.watched(other)), (Some(5), None));
    }
}
