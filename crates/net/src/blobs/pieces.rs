//! Which piece to ask of whom: pure bookkeeping over the pieces that are missing. No clock of its own, no task.
//!
//! Holders pull work from one pool, so that fast ones do more. When the pool is empty, what a slow holder has been at for a
//! while is asked of a second one; whoever is first counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The size of a piece: what is asked for, counted and given back as a whole.
pub(crate) const PIECE: u64 = 1 << 20;
/// The most pieces in one request.
pub(crate) const MAX_RUN: u32 = 32;
/// What somebody else has been at for so long may be asked for again when nothing else is left.
const SLOW: Duration = Duration::from_secs(2);

/// A run of pieces of one blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job {
    /// Names this request.
    pub(crate) id: u64,
    /// Which blob, by its place in the plan.
    pub(crate) blob: usize,
    /// The first piece.
    pub(crate) first: u32,
    /// How many.
    pub(crate) count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    /// On its way, so many times.
    Flying(u8),
    Here,
}

struct Blob {
    size: u64,
    pieces: Vec<State>,
    free: u32,
    left: u32,
}

struct Flight<H> {
    job: Job,
    holder: H,
    since: Instant,
    arrived: u64,
}

/// All pieces of a fetch.
pub(crate) struct Plan<H> {
    blobs: Vec<Blob>,
    /// Blobs that have free pieces.
    open: BTreeSet<usize>,
    flights: BTreeMap<u64, Flight<H>>,
    next: u64,
    start: u64,
    here: u64,
    whole: u64,
    left: u64,
}

impl<H: Copy + Eq> Plan<H> {
    /// A plan for blobs of these sizes, nothing of which is here. `start` spreads where different devices begin.
    pub(crate) fn new(sizes: impl IntoIterator<Item = u64>, start: u64) -> Self {
        let blobs: Vec<_> = sizes
            .into_iter()
            .map(|size| {
                let free = size.div_ceil(PIECE) as u32;
                Blob { size, pieces: vec![State::Free; free as usize], free, left: free }
            })
            .collect();
        let open = (0..blobs.len()).filter(|n| blobs[*n].free > 0).collect();
        let left = blobs.iter().map(|blob| u64::from(blob.free)).sum();
        let whole = blobs.iter().filter(|blob| blob.left == 0).count() as u64;
        Self { blobs, open, flights: BTreeMap::new(), next: 0, start, here: 0, whole, left }
    }

    /// The size of a blob.
    pub(crate) fn size(&self, blob: usize) -> u64 {
        self.blobs[blob].size
    }

    /// The bytes of a run of pieces: from, to.
    pub(crate) fn bytes(&self, job: Job) -> (u64, u64) {
        let from = u64::from(job.first) * PIECE;
        (from, (from + u64::from(job.count) * PIECE).min(self.blobs[job.blob].size))
    }

    /// Whether everything is here.
    pub(crate) fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// Whether pieces of this blob are missing.
    pub(crate) fn needs(&self, blob: usize) -> bool {
        self.blobs[blob].left > 0
    }

    /// How many bytes are here, those on their way included.
    pub(crate) fn bytes_here(&self) -> u64 {
        self.here + self.flights.values().map(|flight| flight.arrived).sum::<u64>()
    }

    /// How many blobs are whole.
    pub(crate) fn blobs_here(&self) -> u64 {
        self.whole
    }

    /// How long a run may be so that all get their share: `fit` is what this holder manages in a short while.
    pub(crate) fn run_length(&self, fit: u32, takers: u64) -> u32 {
        let share = self.left / (2 * takers.max(1));
        fit.clamp(1, MAX_RUN).min(share.clamp(1, u64::from(MAX_RUN)) as u32)
    }

