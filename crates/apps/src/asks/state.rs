//! Where an ask stands, worked out from its rows and the time: which promises hold and what is reached.
//!
//! What depends on a date is said by [`ends_by_date`]; whether that is sure already, by `heard.rs`, and nowhere else.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ask::{Ask, Promise};
use super::event::{AskKind, Ending};
use super::row::{CONFIRMED, RETURNED};

/// What was delivered counts as over, without credit to anybody, when nobody confirms it for so long: a week.
pub(super) const UNCONFIRMED_AFTER_MS: u64 = 7 * 86_400_000;
/// An ask without a date is asked after at this age: a week.
const HALF_TIME_MS: u64 = 7 * 86_400_000;

/// Where an ask stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It waits for promises.
    Open,
    /// Enough is promised.
    Taken,
    /// Something is delivered, and waits to be confirmed.
    Delivered,
    /// What was asked for is there.
    Done,
    /// It did not come together by its date; every promise is released.
    Failed,
    /// Its poster no longer asks.
    Withdrawn,
}

/// How a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// A bid that nobody has accepted yet.
    Bid,
    /// It holds.
    Holds,
    /// Others promised enough before: they help.
    Helps,
    /// On the waiting list of a shift.
    Waits,
    /// Said to be done.
    Delivered,
    /// Confirmed by who got it.
    Confirmed,
    /// Not there, or to be done again.
    Returned,
    /// No longer.
    Released,
}

impl Held {
    /// In a word, after the name of who promised.
    pub(super) fn word(self, kind: AskKind) -> &'static str {
        match self {
            Self::Bid => "bids",
            Self::Holds if kind == AskKind::Petition => "signed",
            Self::Holds => "promised",
            Self::Helps => "helps",
            Self::Waits => "on the waiting list",
            Self::Delivered => "says it is done",
            Self::Confirmed => "confirmed",
            Self::Returned => "to be done again",
            Self::Released => "released",
        }
    }
}

/// What a part has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Filled {
    /// The sum of the promises that hold; of what a date decides, of those that held on that date.
    pub promised: u64,
    /// The sum of those that were confirmed.
    pub confirmed: u64,
}

/// Where an ask stands, worked out once.
pub(super) struct Standing<'a> {
    pub ask: &'a Ask,
    /// For each promise, in the ask's own order.
    held: Vec<Held>,
    /// For each promise, whether whoever made it had not seen all those before it.
    unseen: Vec<bool>,
    pub filled: Vec<Filled>,
    pub reached: bool,
    pub state: State,
    /// Whether more people took a part than it needs, knowing nothing of one another, and nobody settled it.
    pub contested: bool,
    /// Whether it is a report that joined an ask which is not over: what is to be done is done there.
    pub left: bool,
    /// Whether it is a report that is done because what it joined is.
    pub by_its_fix: bool,
}

/// A promise, as it stands.
pub(super) struct Promised<'a> {
    pub promise: &'a Promise,
    pub held: Held,
    /// Whether whoever made it had not seen all those before it for the same part.
    pub unseen: bool,
}

impl<'a> Standing<'a> {
    /// Works it out.
    pub fn of(ask: &'a Ask, now_ms: u64) -> Self {
        let held: Vec<Held> = hold(ask);
        let filled: Vec<Filled> = (0..ask.parts.len()).map(|part| fill(ask, &held, part as u16)).collect();
        let reached = ask.parts.iter().zip(&filled).all(|(part, filled)| filled.promised >= part.minimum);
        let mut standing = Self {
            ask,
            held,
            unseen: unseen(ask),
            filled,
            reached,
            state: State::Open,
            contested: false,
            left: false,
            by_its_fix: false,
        };
        standing.contested = standing.is_contested();
        standing.state = standing.state(now_ms);
        standing.with_its_fix(now_ms);
        standing
    }

    /// A promise beyond what is needed whose author had not seen all those before it.
    fn is_contested(&self) -> bool {
        let extra = |held| matches!(held, Held::Helps | Held::Waits);
        self.promises().any(|one| one.unseen && one.promise.chosen.is_none() && extra(one.held))
    }

