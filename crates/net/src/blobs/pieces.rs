//! Which small file to ask of whom: pure bookkeeping over the files that are missing. No clock of its own, no task.
//!
//! Holders pull work from one pool, so that fast ones do more. When the pool is empty, what a slow holder has been at for a
//! while is asked of a second one; whoever is first counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What somebody else has been at for so long may be asked for again when nothing else is left.
const SLOW: Duration = Duration::from_secs(2);

/// One blob, asked of one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job {
    /// Names this request.
    pub(crate) id: u64,
    /// Which blob, by its place in the plan.
    pub(crate) blob: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    /// On its way, so many times.
    Flying(u8),
    Here,
}

struct Flight<H> {
    job: Job,
    holder: H,
    since: Instant,
    arrived: u64,
}

/// All blobs of a fetch.
pub(crate) struct Plan<H> {
    blobs: Vec<(u64, State)>,
    /// Blobs that are free.
    open: BTreeSet<usize>,
    flights: BTreeMap<u64, Flight<H>>,
    next: u64,
    start: u64,
    here: u64,
    whole: u64,
}

impl<H: Copy + Eq> Plan<H> {
    /// A plan for blobs of these sizes, nothing of which is here. `start` spreads where different devices begin.
    pub(crate) fn new(sizes: impl IntoIterator<Item = u64>, start: u64) -> Self {
        let state = |size| (size, if size == 0 { State::Here } else { State::Free });
        let blobs: Vec<_> = sizes.into_iter().map(state).collect();
        let open: BTreeSet<_> = (0..blobs.len()).filter(|n| blobs[*n].1 == State::Free).collect();
        let whole = (blobs.len() - open.len()) as u64;
        Self { blobs, open, flights: BTreeMap::new(), next: 0, start, here: 0, whole }
    }

    /// Whether everything is here.
    pub(crate) fn is_complete(&self) -> bool {
        self.whole == self.blobs.len() as u64
    }

    /// How many bytes are here, those on their way included.
    pub(crate) fn bytes_here(&self) -> u64 {
        self.here + self.flights.values().map(|flight| flight.arrived).sum::<u64>()
    }

    /// How many blobs are whole.
    pub(crate) fn blobs_here(&self) -> u64 {
        self.whole
    }

    /// Work for this holder: a blob that `can` be had from it.
    pub(crate) fn take(&mut self, holder: H, now: Instant, mut can: impl FnMut(usize) -> bool) -> Option<Job> {
        let turn = (self.start % self.blobs.len().max(1) as u64) as usize;
        let free = self.open.range(turn..).chain(self.open.range(..turn)).copied().find(|blob| can(*blob));
        let blob = free.or_else(|| {
            let slow = |flight: &&Flight<H>| {
                flight.holder != holder
                    && now.saturating_duration_since(flight.since) >= SLOW
                    && self.blobs[flight.job.blob].1 == State::Flying(1)
            };
            self.flights.values().filter(slow).map(|flight| flight.job.blob).find(|blob| can(*blob))
        })?;
        self.next += 1;
        let job = Job { id: self.next, blob };
        self.blobs[blob].1 = match self.blobs[blob].1 {
            State::Flying(times) => State::Flying(times.saturating_add(1)),
            _ => State::Flying(1),
        };
        self.open.remove(&blob);
        self.flights.insert(job.id, Flight { job, holder, since: now, arrived: 0 });
        Some(job)
    }

    /// So many bytes of a job have arrived.
    pub(crate) fn arrived(&mut self, job: Job, bytes: u64) {
        if let Some(flight) = self.flights.get_mut(&job.id) {
            flight.arrived = bytes.min(self.blobs[job.blob].0);
        }
    }

    /// A job is done. Gives the ids of other jobs that are of no more use.
    pub(crate) fn done(&mut self, job: Job) -> Vec<u64> {
        self.flights.remove(&job.id);
        self.here(job.blob);
        self.flights.values().filter(|flight| flight.job.blob == job.blob).map(|flight| flight.job.id).collect()
    }

    /// A job came to nothing: the blob is free again, unless it is here or on another way.
    pub(crate) fn failed(&mut self, job: Job) {
        self.flights.remove(&job.id);
        let state = &mut self.blobs[job.blob].1;
        match state {
            State::Flying(times) if *times > 1 => *times -= 1,
            State::Flying(_) => {
                *state = State::Free;
                self.open.insert(job.blob);
            }
            State::Free | State::Here => (),
        }
    }

    /// This blob is here.
    pub(crate) fn here(&mut self, blob: usize) {
        let Some((size, state)) = self.blobs.get_mut(blob).filter(|(_, state)| *state != State::Here) else { return };
        *state = State::Here;
        self.here += *size;
        self.whole += 1;
        self.open.remove(&blob);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(_: usize) -> bool {
        true
    }

    #[test]
    fn everything_is_asked_for_once_and_adds_up() {
        let sizes = [300, 10, 0, 7];
        let now = Instant::now();
        for start in 0..9 {
            let mut plan = Plan::new(sizes, start);
            let mut bytes = 0;
            while let Some(job) = plan.take('a', now, all) {
                bytes += sizes[job.blob];
                assert!(plan.done(job).is_empty());
            }
            assert_eq!(bytes, sizes.iter().sum::<u64>(), "start {start}");
            assert_eq!(plan.bytes_here(), bytes);
            assert!(plan.is_complete());
            assert_eq!(plan.blobs_here(), 4);
        }
    }

    #[test]
    fn what_fails_is_free_again_but_for_what_is_here() {
        let now = Instant::now();
        let mut plan = Plan::new([4, 5], 0);
        let one = plan.take('a', now, all).expect("there is work");
        let two = plan.take('a', now, all).expect("there is work");
        assert!(plan.take('b', now, all).is_none(), "all of it is on its way");
        plan.here(one.blob);
        plan.failed(one);
        plan.failed(two);
        assert_eq!(plan.take('b', now, all).map(|job| job.blob), Some(two.blob));
        assert!(plan.take('b', now, all).is_none());
    }

    #[test]
    fn nobody_is_asked_for_what_it_has_not() {
        let now = Instant::now();
        let mut plan = Plan::new([2, 1], 0);
        assert_eq!(plan.take('a', now, |blob| blob == 1).map(|job| job.blob), Some(1));
        assert!(plan.take('a', now, |blob| blob == 1).is_none());
        assert!(plan.take('b', now, all).is_some());
    }

    #[test]
    fn the_slow_are_overtaken_at_the_end_and_only_then() {
        let now = Instant::now();
        let mut plan = Plan::new([9], 0);
        let slow = plan.take('a', now, all).expect("there is work");
        assert!(plan.take('b', now, all).is_none(), "too early");
        let later = now + SLOW;
        assert!(plan.take('a', later, all).is_none(), "not from the same holder");
        let second = plan.take('b', later, all).expect("it is overdue");
        assert!(plan.take('c', later, all).is_none(), "two are enough");
        assert_eq!(plan.done(second), [slow.id]);
        plan.failed(slow);
        assert!(plan.is_complete());
    }
}
