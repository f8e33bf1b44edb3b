//! The table of links and the rules for calls that cross. The rules are pure; the table never waits.
//!
//! At most one link per (device, community). When both sides call at once, the call of the device with the smaller id
//! counts. A hello that its sender wrote before it accepted our call is recognised by its mark and turned away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use skein_event::{CommunityId, DeviceId};
use tokio_util::sync::CancellationToken;

use crate::hello::Mark;
use crate::link::Link;

/// What a link is for.
pub(crate) type Key = (DeviceId, CommunityId);

/// A call of ours counts against a crossing call for so long; an older one may be shouting into a dead line.
const CROSSING: Duration = Duration::from_secs(4);
/// How many links of one key may wait for their predecessors to end.
const MAX_WAITING: usize = 3;

/// What is known about a key when a hello for it arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    /// Our id is the smaller one.
    pub(crate) we_go_first: bool,
    /// How long ago we wrote a hello that has no answer yet.
    pub(crate) calling_for: Option<Duration>,
    /// The other side's mark on the link that is up.
    pub(crate) up: Option<Mark>,
    /// How many links wait for an earlier one to end.
    pub(crate) waiting: usize,
}

/// What to do with a hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Accept it; it takes the place of whatever was there.
    Take,
    /// Our call, or the link that is up, counts instead.
    Crossed,
    /// The same device comes back too fast.
    Busy,
}

/// Decides about a hello with this mark.
pub(crate) fn judge(situation: Situation, hello: Mark) -> Verdict {
    if let Some(up) = situation.up
        && up.instance == hello.instance
        && hello.stamp <= up.stamp
    {
        return Verdict::Crossed;
    }
    if situation.waiting >= MAX_WAITING {
        return Verdict::Busy;
    }
    match situation.calling_for {
        Some(age) if situation.we_go_first && age < CROSSING => Verdict::Crossed,
        _ => Verdict::Take,
    }
}

#[derive(Default)]
struct Slot {
    calling: Option<(u64, Instant)>,
    link: Option<Arc<Link>>,
    /// When the newest link of this key has said its last word to the host.
    ended: Option<CancellationToken>,
    waiting: usize,
}

/// All links of this device.
pub(crate) struct Links {
    me: DeviceId,
    instance: u64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    slots: HashMap<Key, Slot>,
    stamp: u64,
}

/// A place in the table for a new link: wait for `after`, then speak.
pub(crate) struct Place {
    pub(crate) mark: Mark,
    pub(crate) after: Option<CancellationToken>,
}

