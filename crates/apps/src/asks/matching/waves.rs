//! Whom an ask has asked so far, and when: a pure function of the facts and the time.
//!
//! Each wave is worked out from what stood at its own time, so a later promise does not change who was asked before it, and all
//! devices that hold the same log get the same. The clock of waves stands still while there is no room.

use super::facts::Facts;
use super::head::Head;
use super::score::{self, LEARNS_BELOW};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// A wave asks until the chance that somebody takes it is this.
const LIKELY: f64 = 0.75;
/// The most that one wave asks for one place.
const MOST_IN_WAVE: usize = 5;
/// The most that are asked for one place; then who asks is told.
const MOST_ASKED: usize = 24;
/// One of so many is somebody who wants to learn it.
const LEARNER_EVERY: usize = 5;
/// The most waves, those in which nobody had time included.
const MOST_WAVES: u32 = 200;

/// Somebody who is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asked {
    /// The member, as numbered in the facts.
    pub member: usize,
    /// Which wave, from 0.
    pub wave: u32,
    pub at_ms: u64,
    pub score: f64,
    /// Asked because they want to learn it.
    pub learner: bool,
}

/// An ask's waves up to a time.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub asked: Vec<Asked>,
    /// Nobody is asked any more: as many as may be, or all there are.
    pub over: bool,
}

/// How long a wave has before the next.
fn pause_ms(head: &Head, asked: usize) -> u64 {
    if head.urgent {
        return 10 * MINUTE_MS;
    }
    3 * HOUR_MS + HOUR_MS * (asked / (4 * head.places)) as u64
}

/// Works it out.
pub(super) fn plan(head: &Head, facts: &Facts, now_ms: u64) -> Plan {
    let mut plan = Plan::default();
    let most = MOST_ASKED * head.places;
    let (mut at_ms, mut wave) = (head.posted_ms, 0);
    while let Some(room_ms) = head.room_from(at_ms) {
        let spent = plan.asked.len() >= most || wave >= MOST_WAVES;
        if room_ms > now_ms || spent {
            plan.over = spent && room_ms <= now_ms;
            return plan;
        }
        at_ms = room_ms;
        if !ask_some(&mut plan, head, facts, wave, at_ms) {
            plan.over = true;
            return plan;
        }
        wave += 1;
        at_ms += pause_ms(head, plan.asked.len());
    }
    plan
}

/// One wave; false: there is nobody left, now or later.
fn ask_some(plan: &mut Plan, head: &Head, facts: &Facts, wave: u32, at_ms: u64) -> bool {
    let mut left = Candidates::at(plan, head, facts, at_ms);
    let most = (MOST_ASKED * head.places).saturating_sub(plan.asked.len());
    let mut spare = most;
    for _ in 0..head.places {
        let mut nobody_takes_it = 1.0;
        for _ in 0..MOST_IN_WAVE.min(spare) {
            let learner_is_due = !head.urgent && plan.asked.len() % LEARNER_EVERY == LEARNER_EVERY - 1;
            let Some(next) = left.take(learner_is_due) else { break };
            plan.asked.push(Asked { member: next.member, wave, at_ms, score: next.score, learner: next.learner });
            spare -= 1;
            nobody_takes_it *= 1.0 - next.takes;
            if 1.0 - nobody_takes_it >= LIKELY {
                break;
            }
        }
    }
    spare < most || left.somebody_later
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    member: usize,
    score: f64,
    takes: f64,
    learner: bool,
}

/// Who can be asked at one time.
struct Candidates<'a> {
    /// The best last.
    ranked: Vec<Candidate>,
    head: &'a Head,
    facts: &'a Facts,
    /// Somebody has no time now and may have later.
    somebody_later: bool,
}

impl<'a> Candidates<'a> {
    fn at(plan: &Plan, head: &'a Head, facts: &'a Facts, at_ms: u64) -> Self {
        let fits = facts.fits(head);
        let mut out = vec![false; facts.members.len()];
        plan.asked.iter().for_each(|asked| out[asked.member] = true);
        head.members_out(at_ms).for_each(|member| {
            if let Some(place) = facts.place(&member) {
                out[place] = true;
            }
        });
        let slot = head.hours_at(at_ms);
        let mut left = Self { ranked: Vec::new(), head, facts, somebody_later: false };
        for (place, member) in facts.members.iter().enumerate() {
            if out[place] || member.capacity == 0 {
                continue;
            }
            let free = score::free(facts.open_at(place, at_ms), member.capacity);
            if free <= 0.0 {
                left.somebody_later = true;
                continue;
            }
            let here = score::here(slot.iter().any(|at| member.is_within_hours(*at)));
            let fit = &fits[place];
            left.ranked.push(Candidate {
                member: place,
                score: score::score(fit.base, here, free),
                takes: score::takes(fit.skill, here),
                learner: fit.learns && fit.skill < LEARNS_BELOW,
            });
        }
        left.order();
        left
    }

    /// Only the best are put in order: nobody asks the others.
    fn order(&mut self) {
        let (ask, members) = (self.head.id.as_bytes(), &self.facts.members);
        let tie = |candidate: &Candidate| score::tie(ask, members[candidate.member].id.as_bytes());
        let worse = |a: &Candidate, b: &Candidate| a.score.total_cmp(&b.score).then_with(|| tie(a).cmp(&tie(b)));
        let best = MOST_IN_WAVE * self.head.places;
        let learner = self.ranked.iter().copied().filter(|one| one.learner).max_by(|a, b| worse(a, b));
        if self.ranked.len() > best {
            let cut = self.ranked.len() - best;
            self.ranked.select_nth_unstable_by(cut, worse);
            self.ranked.drain(..cut);
        }
        self.ranked.sort_unstable_by(worse);
        if let Some(learner) = learner
            && self.ranked.iter().all(|one| one.member != learner.member)
        {
            self.ranked.insert(0, learner);
        }
    }

    /// The best; or, if a learner's turn has come, the best of those.
    fn take(&mut self, learner_is_due: bool) -> Option<Candidate> {
        let learner = self.ranked.iter().rposition(|one| one.learner).filter(|_| learner_is_due);
        match learner {
            Some(place) => Some(self.ranked.remove(place)),
            None => self.ranked.pop().map(|best| Candidate { learner: false, ..best }),
        }
    }
}
