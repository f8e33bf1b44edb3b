//! Staying connected: one caller per kept device, with back-off and jitter, for ever.
//!
//! A caller sleeps until a kept community has no link and its time has come. A dial from the other side, or word of it on
//! the local network, sets the back-off back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use iroh::TransportAddr;
use skein_event::{CommunityId, DeviceId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The shortest time between two calls.
pub(crate) const SHORTEST: Duration = Duration::from_millis(200);
/// The longest.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);
/// A link that held so long was a good one: calling starts afresh.
const GOOD: Duration = Duration::from_secs(10);
/// A crossed call: the other side's should arrive within this time.
pub(crate) const CROSSED: Duration = Duration::from_millis(500);

/// How long to wait after so many failures in a row; `random` spreads callers over half to all of it.
pub(crate) fn delay(failures: u32, random: u32) -> Duration {
    let full = SHORTEST.saturating_mul(1 << failures.min(16)).min(LONGEST);
    let half = full / 2;
    (half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))).max(SHORTEST)
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A link is there.
    Up,
    /// The other side's call counts.
    Crossed,
    /// It did not work.
    Failed,
}

/// What one kept community wants of a device.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) addresses: Vec<TransportAddr>,
    pub(crate) pass: Option<Vec<u8>>,
    failures: u32,
    next: Instant,
    up_since: Option<Instant>,
}

/// What is wanted of one device.
pub(crate) struct Caller {
    pub(crate) device: DeviceId,
    pub(crate) wake: Notify,
    pub(crate) gone: CancellationToken,
    wanted: Mutex<BTreeMap<CommunityId, Wanted>>,
}

impl Caller {
    /// A caller that wants nothing yet.
    pub(crate) fn new(device: DeviceId) -> Self {
        Self { device, wake: Notify::new(), gone: CancellationToken::new(), wanted: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CommunityId, Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wants a link for this community; keeps the back-off if it did so before and nothing is new.
    pub(crate) fn want(&self, community: CommunityId, addresses: Vec<TransportAddr>, pass: Option<Vec<u8>>) {
        let mut wanted = self.lock();
        match wanted.get_mut(&community) {
            Some(known) if known.addresses == addresses && known.pass == pass => return,
            _ => {
                let fresh = Wanted { addresses, pass, failures: 0, next: Instant::now(), up_since: None };
                wanted.insert(community, fresh);
            }
        }
        drop(wanted);
        self.wake.notify_one();
    }

    /// Wants no link for this community any more. True: wants nothing at all.
    pub(crate) fn unwant(&self, community: CommunityId) -> bool {
        let mut wanted = self.lock();
        wanted.remove(&community);
        wanted.is_empty()
    }

    /// Whether this community is wanted.
    pub(crate) fn wants(&self, community: CommunityId) -> bool {
        self.lock().contains_key(&community)
    }

    /// All addresses that any community knows of the device.
    pub(crate) fn addresses(&self) -> Vec<TransportAddr> {
        let mut all: Vec<_> = self.lock().values().flat_map(|wanted| wanted.addresses.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The other side has shown signs of life: no more waiting.
    pub(crate) fn reset(&self) {
        for wanted in self.lock().values_mut() {
            wanted.failures = 0;
            wanted.next = Instant::now();
        }
        self.wake.notify_one();
    }

    /// The device was seen on the local network: calls that failed are tried again now, but not more than once in a while.
    pub(crate) fn heard_of(&self) {
        let soon = Instant::now() + SHORTEST;
        for wanted in self.lock().values_mut() {
            wanted.next = wanted.next.min(soon);
        }
        self.wake.notify_one();
    }

    /// Which communities are to be called about now, and when the next one will be.
    pub(crate) fn due(&self, linked: impl Fn(CommunityId) -> bool, random: u32) -> (Vec<CommunityId>, Option<Instant>) {
        let now = Instant::now();
        let (mut due, mut soonest) = (Vec::new(), None);
        for (community, wanted) in self.lock().iter_mut() {
            if linked(*community) {
                wanted.up_since.get_or_insert(now);
                continue;
            }
            if let Some(since) = wanted.up_since.take() {
                wanted.failures = if since.elapsed() >= GOOD { 0 } else { wanted.failures + 1 };
                wanted.next = now + delay(wanted.failures, random);
            }
            if wanted.next <= now {
                due.push(*community);
            } else {
                soonest = Some(soonest.map_or(wanted.next, |known: Instant| known.min(wanted.next)));
            }
        }
        (due, soonest)
    }

    /// What to show at the door.
    pub(crate) fn pass(&self, community: CommunityId) -> Option<Vec<u8>> {
        self.lock().get(&community)?.pass.clone()
    }

    /// Notes how a call ended.
    pub(crate) fn note(&self, community: CommunityId, outcome: &Outcome, random: u32) {
        let mut wanted = self.lock();
        let Some(wanted) = wanted.get_mut(&community) else { return };
        match outcome {
            Outcome::Up => wanted.up_since = Some(Instant::now()),
            Outcome::Crossed => wanted.next = Instant::now() + CROSSED,
            Outcome::Failed => {
                wanted.next = Instant::now() + delay(wanted.failures, random);
                wanted.failures = wanted.failures.saturating_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_rises_from_the_shortest_to_the_longest_and_is_spread() {
        assert_eq!(delay(0, 0), SHORTEST);
        assert!(delay(3, 0) < delay(3, u32::MAX));
        for failures in 0..40 {
            for random in [0, u32::MAX / 2, u32::MAX] {
                let wait = delay(failures, random);
                assert!((SHORTEST..=LONGEST).contains(&wait), "{failures} failures: {wait:?}");
            }
        }
        assert_eq!(delay(40, u32::MAX), LONGEST);
    }

    #[test]
    fn failures_put_a_call_off_and_signs_of_life_bring_it_back() {
        let caller = Caller::new(DeviceId::ZERO);
        let community = CommunityId::ZERO;
        caller.want(community, vec![], None);
        assert_eq!(caller.due(|_| false, 0).0, [community]);
        for _ in 0..8 {
            caller.note(community, &Outcome::Failed, u32::MAX);
        }
        let (due, soonest) = caller.due(|_| false, 0);
        assert!(due.is_empty());
        assert!(soonest.expect("it is put off, not forgotten") > Instant::now() + Duration::from_secs(10));
        caller.want(community, vec![], None);
        assert!(caller.due(|_| false, 0).0.is_empty(), "the same wish again is no reason to hurry");
        caller.reset();
        assert_eq!(caller.due(|_| false, 0).0, [community]);
        assert!(caller.due(|_| true, 0).0.is_empty(), "who is linked is not called");
    }
}