impl Links {
    /// An empty table of the device `me` in this run of the program.
    pub(crate) fn new(me: DeviceId, instance: u64) -> Self {
        Self { me, instance, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The live link of this key.
    pub(crate) fn get(&self, key: Key) -> Option<Arc<Link>> {
        self.lock().slots.get(&key)?.link.clone().filter(|link| !link.is_closing())
    }

    /// All live links.
    pub(crate) fn all(&self) -> Vec<Arc<Link>> {
        let inner = self.lock();
        inner.slots.values().filter_map(|slot| slot.link.clone()).filter(|link| !link.is_closing()).collect()
    }

    /// Whether nobody has anything left to say.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().slots.values().all(|slot| slot.link.is_none())
    }

    /// Whether any live link leads to this device.
    pub(crate) fn leads_to(&self, device: DeviceId) -> bool {
        let inner = self.lock();
        inner.slots.iter().any(|(key, slot)| key.0 == device && slot.link.as_ref().is_some_and(|l| !l.is_closing()))
    }

    /// Notes that we are about to write a hello. `None` if there is a link or a call already.
    pub(crate) fn call(&self, key: Key) -> Option<Mark> {
        let mut inner = self.lock();
        inner.stamp += 1;
        let stamp = inner.stamp;
        let slot = inner.slots.entry(key).or_default();
        let linked = slot.link.as_ref().is_some_and(|link| !link.is_closing());
        if linked || slot.calling.is_some() {
            return None;
        }
        slot.calling = Some((stamp, Instant::now()));
        Some(Mark { instance: self.instance, stamp })
    }

    /// Our call came to nothing.
    pub(crate) fn call_failed(&self, key: Key, call: Mark) {
        let mut inner = self.lock();
        if let Some(slot) = inner.slots.get_mut(&key) {
            if slot.calling.is_some_and(|(stamp, _)| stamp == call.stamp) {
                slot.calling = None;
            }
            if slot.calling.is_none() && slot.link.is_none() && slot.waiting == 0 {
                inner.slots.remove(&key);
            }
        }
    }

    /// Our call was accepted: puts the link in its place, unless a call of the other side has won meanwhile.
    pub(crate) fn call_answered(&self, call: Mark, link: &Arc<Link>) -> Option<Place> {
        let mut inner = self.lock();
        let slot = inner.slots.get_mut(&link.key)?;
        if slot.calling.is_none_or(|(stamp, _)| stamp != call.stamp) {
            return None;
        }
        slot.calling = None;
        Some(Place { mark: call, after: slot.put(link) })
    }

    /// A hello arrived and the door is open: decides, and if it is taken puts the link in its place.
    pub(crate) fn called(&self, hello: Mark, link: &Arc<Link>) -> Result<Place, Verdict> {
        let mut inner = self.lock();
        inner.stamp += 1;
        let stamp = inner.stamp;
        let slot = inner.slots.entry(link.key).or_default();
        let situation = Situation {
            we_go_first: self.me < link.key.0,
            calling_for: slot.calling.map(|(_, since)| since.elapsed()),
            up: slot.link.as_ref().filter(|link| !link.is_closing()).map(|link| link.mark),
            waiting: slot.waiting,
        };
        match judge(situation, hello) {
            Verdict::Take => {
                slot.calling = None;
                let mark = Mark { instance: self.instance, stamp };
                Ok(Place { mark, after: slot.put(link) })
            }
            verdict => Err(verdict),
        }
    }

    /// The link need not wait any longer: its predecessor has ended.
    pub(crate) fn waited(&self, key: Key) {
        if let Some(slot) = self.lock().slots.get_mut(&key) {
            slot.waiting = slot.waiting.saturating_sub(1);
        }
    }

    /// The link has said its last word.
    pub(crate) fn ended(&self, link: &Link) {
        let mut inner = self.lock();
        if let Some(slot) = inner.slots.get_mut(&link.key) {
            if slot.link.as_ref().is_some_and(|current| current.id == link.id) {
                slot.link = None;
                slot.ended = None;
            }
            if slot.calling.is_none() && slot.link.is_none() && slot.waiting == 0 {
                inner.slots.remove(&link.key);
            }
        }
        link.ended.cancel();
    }
}

impl Slot {
    fn put(&mut self, link: &Arc<Link>) -> Option<CancellationToken> {
        if let Some(old) = self.link.replace(link.clone()) {
            old.close("the other device called again");
        }
        let after = self.ended.replace(link.ended.clone());
        self.waiting += usize::from(after.is_some());
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(instance: u64, stamp: u64) -> Mark {
        Mark { instance, stamp }
    }

    const QUIET: Situation = Situation { we_go_first: true, calling_for: None, up: None, waiting: 0 };

    #[test]
    fn when_calls_cross_the_smaller_id_wins_on_both_sides() {
        let crossing = Some(Duration::from_millis(5));
        let smaller = Situation { we_go_first: true, calling_for: crossing, ..QUIET };
        let larger = Situation { we_go_first: false, ..smaller };
        assert_eq!(judge(smaller, mark(1, 1)), Verdict::Crossed);
        assert_eq!(judge(larger, mark(1, 1)), Verdict::Take);
    }

    #[test]
    fn an_old_call_of_ours_does_not_keep_others_out() {
        let stale = Situation { calling_for: Some(CROSSING), ..QUIET };
        assert_eq!(judge(stale, mark(1, 1)), Verdict::Take);
    }

    #[test]
    fn a_hello_written_before_the_link_does_not_replace_it() {
        let up = Situation { up: Some(mark(1, 5)), ..QUIET };
        assert_eq!(judge(up, mark(1, 4)), Verdict::Crossed, "written before");
        assert_eq!(judge(up, mark(1, 6)), Verdict::Take, "the other side has lost the link");
        assert_eq!(judge(up, mark(2, 1)), Verdict::Take, "the other side was started anew");
    }

    #[test]
    fn coming_back_again_and_again_is_bounded() {
        let crowd = Situation { waiting: MAX_WAITING, ..QUIET };
        assert_eq!(judge(crowd, mark(1, 1)), Verdict::Busy);
    }
}