    /// Work for this holder: at most `length` pieces in a row that `can` be had from it.
    ///
    /// `can` is asked with a blob, its size, and a piece, or `None` for "any of it at all".
    pub(crate) fn take(
        &mut self,
        holder: H,
        length: u32,
        now: Instant,
        mut can: impl FnMut(usize, u64, Option<u32>) -> bool,
    ) -> Option<Job> {
        let turn = if self.blobs.is_empty() { 0 } else { (self.start % self.blobs.len() as u64) as usize };
        let order = self.open.range(turn..).chain(self.open.range(..turn)).copied();
        let mut found = None;
        for blob in order {
            let size = self.blobs[blob].size;
            if !can(blob, size, None) {
                continue;
            }
            let count = self.blobs[blob].pieces.len() as u32;
            let begin = (self.start % u64::from(count)) as u32;
            let free = |piece: u32| self.blobs[blob].pieces[piece as usize] == State::Free;
            let first = (begin..count).chain(0..begin).find(|piece| free(*piece) && can(blob, size, Some(*piece)));
            if let Some(first) = first {
                let end = count.min(first + length);
                let run = (first + 1..end).take_while(|piece| free(*piece) && can(blob, size, Some(*piece))).count();
                found = Some((blob, first, 1 + run as u32));
                break;
            }
        }
        if let Some((blob, first, count)) = found {
            return Some(self.fly(holder, blob, first, count, now));
        }
        self.second_try(holder, now, can)
    }

    fn second_try(
        &mut self,
        holder: H,
        now: Instant,
        mut can: impl FnMut(usize, u64, Option<u32>) -> bool,
    ) -> Option<Job> {
        let slow = self.flights.values().find(|flight| {
            let Job { blob, first, count, .. } = flight.job;
            let pieces = first..first + count;
            flight.holder != holder
                && now.saturating_duration_since(flight.since) >= SLOW
                && pieces.clone().all(|piece| self.blobs[blob].pieces[piece as usize] == State::Flying(1))
                && can(blob, self.blobs[blob].size, None)
                && pieces.clone().all(|piece| can(blob, self.blobs[blob].size, Some(piece)))
        })?;
        let Job { blob, first, count, .. } = slow.job;
        Some(self.fly(holder, blob, first, count, now))
    }

    fn fly(&mut self, holder: H, blob: usize, first: u32, count: u32, now: Instant) -> Job {
        self.next += 1;
        let job = Job { id: self.next, blob, first, count };
        for piece in first..first + count {
            let state = &mut self.blobs[blob].pieces[piece as usize];
            match state {
                State::Free => {
                    *state = State::Flying(1);
                    self.blobs[blob].free -= 1;
                }
                State::Flying(times) => *times = times.saturating_add(1),
                State::Here => (),
            }
        }
        if self.blobs[blob].free == 0 {
            self.open.remove(&blob);
        }
        self.flights.insert(job.id, Flight { job, holder, since: now, arrived: 0 });
        job
    }

    /// So many bytes of a job have arrived.
    pub(crate) fn arrived(&mut self, job: Job, bytes: u64) {
        let (from, to) = self.bytes(job);
        if let Some(flight) = self.flights.get_mut(&job.id) {
            flight.arrived = bytes.min(to - from);
        }
    }

    /// A job is done. Gives the ids of other jobs that are of no more use.
    pub(crate) fn done(&mut self, job: Job) -> Vec<u64> {
        self.flights.remove(&job.id);
        for piece in job.first..job.first + job.count {
            self.here(job.blob, piece);
        }
        let same = |flight: &&Flight<H>| flight.job.blob == job.blob && flight.job.first == job.first;
        self.flights.values().filter(same).map(|flight| flight.job.id).collect()
    }

    /// A job came to nothing; what of it is not here, and on no other way, is free again.
    pub(crate) fn failed(&mut self, job: Job) {
        self.flights.remove(&job.id);
        for piece in job.first..job.first + job.count {
            let state = &mut self.blobs[job.blob].pieces[piece as usize];
            match state {
                State::Flying(times) if *times > 1 => *times -= 1,
                State::Flying(_) => {
                    *state = State::Free;
                    self.blobs[job.blob].free += 1;
                    self.open.insert(job.blob);
                }
                State::Free | State::Here => (),
            }
        }
    }

