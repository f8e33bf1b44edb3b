//! Forks: two events of one device at the same place in its log.
//!
//! Both branches are kept, each as a log of its own that begins at the fork, so that whatever others built on either
//! still has its ground; both count, marked as `forked`, unless an app's rules say otherwise. No honest device builds on
//! a forked log once it knows, and a device that learns that its own log forked writes no more with that key.

use std::collections::BTreeSet;

use skein_event::{DeviceId, Event, EventId};
use skein_store::LogKey;

use crate::accept::Refused;
use crate::{Node, NodeError};

/// The most branches of one device that are kept. A device with more is at fault beyond doubt, and the rest is refused.
pub(crate) const MAX_BRANCHES: usize = 16;

impl Node {
    /// Makes the branch for an event that follows a kept event which already has another successor.
    pub(crate) fn branch_for(&mut self, event: &Event, now_ms: u64) -> Result<LogKey, Refused> {
        let author = event.body.author;
        let Some((parent, tick)) = self.fork_point(event)? else { return Err(Refused::Gap) };
        if self.store.logs_of(&author).count() >= MAX_BRANCHES {
            return Err(Refused::Bad("its author wrote more histories than are kept".into()));
        }
        let member = self.member_of(&author).expect("the caller found a log of this author");
        let fork = (parent, event.body.seq, event.body.prev, tick);
        let log = self.store.add_log(author, member, Some(fork))?;
        self.report_fork(&author, now_ms)?;
        self.new_forks.push((author, event.body.seq));
        Ok(log)
    }

    /// The log that holds the event before this one, and that event's tick.
    fn fork_point(&self, event: &Event) -> Result<Option<(LogKey, skein_event::Tick)>, Refused> {
        let Some(before) = event.body.seq.checked_sub(1) else {
            // Two first events: the branch stands beside the log from its very beginning.
            let first = self.store.logs_of(&event.body.author).next();
            return Ok(first.map(|log| (log.key, skein_event::Tick::ZERO)));
        };
        let place = self.store.find(&event.body.prev)?;
        Ok(place.filter(|place| place.seq == before).and_then(|place| {
            let same = self.store.log(place.log).is_some_and(|log| log.author == event.body.author);
            same.then_some((place.log, place.tick))
        }))
    }

    fn report_fork(&mut self, author: &DeviceId, now_ms: u64) -> Result<(), NodeError> {
        let message = if *author == self.device() {
            "Two copies of this device have written: probably its files were put back from an older copy. \
             Nothing is lost. Run `skein device renew` to go on with a fresh device."
        } else {
            "Two copies of this device have written, each not knowing of the other. Both are kept and marked. \
             Most often its files were put back from an older copy; its owner should run `skein device renew`."
        };
        self.report(now_ms, author, "fork", message)
    }

    /// What came at or after a new fork is `forked` from now on: the apps judge it anew, once its batch has been folded.
    pub(crate) fn judge_new_forks(&mut self, now_ms: u64) -> Result<(), NodeError> {
        if self.new_forks.is_empty() {
            return Ok(());
        }
        let mut objects = BTreeSet::new();
        for (author, from) in std::mem::take(&mut self.new_forks) {
            for log in self.store.logs_of(&author) {
                objects.extend(self.store.objects_from(log.key, from)?);
            }
        }
        for object in objects {
            self.refold(object, now_ms)?;
        }
        self.place_claims_anew()
    }

    /// The devices whose logs fork, and where; for people and for tests.
    pub fn forks(&self) -> Vec<(DeviceId, u64, EventId)> {
        self.store.logs().filter(|log| log.parent.is_some()).map(|log| (log.author, log.start, log.head)).collect()
    }
}
