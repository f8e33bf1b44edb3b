//! The product's own way of asking: everything that happens becomes a signed event in a real node, and what each person sees is
//! what `asks now` would show them, by the same function over the same rows.

use std::collections::BTreeMap;

use skein_apps::asks::matching::{Own, Round};
use skein_apps::asks::{AskKind, Event, Part, Posted, Profile, Promised, Unit, Words};
use skein_event::{EventId, ObjectId};

use super::life::{State, Way};
use super::log::{HOUR_MS, Log, START_MS, Stale};
use super::people::{EXPIRES, MEMBERS, TOPICS, Village};
use crate::world::cpu_seconds;

/// The engine over one community's log.
pub struct Engine {
    log: Log,
    asks: Vec<ObjectId>,
    numbers: BTreeMap<ObjectId, usize>,
    promises: BTreeMap<(usize, usize), EventId>,
    /// What stays on each person's device.
    own: Vec<Own>,
    round: Option<Round>,
    lag: u64,
    /// Whoever looks sees whether an ask is still free, however late the rest is heard.
    sees_free: bool,
    /// Pairs who say every day that the other has helped them, with what they cannot do.
    colluders: Vec<(usize, usize)>,
    /// How many favours they have made up.
    pub favours: usize,
    /// How long it took to work out who is asked, for each hour, in milliseconds.
    pub round_ms: Vec<f64>,
    /// How long it took to take what was written, in all, in milliseconds.
    pub fold_ms: f64,
}

impl Engine {
    /// Everybody has joined and said what they can be asked for.
    pub fn new(village: &Village, late: Option<(u64, Stale)>) -> Self {
        let mut log = Log::new(MEMBERS, late);
        for (number, person) in village.people.iter().enumerate() {
            let profile = Profile {
                topics: person.declared.iter().map(|topic| name(*topic)).collect(),
                learning: Vec::new(),
                capacity: person.capacity,
                hours: person.hours(),
            };
            log.say(number, None, &Event::Offering(profile));
        }
        let lag = late.map_or(0, |(lag, _)| lag);
        let sees_free = late.is_none_or(|(_, stale)| stale == Stale::Ranking);
        let own = vec![Own::default(); MEMBERS];
        let (asks, numbers, promises) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let (round, colluders, round_ms) = (None, Vec::new(), Vec::new());
        Self { log, asks, numbers, promises, own, round, lag, sees_free, colluders, favours: 0, round_ms, fold_ms: 0.0 }
    }

    /// Of every twenty people one colludes with the next.
    pub fn with_colluders(mut self) -> Self {
        self.colluders = (0..MEMBERS - 1).step_by(40).map(|one| (one, one + 1)).collect();
        self
    }

    /// A need that was never one: posted, taken, done and confirmed in one go, in another topic every day.
    fn collude(&mut self, day: usize) {
        for (one, two) in self.colluders.clone() {
            for (asks, helps) in [(one, two), (two, one)] {
                let (_, ask) =
                    self.log.say(asks, None, &Event::Posted(need(format!("Favour {day}"), day % TOPICS, None)));
                let promised = Promised { part: 0, amount: 1, note: String::new(), seen: 0 };
                let (promise, _) = self.log.say(helps, Some(ask), &Event::Promised(promised));
                self.log.say(helps, Some(ask), &Event::Delivered { promise, part: 0, note: String::new() });
                self.log.say(asks, Some(ask), &Event::Confirmed { promise, part: 0, good: true, note: String::new() });
                self.favours += 1;
            }
        }
    }

    fn about(&mut self, person: usize, need: usize, event: &Event) -> EventId {
        self.log.say(person, Some(self.asks[need]), event).0
    }

    /// How many asks, promises and confirmed deliveries the rows hold; and how many events were written.
    pub fn counts(&self) -> [usize; 4] {
        let count = |sql: &str| {
            let connection = self.log.now.store().connection();
            connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("can be counted") as usize
        };
        let asks = count("SELECT count(*) FROM asks_ask");
        let promises = count("SELECT count(*) FROM asks_promise");
        let outcomes = count("SELECT count(*) FROM asks_step WHERE kind <> 0");
        [asks, promises, outcomes, self.log.count]
    }
}

