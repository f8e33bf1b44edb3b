//! Other ways of asking, to compare with: everybody, some by chance, a tree of managers, a dispatcher who knows everything.

use std::collections::BTreeSet;

use super::life::{State, Way};
use super::people::{Dice, MEMBERS, TOPICS};

/// Who was asked for what, and has not looked yet.
#[derive(Default)]
struct Inbox {
    waiting: Vec<Vec<usize>>,
    asked: Vec<BTreeSet<usize>>,
}

impl Inbox {
    fn new() -> Self {
        Self { waiting: vec![Vec::new(); MEMBERS], asked: Vec::new() }
    }

    fn ask(&mut self, person: usize, need: usize) {
        self.asked.resize(self.asked.len().max(need + 1), BTreeSet::new());
        if self.asked[need].insert(person) {
            self.waiting[person].push(need);
        }
    }

    fn was_asked(&self, person: usize, need: usize) -> bool {
        self.asked.get(need).is_some_and(|asked| asked.contains(&person))
    }

    /// What is open of it; the rest waits in case it is opened again.
    fn look(&mut self, person: usize, state: &State<'_>) -> Vec<usize> {
        let waiting = std::mem::take(&mut self.waiting[person]);
        let timely = waiting.into_iter().filter(|need| state.timely().next().is_some_and(|first| *need >= first));
        let (open, taken): (Vec<usize>, Vec<usize>) = timely.partition(|need| state.is_open(*need));
        self.waiting[person] = taken;
        open
    }
}

/// Everybody is asked.
pub struct Broadcast(Inbox);

impl Broadcast {
    /// Nobody was asked yet.
    pub fn new() -> Self {
        Self(Inbox::new())
    }
}

impl Way for Broadcast {
    fn posted(&mut self, need: usize, state: &State<'_>) {
        (0..MEMBERS)
            .filter(|person| *person != state.village.wants[need].owner)
            .for_each(|person| self.0.ask(person, need));
    }

    fn sees(&mut self, person: usize, state: &State<'_>) -> Vec<usize> {
        self.0.look(person, state)
    }
}

/// Three by chance every four hours.
pub struct Random(Inbox, Dice);

impl Random {
    /// Nobody was asked yet.
    pub fn new() -> Self {
        Self(Inbox::new(), Dice::new(3))
    }
}

impl Way for Random {
    fn hour(&mut self, state: &State<'_>) {
        let due =
            |need: &usize| (state.hour - state.village.wants[*need].hour).is_multiple_of(4) && state.is_open(*need);
        for need in state.timely().filter(due).collect::<Vec<_>>() {
            let owner = state.village.wants[need].owner;
            let (mut asked, mut tries) = (0, 0);
            while asked < 3 && tries < 50 {
                tries += 1;
                let person = self.1.below(MEMBERS as u64) as usize;
                if person != owner && !self.0.was_asked(person, need) {
                    self.0.ask(person, need);
                    asked += 1;
                }
            }
        }
    }

    fn sees(&mut self, person: usize, state: &State<'_>) -> Vec<usize> {
        self.0.look(person, state)
    }
}

/// A dispatcher who knows everybody's true skill, will, load and weariness, and who looks just now; asks so many an hour.
pub struct Dispatcher {
    inbox: Inbox,
    an_hour: usize,
}

impl Dispatcher {
    /// So many an hour for each need.
    pub fn new(an_hour: usize) -> Self {
        Self { inbox: Inbox::new(), an_hour }
    }
}

impl Way for Dispatcher {
    fn hour(&mut self, state: &State<'_>) {
        let looking = &state.village.looking[state.hour as usize];
        for need in state.timely().filter(|need| state.is_open(*need)).collect::<Vec<_>>() {
            let want = state.village.wants[need];
            for _ in 0..self.an_hour {
                let can = |person: &&usize| **person != want.owner && !self.inbox.was_asked(**person, need);
                let worth = |person: usize| {
                    // Who has been given something in this hour is likely to have no more room.
                    let chance = state.chance(person, need) / (1 + self.inbox.waiting[person].len()) as f64;
                    chance * state.person(person).skills[want.topic]
                };
                let best = looking.iter().filter(can).max_by(|a, b| worth(**a).total_cmp(&worth(**b)));
                if let Some(best) = best.copied().filter(|best| worth(*best) > 0.0) {
                    self.inbox.ask(best, need);
                }
            }
        }
    }

