//! The one next act of an open ask, and who can do it.

use serde::{Deserialize, Serialize};
use skein_event::MemberId;
use ts_rs::TS;

use super::ask::Promise;
use super::event::AskKind;
use super::state::{Held, Standing, ends_by_date};

/// Whoever leads is asked after so long whether somebody else should: thirty days.
const LEAD_TERM_MS: u64 = 30 * 86_400_000;

/// The one next act of an open ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Take it.
    Take,
    /// Accept one of the bids.
    Accept,
    /// Settle who does what was taken twice.
    Settle,
    /// Take over what was handed.
    TakeOver,
    /// Say whether it is on track.
    Check,
    /// Its time is over: go on, or release it.
    Replan,
    /// Do it, and say so.
    Deliver,
    /// Say whether it is good.
    Confirm,
    /// Bring it to its addressee.
    Send,
    /// Tell what the addressee answered.
    Answer,
    /// Hear that what was reported is done; never the next act of an open ask.
    Hear,
}

impl Standing<'_> {
    /// The next act, and who can do it; `None`: anybody. The most pressing first: what blocks others.
    pub fn next(&self, now_ms: u64) -> Option<(Act, Option<MemberId>)> {
        if !self.is_open() {
            return None;
        }
        let ask = self.ask;
        let minder = ask.leading().next().map_or(ask.by, |led| led.member);
        if let Some(one) = self.promises().find(|one| one.held == Held::Delivered) {
            return Some((Act::Confirm, Some(ask.receiver(one.promise))));
        }
        if self.contested {
            return Some((Act::Settle, Some(minder)));
        }
        if ask.kind == AskKind::Gig && self.promises().any(|one| one.held == Held::Bid) && !self.reached {
            return Some((Act::Accept, Some(ask.by)));
        }
        if ask.kind == AskKind::Petition {
            return Some(match (self.reached, ask.sent) {
                (false, _) => (Act::Take, None),
                (true, false) => (Act::Send, Some(minder)),
                (true, true) => (Act::Answer, Some(minder)),
            });
        }
        let waits_for_others = ends_by_date(ask).is_some() && !self.reached;
        let held =
            || self.promises().filter(|one| matches!(one.held, Held::Holds | Held::Returned)).map(|one| one.promise);
        if let Some(promise) = held().find(|promise| promise.handed.is_some()) {
            return Some((Act::TakeOver, promise.handed));
        }
        if !waits_for_others && let Some(promise) = held().min_by_key(|promise| self.due(promise).unwrap_or(u64::MAX)) {
            return Some((self.act_of(promise, now_ms), Some(self.ask.giver(promise))));
        }
        (!self.left).then_some((Act::Take, None))
    }

    /// What whoever gives is to do about a promise that holds.
    pub fn act_of(&self, promise: &Promise, now_ms: u64) -> Act {
        match () {
            () if self.due(promise).is_some_and(|due| now_ms > due) => Act::Replan,
            () if now_ms > self.half_time(promise) && self.ask.kind != AskKind::Shift => Act::Check,
            () => Act::Deliver,
        }
    }

    /// Whether somebody has led for so long that it is time to ask who is next.
    pub fn lead_is_long(&self, member: &MemberId, now_ms: u64) -> bool {
        let long = |tick: u64| now_ms > tick.saturating_add(LEAD_TERM_MS);
        self.is_open() && self.ask.leading().any(|led| led.member == *member && long(led.tick.ms()))
    }
}