    /// A report that joined another ask stands as that one does, unless somebody took the report itself, and is done when that
    /// is: but not if that was done before there was this report, for then the trouble has come again. If that one fails or is
    /// withdrawn, the trouble is there as before.
    fn with_its_fix(&mut self, now_ms: u64) {
        let Some(fix) = self.ask.fix.as_ref().filter(|_| self.is_open()) else { return };
        let of_fix = Standing::of(fix, now_ms);
        self.left = of_fix.is_open();
        match of_fix.state {
            State::Done if fix.came_of_it_at() > self.ask.tick => {
                self.state = State::Done;
                self.by_its_fix = true;
            }
            State::Taken | State::Delivered if self.state == State::Open => self.state = of_fix.state,
            _ => {}
        }
    }

    fn state(&self, now_ms: u64) -> State {
        let ask = self.ask;
        match ask.ended {
            Some(Ending::Done) => return State::Done,
            Some(Ending::Withdrawn) => return State::Withdrawn,
            Some(Ending::Failed) => return State::Failed,
            None => {}
        }
        if ends_by_date(ask).is_some_and(|at| now_ms > at) && !self.reached {
            return State::Failed;
        }
        if ask.kind == AskKind::Petition {
            return match () {
                () if !self.reached => State::Open,
                () if ask.answered => State::Done,
                () => State::Taken,
            };
        }
        let delivered = self.held.contains(&Held::Delivered);
        let done = match ask.kind {
            AskKind::Gig => self.held.contains(&Held::Confirmed),
            AskKind::Report => self.held.iter().any(|held| matches!(held, Held::Confirmed | Held::Delivered)),
            _ => ask.parts.iter().zip(&self.filled).all(|(part, filled)| filled.confirmed >= part.minimum),
        };
        match () {
            () if done => State::Done,
            () if delivered && self.unconfirmed_is_over(now_ms) => State::Done,
            () if delivered => State::Delivered,
            () if self.reached => State::Taken,
            () => State::Open,
        }
    }

    /// All that holds was delivered, and nobody said anything for a week.
    fn unconfirmed_is_over(&self, now_ms: u64) -> bool {
        let old = |promise: &Promise| {
            promise.delivered().is_some_and(|step| now_ms > step.tick.ms().saturating_add(UNCONFIRMED_AFTER_MS))
        };
        let open = |one: Promised<'_>| match one.held {
            Held::Delivered => !old(one.promise),
            Held::Holds | Held::Returned | Held::Bid => true,
            _ => false,
        };
        self.reached && !self.promises().any(open)
    }

    /// Whether it waits for somebody.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Taken | State::Delivered)
    }

    /// Whether more promises are wanted.
    pub fn has_room(&self) -> bool {
        let room = |(part, filled): (&super::event::Part, &Filled)| filled.promised < part.optimum;
        self.is_open() && !self.left && self.ask.parts.iter().zip(&self.filled).any(room)
    }

    /// All promises, in the order in which they were made; those that were released, too.
    pub fn promises(&self) -> impl Iterator<Item = Promised<'a>> {
        let each = self.ask.promises.iter().zip(&self.held).zip(&self.unseen);
        each.map(|((promise, held), unseen)| Promised { promise, held: *held, unseen: *unseen })
    }

    /// How one promise stands.
    pub fn held(&self, promise: &Promise) -> Held {
        let place = self.ask.promises.iter().position(|other| other.id == promise.id);
        place.map_or(Held::Released, |place| self.held[place])
    }

    /// When whoever promised is asked whether they are on track: at half the time that they have.
    pub fn half_time(&self, promise: &Promise) -> u64 {
        let from = promise.on_track.unwrap_or(promise.tick).ms();
        let until = promise.until_ms.or(self.due(promise)).unwrap_or(from.saturating_add(2 * HALF_TIME_MS));
        from.saturating_add(until.saturating_sub(from) / 2)
    }

    /// By when a promise is to be kept.
    pub fn due(&self, promise: &Promise) -> Option<u64> {
        let slot = self.ask.parts.get(usize::from(promise.part)).and_then(|part| part.slot);
        promise.until_ms.or(slot.map(|slot| slot.1)).or(self.ask.words.until_ms)
    }
}

