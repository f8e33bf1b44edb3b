//! The village itself: houses, links between them, and what befalls both. Time is virtual.

use std::collections::BTreeMap;

use skein_app::{Guest, Pass, View};
use skein_event::{AppName, CommunityId, DeviceId, EventId, SecretKey};
use skein_node::{Answer, Effect, Input, Node};
use skein_store::DbIds;

use crate::house::{House, RULES, keys};
use crate::{Monkey, Rng, Weather};

pub(crate) const DAY_MS: u64 = 24 * 3_600 * 1_000;
pub(crate) const YEAR_MS: u64 = 366 * DAY_MS;
/// The village begins in November 2023.
const DAWN_MS: u64 = 1_700_000_000_000;
/// The most steps that healing may take; more means that nodes talk for ever.
const MAX_HEALING_STEPS: usize = 200_000;

#[derive(Debug)]
pub(crate) enum Happening {
    Frame { link: u64, from: usize, to: usize, bytes: Vec<u8> },
    Break { link: u64, a: usize, b: usize },
    Timer { house: usize },
}

/// N houses.
pub struct Village {
    /// The houses.
    pub houses: Vec<House>,
    /// What may befall them.
    pub weather: Weather,
    /// The community.
    pub community: CommunityId,
    pub(crate) rng: Rng,
    pub(crate) now_ms: u64,
    pub(crate) queue: BTreeMap<(u64, u64), Happening>,
    pub(crate) order: u64,
    pub(crate) links: BTreeMap<(usize, usize), u64>,
    pub(crate) last_arrival: BTreeMap<(u64, usize), u64>,
    pub(crate) side: Vec<bool>,
    pub(crate) pass: Option<Pass>,
    pub(crate) acknowledged: BTreeMap<EventId, usize>,
    pub(crate) copies: BTreeMap<usize, Vec<u8>>,
    pub(crate) monkey: Monkey,
    pub(crate) ticket: u64,
}

impl Village {
    /// A village of `count` houses; the first has founded the community and invited the others.
    pub fn new(seed: u64, count: u8, weather: Weather) -> Self {
        let founder = keys(0);
        let rules = RULES();
        let payload = rules.roster.founding(&founder.member, &founder.device.device(), "Village", &House::name(0));
        let app = AppName::new(rules.roster.app()).expect("the roster's app has a proper name");
        let community = Node::founds(founder.device.device(), app, &payload, DAWN_MS);
        let houses: Vec<House> = (0..count).map(|n| House::new(keys(n), community)).collect();
        let mut village = Self {
            side: vec![false; houses.len()],
            houses,
            weather,
            community,
            rng: Rng::new(seed),
            now_ms: DAWN_MS,
            queue: BTreeMap::new(),
            order: 0,
            links: BTreeMap::new(),
            last_arrival: BTreeMap::new(),
            pass: None,
            acknowledged: BTreeMap::new(),
            copies: BTreeMap::new(),
            monkey: Monkey::knowing((0..count).map(House::name).collect()),
            ticket: 0,
        };
        village.houses.iter_mut().for_each(House::start);
        village.feed(0, vec![Input::Introduce { ticket: 0, payload }]);
        village.invite();
        village
    }

    fn invite(&mut self) {
        let secret = SecretKey::from_bytes([77; 32]);
        let rules = RULES();
        let command = rules.roster.invite(secret.public(), 1_000, DAWN_MS + 10 * YEAR_MS);
        if let Some(invitation) = self.ask(0, rules.roster.app(), command) {
            self.pass = Some(Pass { invitation, secret });
            // If somebody took back the one invitation that all come in by, those still outside would rightly stay there.
            self.monkey = Monkey::knowing((0..self.houses.len() as u8).map(House::name).collect());
        }
    }

    /// The true time.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Lets a house ask for something; gives the event, if it was not refused.
    pub fn ask(&mut self, house: usize, app: &str, command: serde_json::Value) -> Option<EventId> {
        self.ticket += 1;
        let ticket = self.ticket;
        self.feed(house, vec![Input::Ask { ticket, app: app.into(), command }])
    }

    /// One step of a living village: something is said, something befalls somebody, time goes on.
    pub fn step(&mut self) {
        self.step_doing(Self::type_something);
    }

    /// The same, with somebody (the house that it is given) who does this instead of whatever comes to their mind.
    pub fn step_doing(&mut self, act: impl FnOnce(&mut Self, usize)) {
        self.befall();
        let house = self.rng.below(self.houses.len() as u64) as usize;
        self.come_up(house);
        self.meet();
        act(self, house);
        let until = self.now_ms + 1 + self.rng.below(400);
        self.run_until(until);
    }

    fn type_something(&mut self, house: usize) {
        let Some(node) = self.houses[house].node() else { return };
        if node.standing().all(|device| device.device != self.houses[house].device()) {
            return;
        }
        let apps = RULES().apps;
        let app = apps[self.rng.below(apps.len() as u64) as usize];
        let Some(command) = self.monkey.command(app, &mut self.rng) else { return };
        if app.name() != RULES().roster.app() || self.may_part() {
            self.ask(house, app.name(), command);
        }
    }

    /// People may leave and be removed while most remain: a village that everybody has left has nothing to agree on.
    pub(crate) fn may_part(&mut self) -> bool {
        let in_any_eyes = |house: &House| {
            self.houses
                .iter()
                .filter_map(House::node)
                .any(|node| node.standing().any(|device| device.device == house.device() && device.cut.is_some()))
        };
        let gone = self.houses.iter().filter(|house| in_any_eyes(house)).count();
        self.weather.departures && gone * 4 < self.houses.len() && self.rng.chance(30)
    }