    fn sees(&mut self, person: usize, state: &State<'_>) -> Vec<usize> {
        self.inbox.look(person, state)
    }
}

/// 51 managers (40, 8, 2, 1). A request climbs until somebody below is known to fit, then goes down; each manager hands on two
/// things in an hour in which they look. Members take what they are told to, nine times in ten.
pub struct Managers {
    inbox: Inbox,
    /// What waits on each manager's desk.
    desks: Vec<Vec<usize>>,
    /// What each manager knows of members' real skills: four fifths of them.
    known: Vec<Vec<usize>>,
    told: Vec<u64>,
}

const TEAMS: usize = 40;
/// The manager above; 40 lead teams, then 8, 2 and 1.
fn above(manager: usize) -> Option<usize> {
    match manager {
        0..40 => Some(40 + manager / 5),
        40..48 => Some(48 + (manager - 40) / 4),
        48..50 => Some(50),
        _ => None,
    }
}

/// The leader of somebody's team.
fn leader(person: usize) -> usize {
    person % TEAMS
}

fn is_below(mut manager: usize, top: usize) -> bool {
    loop {
        if manager == top {
            return true;
        }
        match above(manager) {
            Some(next) => manager = next,
            None => return false,
        }
    }
}

impl Managers {
    /// With what they know of these people.
    pub fn new(state: &super::people::Village) -> Self {
        let mut dice = Dice::new(7);
        let mut knows = |person: usize| {
            let real = |topic: &usize| state.people[person].skills[*topic] > 0.4;
            (0..TOPICS).filter(real).filter(|_| dice.share() < 0.8).collect::<Vec<usize>>()
        };
        let known = (0..MEMBERS).map(&mut knows).collect();
        Self { inbox: Inbox::new(), desks: vec![Vec::new(); 51], known, told: vec![0; MEMBERS] }
    }

    /// Hands one thing on: to a member of one's own team, down, or up.
    fn hand_on(&mut self, manager: usize, need: usize, state: &State<'_>) {
        let want = state.village.wants[need];
        let fits = |person: &usize| {
            let known = self.known[*person].contains(&want.topic) && is_below(leader(*person), manager);
            known && *person != want.owner && !self.inbox.was_asked(*person, need)
        };
        let best = (51..MEMBERS).filter(fits).min_by_key(|person| self.told[*person]);
        match (best, above(manager)) {
            (Some(best), _) if leader(best) == manager => {
                self.told[best] += 1;
                self.inbox.ask(best, need);
            }
            (Some(best), _) => {
                let mut next = leader(best);
                while above(next) != Some(manager) {
                    next = above(next).unwrap_or(manager);
                }
                self.desks[next].push(need);
            }
            (None, Some(up)) => self.desks[up].push(need),
            (None, None) => self.desks[manager].push(need),
        }
    }
}

impl Way for Managers {
    fn posted(&mut self, need: usize, state: &State<'_>) {
        self.desks[leader(state.village.wants[need].owner)].push(need);
    }

    fn hour(&mut self, state: &State<'_>) {
        for manager in state.village.looking[state.hour as usize].iter().copied().filter(|person| *person < 51) {
            let mut desk = std::mem::take(&mut self.desks[manager]);
            desk.retain(|need| state.timely().next().is_some_and(|first| *need >= first));
            let rest = desk.split_off(desk.len().min(2));
            self.desks[manager] = rest;
            desk.into_iter().for_each(|need| self.hand_on(manager, need, state));
        }
    }

    fn sees(&mut self, person: usize, state: &State<'_>) -> Vec<usize> {
        self.inbox.look(person, state)
    }

    fn decided(&mut self, person: usize, need: usize, takes: bool, _: &State<'_>) {
        if !takes {
            self.desks[leader(person)].push(need);
        }
    }

    fn confirmed(&mut self, person: usize, need: usize, good: bool, _: &State<'_>) {
        if !good {
            self.desks[leader(person)].push(need);
        }
    }

    fn command(&self) -> Option<f64> {
        Some(0.92)
    }
}
