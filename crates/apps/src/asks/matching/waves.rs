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
    tie: u64,
    takes: f64,
    learner: bool,
}

impl Candidate {
    fn is_worse(&self, other: &Self) -> bool {
        self.score.total_cmp(&other.score).then(self.tie.cmp(&other.tie)).is_lt()
    }
}

/// Who can be asked at one time.
struct Candidates {
    /// As many as one wave may ask, the best last; the rest is nobody's business.
    ranked: Vec<Candidate>,
    most: usize,
    /// The best of those who want to learn it.
    learner: Option<Candidate>,
    /// Somebody has no time now and may have later.
    somebody_later: bool,
}

impl Candidates {
    fn at(plan: &Plan, head: &Head, facts: &Facts, at_ms: u64) -> Self {
        let fits = facts.fits(head);
        let mut out = vec![false; facts.members.len()];
        plan.asked.iter().for_each(|asked| out[asked.member] = true);
        for place in head.members_out(at_ms).filter_map(|member| facts.place(&member)) {
            out[place] = true;
        }
        let (slots, again) = (head.hours_at(at_ms), head.failed(at_ms));
        let most = MOST_IN_WAVE * head.places;
        let mut left = Self { ranked: Vec::new(), most, learner: None, somebody_later: false };
        for (place, member) in facts.members.iter().enumerate() {
            if out[place] || member.capacity == 0 {
                continue;
            }
            let free = score::free(facts.open_at(place, at_ms), member.capacity);
            if free <= 0.0 {
                left.somebody_later = true;
                continue;
            }
            let here = score::here(slots.iter().any(|at| member.is_within_hours(*at)));
            let fit = &fits[place];
            let base = if again { score::sure(fit.skill) } else { fit.base };
            let score = score::score(base, here, free);
            let learner = fit.learns && fit.skill < LEARNS_BELOW;
            if learner || !left.is_full_of_better(score) {
                let tie = score::tie(head.id.as_bytes(), member.id.as_bytes());
                let takes = score::takes(fit.skill, here);
                left.add(Candidate { member: place, score, tie, takes, learner });
            }
        }
        left
    }

    fn is_full_of_better(&self, score: f64) -> bool {
        self.ranked.len() == self.most && self.ranked.first().is_some_and(|worst| score < worst.score)
    }

    fn add(&mut self, one: Candidate) {
        if one.learner && self.learner.is_none_or(|learner| learner.is_worse(&one)) {
            self.learner = Some(one);
        }
        let place = self.ranked.partition_point(|other| other.is_worse(&one));
        self.ranked.insert(place, one);
        if self.ranked.len() > self.most {
            self.ranked.remove(0);
        }
    }

    /// The best; or, if a learner's turn has come, the best of those.
    fn take(&mut self, learner_is_due: bool) -> Option<Candidate> {
        if let Some(learner) = self.learner.filter(|_| learner_is_due) {
            self.ranked.retain(|one| one.member != learner.member);
            self.learner = self.ranked.iter().copied().rfind(|one| one.learner);
            return Some(learner);
        }
        let best = self.ranked.pop()?;
        if self.learner.is_some_and(|learner| learner.member == best.member) {
            self.learner = self.ranked.iter().copied().rfind(|one| one.learner);
        }
        Some(Candidate { learner: false, ..best })
    }
}
