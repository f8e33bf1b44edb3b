//! Who is asked: worked out on every device alike from what everybody can read, with no dispatcher. A device only ever answers
//! for its own person, and what that person declined or was shown stays on it.
//!
//! Why it is done so: `docs/decisions/0016-who-is-asked.md`.

mod facts;
mod head;
mod reasons;
mod score;
#[cfg(test)]
mod tests;
mod waves;

use std::collections::{BTreeMap, BTreeSet};

use skein_app::{Fault, Me, View};
use skein_event::{MemberId, ObjectId, Tick};

use self::facts::{DAY_MS, Facts};
use self::head::Head;
use self::waves::{Asked, Plan, plan};
use super::ask::Ask;
use super::desk::aside;
use super::state::Standing;

/// The most new asks that a person is shown in 24 hours because they fit.
const BUDGET: usize = 6;
/// The most asks whose waves are worked out at once: the newest with room. One that was shown before stays.
const MOST_HEADS: i64 = 300;
/// Of the newest asks that nobody ended, so many are looked at for room.
const MOST_LOOKED_AT: i64 = 3_000;
/// An older ask asks nobody any more.
const OLD_MS: u64 = 30 * DAY_MS;

/// Before this nobody is told that nobody took it: in a small community everybody was asked at once, and has not looked yet.
const PATIENCE_MS: u64 = DAY_MS;
/// The same for what is urgent.
const URGENT_PATIENCE_MS: u64 = DAY_MS / 24;

/// What only a person's own device knows.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Asks that they declined.
    pub declined: BTreeSet<ObjectId>,
    /// Asks that they were shown because they fit, and when.
    pub shown: BTreeMap<ObjectId, u64>,
    /// Whether they do not want to be asked now.
    pub paused: bool,
    /// How many promises they hold, as far as their own device knows.
    pub holds: u32,
}

/// An ask for which somebody is asked.
#[derive(Debug, Clone, Copy)]
pub struct Invited {
    head: usize,
    asked: Asked,
    /// The ask.
    pub ask: ObjectId,
    /// Whether they were not shown it before.
    pub fresh: bool,
}

/// Who is asked for what at one time, worked out from what one device has.
pub struct Round {
    facts: Facts,
    heads: Vec<Head>,
    plans: Vec<Plan>,
    now_ms: u64,
}