    pub(crate) fn come_up(&mut self, house: usize) {
        if self.houses[house].node().is_none() && self.houses[house].down_until_ms <= self.now_ms {
            self.houses[house].start();
            self.feed(house, vec![Input::Timer]);
        }
    }

    /// Runs what is due.
    pub fn run_until(&mut self, until_ms: u64) {
        while let Some((&(at, order), _)) = self.queue.first_key_value() {
            if at > until_ms {
                break;
            }
            self.now_ms = self.now_ms.max(at);
            let happening = self.queue.remove(&(at, order)).expect("it was just seen");
            self.happen(happening);
        }
        self.now_ms = self.now_ms.max(until_ms);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Frame { link, from, to, bytes } => {
                if self.links.get(&(from.min(to), from.max(to))) == Some(&link) {
                    let from = self.houses[from].device();
                    self.feed(to, vec![Input::Frame { from, bytes }]);
                }
            }
            Happening::Break { link, a, b } => self.break_link(link, a, b),
            Happening::Timer { house } => {
                self.feed(house, vec![Input::Timer]);
            }
        }
    }

    /// Gives a house something to deal with, and carries out what comes of it.
    pub(crate) fn feed(&mut self, house: usize, inputs: Vec<Input>) -> Option<EventId> {
        let own = inputs.iter().any(|input| matches!(input, Input::Ask { .. } | Input::Introduce { .. }));
        let dies = self.rng.chance(self.weather.crashes) && self.rng.chance(20);
        let crash_at = dies.then(|| 1 + self.rng.below(60) as u32);
        let up = self.houses[house].node().is_some();
        let Some(effects) = self.houses[house].handle(inputs, self.now_ms, crash_at) else {
            if up {
                self.houses[house].down_until_ms = self.now_ms + self.rng.below(5_000);
                self.break_links(|_, a, b| a == house || b == house);
            }
            return None;
        };
        if own && self.weather.power_cuts {
            self.houses[house].sync();
        }
        self.carry_out(house, effects)
    }

    fn carry_out(&mut self, house: usize, effects: Vec<Effect>) -> Option<EventId> {
        let mut said = None;
        for effect in effects {
            match effect {
                Effect::Send { to, frame } => self.send(house, to, frame),
                Effect::HangUp { device, .. } => self.hang_up(house, device),
                Effect::Answer { result: Ok(Answer::Said { event, object }), .. } => {
                    said = Some(event);
                    self.acknowledged.insert(event, house);
                    self.monkey.remember(event.to_string());
                    self.monkey.remember(object.to_string());
                }
                Effect::CaughtUp { .. } => self.join(house),
                Effect::Wake { at_ms, .. } => {
                    let skew = self.houses[house].skew_ms;
                    let at_ms = at_ms.saturating_add_signed(-skew).max(self.now_ms + 1);
                    self.schedule(at_ms, Happening::Timer { house });
                }
                _ => {}
            }
        }
        said
    }

    /// A newcomer that has read what there is, introduces itself.
    fn join(&mut self, house: usize) {
        let Some(pass) = self.pass.clone() else { return };
        let keys = &self.houses[house].keys;
        let device = keys.device.device();
        let Some(node) = self.houses[house].node() else { return };
        let invited = node.store().find(&pass.invitation).is_ok_and(|place| place.is_some());
        if !invited || node.store().logs_of(&device).next().is_some() {
            return;
        }
        let name = House::name(house as u8);
        let payload = RULES().roster.joining(&self.community, &keys.member, &device, &pass, &name);
        self.feed(house, vec![Input::Introduce { ticket: 0, payload }]);
    }

    pub(crate) fn schedule(&mut self, at_ms: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((at_ms, self.order), happening);
    }

    /// Runs until nothing is under way but timers far ahead.
    pub fn settle(&mut self) {
        let horizon = self.now_ms + 60_000;
        let mut steps = 0;
        while let Some((&(at, _), _)) = self.queue.first_key_value()
            && at <= horizon
        {
            self.run_until(at);
            steps += 1;
            assert!(steps < MAX_HEALING_STEPS, "the village talks for ever");
        }
    }

    /// Delivers bytes as if they came over a standing connection from `from`; gives what the house would do.
    pub fn deliver(&mut self, to: usize, from: DeviceId, bytes: Vec<u8>) -> Vec<Effect> {
        let now_ms = self.now_ms;
        self.houses[to].handle(vec![Input::Frame { from, bytes }], now_ms, None).unwrap_or_default()
    }

    /// Tells a house that time has passed.
    pub fn tick(&mut self, house: usize) {
        self.feed(house, vec![Input::Timer]);
    }

    /// How a stranger who shows `shown` is received at a house's door.
    ///
    /// # Errors
    /// What the stranger is told.
    pub fn knock(&self, house: usize, device: DeviceId, shown: Vec<u8>, at_ms: u64) -> Result<(), skein_app::Refusal> {
        let node = self.houses[house].node().expect("the house is up");
        let connection = node.store().connection();
        let ids = DbIds(connection);
        let guest = Guest { device, pass: shown };
        RULES().roster.admits(&self.community, &guest, at_ms, &View::of_all(connection, &ids))
    }

    /// The pass that all houses joined by.
    pub fn pass(&self) -> Pass {
        self.pass.clone().expect("a village begins with an invitation")
    }

    /// A village in fair weather in which everybody has joined.
    pub fn settled(count: u8) -> Self {
        let mut village = Self::new(1, count, Weather::fair());
        for _ in 0..3 {
            village.meet();
            village.settle();
        }
        village
    }
}