/// When a kind that comes together by a date, or not at all, is decided.
pub(super) fn ends_by_date(ask: &Ask) -> Option<u64> {
    match ask.kind {
        AskKind::Campaign | AskKind::Petition => ask.words.until_ms,
        AskKind::Shift => ask.parts.iter().filter_map(|part| part.slot).map(|slot| slot.1).max(),
        _ => None,
    }
}

/// How each promise stands: in order of time, as long as there is room; unless somebody chose.
fn hold(ask: &Ask) -> Vec<Held> {
    let mut taken = vec![0_u64; ask.parts.len()];
    let mut one = |promise: &Promise| {
        let part = usize::from(promise.part);
        let (Some(taken), Some(wanted)) = (taken.get_mut(part), ask.parts.get(part)) else { return Held::Released };
        if promise.released.is_some() {
            return Held::Released;
        }
        let over = match ask.kind {
            AskKind::Shift => Held::Waits,
            AskKind::Gig => Held::Bid,
            _ => Held::Helps,
        };
        let holds = match (ask.kind, promise.chosen) {
            (_, Some(holds)) => holds,
            (AskKind::Gig, None) => false,
            (AskKind::Petition, None) => true,
            _ => *taken < wanted.optimum,
        };
        if holds {
            *taken = taken.saturating_add(promise.amount);
        }
        match came_of(ask, promise) {
            Some(came) => came,
            None if holds => Held::Holds,
            None if promise.chosen == Some(false) && ask.kind == AskKind::Gig => Held::Released,
            None => over,
        }
    };
    ask.promises.iter().map(&mut one).collect()
}

fn came_of(ask: &Ask, promise: &Promise) -> Option<Held> {
    let all = match ask.kind {
        AskKind::Gig => promise.is_confirmed(0..ask.parts.len() as u16),
        _ => promise.is_confirmed(std::iter::once(promise.part)),
    };
    if all {
        return Some(Held::Confirmed);
    }
    if promise.delivered().is_some() {
        return Some(Held::Delivered);
    }
    match promise.steps.last().map(|step| step.kind) {
        Some(RETURNED) => Some(Held::Returned),
        _ => None,
    }
}

fn fill(ask: &Ask, held: &[Held], part: u16) -> Filled {
    let mut filled = Filled::default();
    let ends = ends_by_date(ask);
    for (promise, held) in ask.promises.iter().zip(held) {
        let of_part = ask.kind == AskKind::Gig || promise.part == part;
        let amount = if ask.kind == AskKind::Gig { ask.parts[usize::from(part)].optimum } else { promise.amount };
        // What stood on the date decides: who lays it down later cannot undo what came together.
        let too_late = ends.zip(promise.released).is_some_and(|(ends, released)| released.ms() > ends);
        let holds = matches!(held, Held::Holds | Held::Delivered | Held::Confirmed | Held::Returned);
        if of_part && (holds || too_late) {
            filled.promised = filled.promised.saturating_add(amount);
        }
        let confirmed = promise.step(part).is_some_and(|step| step.kind == CONFIRMED);
        if of_part && confirmed && *held != Held::Released {
            filled.confirmed = filled.confirmed.saturating_add(amount);
        }
    }
    filled
}

/// For each promise, whether whoever made it had not seen all those before it for the same part. Bids are no claims.
fn unseen(ask: &Ask) -> Vec<bool> {
    let mut before = vec![0_u32; ask.parts.len()];
    let mut one = |promise: &Promise| {
        let claims = promise.released.is_none() && ask.kind != AskKind::Gig;
        let Some(before) = before.get_mut(usize::from(promise.part)).filter(|_| claims) else { return false };
        *before += 1;
        *before - 1 > promise.seen
    };
    ask.promises.iter().map(&mut one).collect()
}
