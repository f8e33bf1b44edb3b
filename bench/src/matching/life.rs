//! Ninety days of a community, hour by hour: the same for every way of asking. Who sees an ask decides once, by chance; what
//! they take they do some hours later, well or not; whoever asked looks at it when they look at all.

use std::collections::VecDeque;

use super::people::{Dice, EXPIRES, HOURS, Person, Village, WORK};

/// Somebody took something.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Who.
    pub person: usize,
    /// When it will be done, in hours.
    pub due: u64,
    /// When they will learn that somebody was before them.
    yields: Option<u64>,
}

/// A need, as it really stands.
#[derive(Debug, Clone, Default)]
pub struct Need {
    /// Who does it now.
    pub claims: Vec<Claim>,
    /// Who has done it, unseen by whoever asked, and whether it is good.
    waiting: Vec<(Claim, bool)>,
    /// When it was first taken.
    first: Option<u64>,
    /// When it was done well.
    pub done: Option<u64>,
    /// How many saw it.
    asks: u64,
}

/// How it really stands with everything.
pub struct State<'a> {
    /// The community.
    pub village: &'a Village,
    /// The hour.
    pub hour: u64,
    /// What was needed up to now.
    pub needs: Vec<Need>,
    /// What each person was asked in the last 24 hours: when.
    asked: Vec<VecDeque<u64>>,
    /// How much each person has promised.
    pub holds: Vec<u32>,
    dice: Dice,
}

impl State<'_> {
    /// Whether a need waits for somebody.
    pub fn is_open(&self, need: usize) -> bool {
        let state = &self.needs[need];
        state.done.is_none() && state.claims.is_empty() && state.waiting.is_empty() && self.is_timely(need)
    }

    fn is_timely(&self, need: usize) -> bool {
        self.hour < self.village.wants[need].hour + EXPIRES
    }

    /// The needs that are not too old.
    pub fn timely(&self) -> impl Iterator<Item = usize> {
        let first = self.village.wants.partition_point(|want| want.hour + EXPIRES <= self.hour);
        first..self.needs.len()
    }

    /// Somebody.
    pub fn person(&self, person: usize) -> &Person {
        &self.village.people[person]
    }

    /// The chance that somebody takes a need if they are asked now.
    pub fn chance(&self, person: usize, need: usize) -> f64 {
        let who = self.person(person);
        if self.holds[person] >= u32::from(who.capacity) {
            return 0.0;
        }
        let skill = who.skills[self.village.wants[need].topic];
        who.willing * (0.25 + 0.75 * skill) * (-(self.asked[person].len() as f64) / 10.0).exp()
    }
}