    /// This piece is here.
    pub(crate) fn here(&mut self, blob: usize, piece: u32) {
        let size = self.blobs[blob].size;
        let Some(state) = self.blobs[blob].pieces.get_mut(piece as usize) else { return };
        if *state == State::Here {
            return;
        }
        let was_free = *state == State::Free;
        *state = State::Here;
        self.left -= 1;
        self.blobs[blob].left -= 1;
        self.whole += u64::from(self.blobs[blob].left == 0);
        self.here += PIECE.min(size - u64::from(piece) * PIECE);
        if was_free {
            self.blobs[blob].free -= 1;
            if self.blobs[blob].free == 0 {
                self.open.remove(&blob);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(_: usize, _: u64, _: Option<u32>) -> bool {
        true
    }

    #[test]
    fn everything_is_asked_for_once_and_adds_up() {
        let sizes = [3 * PIECE + 5, 10, 0, PIECE];
        let now = Instant::now();
        for start in 0..9 {
            let mut plan = Plan::new(sizes, start);
            let mut bytes = 0;
            while let Some(job) = plan.take('a', 2, now, all) {
                assert!((1..=2).contains(&job.count));
                let (from, to) = plan.bytes(job);
                bytes += to - from;
                assert!(plan.done(job).is_empty());
            }
            assert_eq!(bytes, sizes.iter().sum::<u64>(), "start {start}");
            assert_eq!(plan.bytes_here(), bytes);
            assert!(plan.is_complete());
            assert_eq!(plan.blobs_here(), 4);
        }
    }

    #[test]
    fn what_fails_is_free_again_but_for_what_arrived() {
        let now = Instant::now();
        let mut plan = Plan::new([4 * PIECE], 0);
        let job = plan.take('a', 4, now, all).expect("there is work");
        assert!(plan.take('b', 4, now, all).is_none(), "all of it is on its way");
        plan.here(0, 1);
        plan.failed(job);
        let again: Vec<_> = std::iter::from_fn(|| plan.take('b', 4, now, all)).collect();
        assert_eq!(again.iter().map(|job| (job.first, job.count)).collect::<Vec<_>>(), [(0, 1), (2, 2)]);
    }

    #[test]
    fn nobody_is_asked_for_what_it_has_not() {
        let now = Instant::now();
        let mut plan = Plan::new([2 * PIECE, PIECE], 0);
        let only_second = |blob: usize, _: u64, piece: Option<u32>| blob == 0 && piece.is_none_or(|piece| piece == 1);
        let job = plan.take('a', 4, now, only_second).expect("it has one piece");
        assert_eq!((job.blob, job.first, job.count), (0, 1, 1));
        assert!(plan.take('a', 4, now, only_second).is_none());
        assert!(plan.take('b', 4, now, all).is_some());
    }

    #[test]
    fn the_slow_are_overtaken_at_the_end_and_only_then() {
        let now = Instant::now();
        let mut plan = Plan::new([PIECE], 0);
        let slow = plan.take('a', 1, now, all).expect("there is work");
        assert!(plan.take('b', 1, now, all).is_none(), "too early");
        let later = now + SLOW;
        assert!(plan.take('a', 1, later, all).is_none(), "not from the same holder");
        let second = plan.take('b', 1, later, all).expect("it is overdue");
        assert!(plan.take('c', 1, later, all).is_none(), "two are enough");
        assert_eq!(plan.done(second), [slow.id]);
        plan.failed(slow);
        assert!(plan.is_complete());
    }

    #[test]
    fn runs_are_short_when_many_share_or_little_is_left() {
        let plan: Plan<char> = Plan::new([100 * PIECE], 0);
        assert_eq!(plan.run_length(64, 1), MAX_RUN);
        assert_eq!(plan.run_length(9, 1), 9);
        assert_eq!(plan.run_length(64, 10), 5);
        assert_eq!(plan.run_length(0, 1), 1);
        assert_eq!(Plan::<char>::new([PIECE], 0).run_length(9, 3), 1);
    }
}