fn name(topic: usize) -> String {
    format!("topic {topic}")
}

fn need(title: String, topic: usize, until_ms: Option<u64>) -> Posted {
    let words = Words {
        title: title.clone(),
        text: String::new(),
        topic: name(topic),
        place: None,
        until_ms,
        urgent: false,
        share: None,
    };
    let parts = vec![Part { what: title, unit: Unit::Things, minimum: 1, optimum: 1, slot: None }];
    Posted { kind: AskKind::Need, words, parts, behalf: String::new(), addressee: String::new(), from: None }
}

impl Way for Engine {
    fn posted(&mut self, need: usize, state: &State<'_>) {
        let want = state.village.wants[need];
        self.log.hour(state.hour);
        let until_ms = Some(START_MS + (want.hour + EXPIRES) * HOUR_MS);
        let posted = self::need(format!("Need {need}"), want.topic, until_ms);
        let (_, ask) = self.log.say(want.owner, None, &Event::Posted(posted));
        self.asks.push(ask);
        self.numbers.insert(ask, need);
    }

    fn hour(&mut self, state: &State<'_>) {
        self.log.hour(state.hour);
        if state.hour.is_multiple_of(24) {
            self.collude(state.hour as usize / 24);
        }
        let start = cpu_seconds();
        self.log.fold(state.hour);
        self.fold_ms += (cpu_seconds() - start) * 1_000.0;
        let (now_ms, start) = (self.log.now_ms(), cpu_seconds());
        self.round = Some(self.log.look(|view| Round::read([], now_ms, view)).expect("the store works"));
        self.round_ms.push((cpu_seconds() - start) * 1_000.0);
    }

    fn sees(&mut self, person: usize, state: &State<'_>) -> Vec<usize> {
        let Some(round) = &self.round else { return Vec::new() };
        let own = &mut self.own[person];
        own.holds = state.holds[person];
        let old_ms = (START_MS + state.hour * HOUR_MS).saturating_sub((EXPIRES + 1) * HOUR_MS);
        own.shown.retain(|_, at_ms| *at_ms > old_ms);
        let mut seen = Vec::new();
        for invited in round.fitting(&self.log.member(person), own).into_iter().filter(|invited| invited.fresh) {
            let need = self.numbers[&invited.ask];
            // With everything heard at once, nobody takes what somebody took a minute ago.
            if !self.sees_free || state.is_open(need) {
                own.shown.insert(invited.ask, START_MS + state.hour * HOUR_MS);
                seen.push(need);
            }
        }
        seen
    }

    fn decided(&mut self, person: usize, need: usize, takes: bool, _: &State<'_>) {
        if takes {
            let promised = Promised { part: 0, amount: 1, note: String::new(), seen: 0 };
            let promise = self.about(person, need, &Event::Promised(promised));
            self.promises.insert((person, need), promise);
        } else {
            self.own[person].declined.insert(self.asks[need]);
        }
    }

    fn delivered(&mut self, person: usize, need: usize, state: &State<'_>) {
        self.log.hour(state.hour);
        let promise = self.promises[&(person, need)];
        self.about(person, need, &Event::Delivered { promise, part: 0, note: String::new() });
    }

    fn confirmed(&mut self, person: usize, need: usize, good: bool, state: &State<'_>) {
        self.log.hour(state.hour);
        let (owner, promise) = (state.village.wants[need].owner, self.promises[&(person, need)]);
        self.about(owner, need, &Event::Confirmed { promise, part: 0, good, note: String::new() });
        if !good {
            self.about(owner, need, &Event::Released { promise, note: String::new() });
        }
    }

    fn released(&mut self, person: usize, need: usize, state: &State<'_>) {
        self.log.hour(state.hour);
        let promise = self.promises[&(person, need)];
        self.about(person, need, &Event::Released { promise, note: String::new() });
        // It stays on their list; should it be free again, they see it as if for the first time.
        self.own[person].shown.remove(&self.asks[need]);
    }

    fn lag(&self) -> u64 {
        self.lag
    }
}