/// A way of asking.
pub trait Way {
    /// Something was posted.
    fn posted(&mut self, _need: usize, _state: &State<'_>) {}
    /// An hour begins; what was posted in it is known.
    fn hour(&mut self, _state: &State<'_>) {}
    /// What somebody who looks now sees for the first time.
    fn sees(&mut self, person: usize, state: &State<'_>) -> Vec<usize>;
    /// Somebody takes it, or declines.
    fn decided(&mut self, _person: usize, _need: usize, _takes: bool, _state: &State<'_>) {}
    /// Somebody has done it.
    fn delivered(&mut self, _person: usize, _need: usize, _state: &State<'_>) {}
    /// Whoever asked says whether it is good.
    fn confirmed(&mut self, _person: usize, _need: usize, _good: bool, _state: &State<'_>) {}
    /// Somebody lays down what another was before them with.
    fn released(&mut self, _person: usize, _need: usize, _state: &State<'_>) {}
    /// After how many hours others hear of what one does.
    fn lag(&self) -> u64 {
        0
    }
    /// If people take what they are told to: the chance of that.
    fn command(&self) -> Option<f64> {
        None
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// The share that was done well within 96 hours.
    pub fulfilled: f64,
    /// The share that was done well six hours sooner than that.
    pub in_90_h: f64,
    /// The median hours until somebody took it; 96 if nobody did.
    pub first_p50: f64,
    /// Nine in ten were taken within so many hours.
    pub first_p90: f64,
    /// How many people saw each.
    pub asks: f64,
}

/// Ninety days.
pub fn live(village: &Village, way: &mut dyn Way, seed: u64) -> Outcome {
    let people = village.people.len();
    let mut state = State {
        village,
        hour: 0,
        needs: Vec::new(),
        asked: vec![VecDeque::new(); people],
        holds: vec![0; people],
        dice: Dice::new(seed ^ 0x5eed),
    };
    for hour in 0..HOURS {
        state.hour = hour;
        for asked in &mut state.asked {
            while asked.front().is_some_and(|at| at + 24 <= hour) {
                asked.pop_front();
            }
        }
        settle(&mut state, way);
        while village.wants.get(state.needs.len()).is_some_and(|want| want.hour == hour) {
            state.needs.push(Need::default());
            way.posted(state.needs.len() - 1, &state);
        }
        way.hour(&state);
        for person in &village.looking[hour as usize] {
            for need in way.sees(*person, &state) {
                decide(*person, need, &mut state, way);
            }
        }
    }
    outcome(&state)
}

fn decide(person: usize, need: usize, state: &mut State<'_>, way: &mut dyn Way) {
    let (hour, full) = (state.hour, state.holds[person] >= u32::from(state.person(person).capacity));
    let chance = way.command().unwrap_or_else(|| state.chance(person, need));
    state.asked[person].push_back(hour);
    state.needs[need].asks += 1;
    let takes = state.dice.share() < chance;
    if takes {
        // Who holds too much takes twice as long.
        let work = WORK.0 + state.dice.below(WORK.1 - WORK.0 + 1);
        let due = hour + if full { 2 * work } else { work };
        let late = !state.is_open(need);
        let yields = late.then(|| hour + way.lag());
        state.holds[person] += 1;
        let claimed = &mut state.needs[need];
        claimed.claims.push(Claim { person, due, yields });
        claimed.first.get_or_insert(hour);
    }
    way.decided(person, need, takes, state);
}

/// What was due is done; what was done is looked at; who came second lays it down once they know.
fn settle(state: &mut State<'_>, way: &mut dyn Way) {
    let hour = state.hour;
    let recent = state.village.wants.partition_point(|want| want.hour + EXPIRES + 72 <= hour);
    for need in recent..state.needs.len() {
        let want = state.village.wants[need];
        let (due, rest): (Vec<Claim>, Vec<Claim>) =
            state.needs[need].claims.iter().partition(|claim| claim.due <= hour);
        let others =
            |claim: &Claim| rest.iter().filter(|other| other.yields.is_none() && other.person != claim.person).count();
        let over = state.needs[need].done.is_some() || !state.needs[need].waiting.is_empty();
        let second = |claim: &&Claim| claim.yields.is_some_and(|at| at <= hour) && (over || others(claim) > 0);
        let yielding: Vec<Claim> = rest.iter().filter(second).copied().collect();
        state.needs[need].claims = rest.iter().filter(|claim| !second(claim)).copied().collect();
        for claim in yielding {
            state.holds[claim.person] -= 1;
            way.released(claim.person, need, state);
        }
        for claim in due {
            let good = state.dice.share() < state.person(claim.person).skills[want.topic];
            state.holds[claim.person] -= 1;
            if good && state.needs[need].done.is_none() {
                state.needs[need].done = Some(claim.due);
            }
            state.needs[need].waiting.push((claim, good));
            way.delivered(claim.person, need, state);
        }
        let looks = state.village.looking[hour as usize].contains(&want.owner);
        let seen = |(claim, _): &(Claim, bool)| looks && claim.due + way.lag() < hour;
        let (now, later): (Vec<_>, Vec<_>) = state.needs[need].waiting.iter().partition(|waiting| seen(waiting));
        state.needs[need].waiting = later;
        for (claim, good) in now {
            way.confirmed(claim.person, need, good, state);
        }
    }
}

fn outcome(state: &State<'_>) -> Outcome {
    // What was posted at the very end had no time.
    let counted: Vec<usize> =
        (0..state.needs.len()).filter(|need| state.village.wants[*need].hour + EXPIRES <= HOURS).collect();
    let of = counted.len() as f64;
    let since = |need: usize, at: u64| at - state.village.wants[need].hour;
    let good = |within: u64| {
        let good = |need: &&usize| state.needs[**need].done.is_some_and(|at| since(**need, at) <= within);
        counted.iter().filter(good).count() as f64 / of
    };
    let mut first: Vec<u64> =
        counted.iter().map(|need| state.needs[*need].first.map_or(EXPIRES, |at| since(*need, at))).collect();
    first.sort_unstable();
    let at = |share: f64| first[((first.len() - 1) as f64 * share) as usize] as f64;
    Outcome {
        fulfilled: good(EXPIRES),
        in_90_h: good(EXPIRES - 6),
        first_p50: at(0.5),
        first_p90: at(0.9),
        asks: counted.iter().map(|need| state.needs[*need].asks).sum::<u64>() as f64 / of,
    }
}
