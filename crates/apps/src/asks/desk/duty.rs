//! What one person has to do for one ask, if it is their turn.

use skein_app::Me;

use super::now::{Item, Urgency};
use crate::asks::ask::{Ask, Promise};
use crate::asks::event::AskKind;
use crate::asks::matching::Round;
use crate::asks::next::Act;
use crate::asks::state::{Held, Promised, Standing, UNCONFIRMED_AFTER_MS, ends_by_date};

/// What this person has to do for an ask; the most pressing of it.
pub fn of(me: &Me, ask: &Ask, round: &Round) -> Option<Item> {
    let standing = Standing::of(ask, me.now_ms);
    let turn = Turn { me, ask, standing };
    if !turn.standing.is_open() {
        return None;
    }
    turn.blocking().or_else(|| turn.choosing()).or_else(|| turn.giving()).or_else(|| turn.minding(round))
}

struct Turn<'a> {
    me: &'a Me,
    ask: &'a Ask,
    standing: Standing<'a>,
}

impl Turn<'_> {
    fn item(&self, urgency: Urgency, act: Act, why: &str, promise: Option<&Promise>) -> Option<Item> {
        let due = promise.and_then(|promise| self.standing.due(promise)).or(self.ask.words.until_ms);
        let due_ms = due.unwrap_or(u64::MAX);
        let promise = promise.map(|promise| promise.id);
        Some(Item { urgency, due_ms, act, why: why.into(), fit: Vec::new(), promise, ask: self.ask.clone() })
    }

    fn minds(&self) -> bool {
        self.ask.minds(&self.me.member)
    }

    fn gets(&self, promise: &Promise) -> bool {
        let (ask, me) = (self.ask, self.me.member);
        ask.receiver(promise) == me || (self.minds() && ask.giver(promise) != me)
    }

    /// What others wait for.
    fn blocking(&self) -> Option<Item> {
        let delivered = |one: &Promised<'_>| one.held == Held::Delivered && self.gets(one.promise);
        if let Some(Promised { promise, .. }) = self.standing.promises().find(delivered) {
            let half = UNCONFIRMED_AFTER_MS / 2;
            let old = promise.delivered().is_some_and(|step| self.me.now_ms > step.tick.ms() + half);
            let why =
                if old { "It was said to be done days ago: is it?" } else { "It is said to be done: is it good?" };
            return self.item(Urgency::Blocks, Act::Confirm, why, Some(promise));
        }
        if self.standing.contested && self.minds() {
            let why = "Several people took this while they could not hear one another. One tap settles it.";
            return self.item(Urgency::Blocks, Act::Settle, why, None);
        }
        let handed = |one: &Promised<'_>| one.promise.handed == Some(self.me.member) && one.held != Held::Released;
        let Promised { promise, .. } = self.standing.promises().find(handed)?;
        self.item(Urgency::Blocks, Act::TakeOver, "You were asked to take this over.", Some(promise))
    }

    /// What only the poster or a lead can choose.
    fn choosing(&self) -> Option<Item> {
        let (next, who) = self.standing.next(self.me.now_ms)?;
        let mine = who == Some(self.me.member);
        match next {
            Act::Accept if mine => self.item(Urgency::Blocks, Act::Accept, "There are bids.", None),
            Act::Send if mine => {
                let why = "It has all the signatures: bring it to its addressee.";
                self.item(Urgency::Blocks, Act::Send, why, None)
            }
            Act::Answer if mine => {
                let why = "You brought it to its addressee: tell all who signed what the answer is.";
                self.item(Urgency::Calm, Act::Answer, why, None)
            }
            _ => None,
        }
    }

    /// What this person promised and has not given yet: what is due first.
    fn giving(&self) -> Option<Item> {
        if ends_by_date(self.ask).is_some() && !self.standing.reached {
            return None;
        }
        let gives = |one: &Promised<'_>| {
            self.ask.giver(one.promise) == self.me.member && matches!(one.held, Held::Holds | Held::Returned)
        };
        let due = |promise: &Promise| self.standing.due(promise);
        let first = self.standing.promises().filter(gives).min_by_key(|one| due(one.promise).unwrap_or(u64::MAX));
        let Promised { promise, held, .. } = first?;
        let calm = if due(promise).is_some() { Urgency::Dated } else { Urgency::Calm };
        let (urgency, act, why) = match self.standing.act_of(promise, self.me.now_ms) {
            Act::Replan => (Urgency::Blocks, Act::Replan, "Its time is over: go on, or release it."),
            Act::Check => (calm, Act::Check, "Half the time is over: is it on track?"),
            act if held == Held::Returned => (Urgency::Blocks, act, "It was not there, or is to be done again."),
            act if self.ask.kind == AskKind::Shift => (calm, act, "You are on this shift."),
            act => (calm, act, "You promised this."),
        };
        self.item(urgency, act, why, Some(promise))
    }

    /// What whoever minds it should think about.
    fn minding(&self, round: &Round) -> Option<Item> {
        let (next, _) = self.standing.next(self.me.now_ms)?;
        if self.minds() && next == Act::Take && round.nobody_left(self.ask) {
            let why = "Nobody has taken it yet. Split it, say it differently, move its date, or tell more people.";
            return self.item(Urgency::Dated, Act::Replan, why, None);
        }
        if self.standing.lead_is_long(&self.me.member, self.me.now_ms) && self.ask.by != self.me.member {
            let why = "You have led this for a month: keep it, share it, or hand it on?";
            return self.item(Urgency::Calm, Act::Check, why, None);
        }
        None
    }
}