impl Round {
    /// Works it out for the newest asks that have room, and for these.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn read<'a>(also: impl IntoIterator<Item = &'a ObjectId>, now_ms: u64, view: &View<'_>) -> Result<Self, Fault> {
        let which = "a.object IN (SELECT object FROM asks_ask WHERE ended IS NULL ORDER BY tick DESC LIMIT ?1)
             AND a.tick > ?2 AND (a.until IS NULL OR a.until > ?3) AND EXISTS
               (SELECT 1 FROM asks_part t WHERE t.object = a.object AND t.optimum >
                   (SELECT coalesce(sum(p.amount), 0) FROM asks_promise p WHERE p.object = a.object AND p.part = t.part
                       AND p.released IS NULL AND (p.chosen = 1 OR p.chosen IS NULL AND a.kind <> 'gig')))
             ORDER BY a.tick DESC LIMIT ?4";
        let old = Tick::at_ms(now_ms.saturating_sub(OLD_MS)).raw() as i64;
        let mut heads = Head::all(which, (MOST_LOOKED_AT, old, now_ms as i64, MOST_HEADS), view)?;
        let known: BTreeSet<ObjectId> = heads.iter().map(|head| head.id).collect();
        for id in also.into_iter().filter(|id| !known.contains(id)).take(MOST_HEADS as usize) {
            let which = "a.id = ?1 AND a.ended IS NULL AND a.tick > ?2 AND (a.until IS NULL OR a.until > ?3)";
            heads.extend(Head::all(which, (id.to_string(), old, now_ms as i64), view)?);
        }
        let facts = Facts::read(&heads, now_ms, view)?;
        let plans = heads.iter().map(|head| plan(head, &facts, now_ms)).collect();
        Ok(Self { facts, heads, plans, now_ms })
    }

    /// The asks for which a member is asked now, those that were shown before first. What their own device knows is never
    /// told: whoever is skipped here is simply one of those who did not take it.
    pub fn fitting(&self, member: &MemberId, own: &Own) -> Vec<Invited> {
        let Some(place) = self.facts.place(member).filter(|_| !own.paused) else { return Vec::new() };
        let (mut kept, mut fresh) = (Vec::new(), Vec::new());
        for (number, (head, plan)) in self.heads.iter().zip(&self.plans).enumerate() {
            let Some(asked) = plan.asked.iter().find(|asked| asked.member == place) else { continue };
            let out = head.members_out(self.now_ms).any(|out| out == *member);
            if out || own.declined.contains(&head.id) || !head.has_room(self.now_ms) {
                continue;
            }
            let shown = own.shown.contains_key(&head.id);
            let list = if shown { &mut kept } else { &mut fresh };
            list.push(Invited { head: number, asked: *asked, ask: head.id, fresh: !shown });
        }
        let urgent = |invited: &Invited| self.heads[invited.head].urgent;
        fresh.sort_by(|a, b| {
            let order = urgent(b).cmp(&urgent(a)).then(b.asked.score.total_cmp(&a.asked.score));
            order.then(a.ask.cmp(&b.ask))
        });
        fresh.truncate(self.left_of_budget(place, own));
        kept.extend(fresh);
        kept
    }

    /// How many more asks may be shown to somebody.
    fn left_of_budget(&self, place: usize, own: &Own) -> usize {
        let member = &self.facts.members[place];
        if own.holds >= u32::from(member.capacity) {
            return 0;
        }
        let since_ms = self.now_ms.saturating_sub(DAY_MS);
        BUDGET.saturating_sub(own.shown.values().filter(|at_ms| **at_ms > since_ms).count())
    }

    /// How many promises a member holds.
    pub fn holds(&self, member: &MemberId) -> u32 {
        self.facts.place(member).map_or(0, |place| self.facts.open_at(place, self.now_ms))
    }

    /// Whether as many were asked as may be, there is room still, and whoever asks has waited for a while. An offer or a
    /// petition asks nobody; its poster is told after a week.
    pub(super) fn nobody_left(&self, ask: &Ask) -> bool {
        let is_older = |ms: u64| self.now_ms > ask.tick.ms().saturating_add(ms);
        if !head::asks_people(ask.kind) {
            return is_older(7 * DAY_MS);
        }
        let patience_ms = if ask.words.urgent { URGENT_PATIENCE_MS } else { PATIENCE_MS };
        let known = self.heads.iter().position(|head| head.id == ask.id);
        is_older(OLD_MS) || is_older(patience_ms) && known.is_some_and(|number| self.plans[number].over)
    }
}

/// An ask that fits this person.
pub(super) struct Fit {
    pub ask: Ask,
    /// Why, in plain words.
    pub reasons: Vec<String>,
}

/// What only this device knows of its person.
fn own(me: &Me, view: &View<'_>) -> Result<Own, Fault> {
    let declined = aside::all("declined/", view)?.into_iter().map(|(id, _)| id).collect();
    let shown = aside::all("shown/", view)?.into_iter().collect();
    let paused = aside::paused(me.now_ms, view)?.is_some();
    Ok(Own { declined, shown, paused, holds: 0 })
}

/// The asks for which this person is asked now; and the round, to ask it more.
///
/// # Errors
/// Only if the store fails.
pub(super) fn fitting(me: &Me, asked: &[Ask], view: &View<'_>) -> Result<(Vec<Fit>, Round), Fault> {
    let mut own = own(me, view)?;
    let posted = asked.iter().filter(|ask| ask.minds(&me.member)).map(|ask| &ask.id);
    let round = Round::read(posted.chain(own.shown.keys()), me.now_ms, view)?;
    own.holds = round.holds(&me.member);
    let mut fits = Vec::new();
    for invited in round.fitting(&me.member, &own) {
        // The whole ask knows more of whether it still waits than the few columns that waves are made from.
        let Some(ask) = Ask::one(round.heads[invited.head].row, view)? else { continue };
        if Standing::of(&ask, me.now_ms).has_room() {
            fits.push(Fit { reasons: round.reasons(&invited, &me.member), ask });
        }
    }
    Ok((fits, round))
}
