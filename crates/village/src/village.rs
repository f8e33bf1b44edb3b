//! The village itself: houses, links between them, and what befalls both. Time is virtual.

use std::collections::{BTreeMap, BTreeSet};

use skein_app::{Guest, Pass, Roster, View};
use skein_event::{AppName, CommunityId, DeviceId, EventId, SecretKey};
use skein_node::{Answer, Effect, Input, Node};
use skein_store::DbIds;

use crate::house::{House, RULES, keys};
use crate::{Monkey, Rng, Verdicts, oracle};

const DAY_MS: u64 = 24 * 3_600 * 1_000;
const YEAR_MS: u64 = 366 * DAY_MS;
/// The village begins in November 2023.
const DAWN_MS: u64 = 1_700_000_000_000;
/// The most steps that healing may take; more means that nodes talk for ever.
const MAX_HEALING_STEPS: usize = 200_000;

/// What may befall the village. All chances are in percent, for each step or frame.
#[derive(Debug, Clone)]
pub struct Weather {
    /// A frame is lost, and the link with it.
    pub loss: u64,
    /// A frame comes twice.
    pub duplication: u64,
    /// A frame overtakes others.
    pub reordering: u64,
    /// The longest delay of a frame.
    pub delay_ms: u64,
    /// The village is cut in two, or made whole.
    pub cuts: u64,
    /// A node dies, between or within its writes.
    pub crashes: u64,
    /// The power goes: what was not synced is gone too.
    pub power_cuts: bool,
    /// A clock is set wrong by up to a year, or set right.
    pub skew: bool,
    /// A house is away for thirty days.
    pub absence: bool,
    /// An older copy of a disk is put back.
    pub old_copies: bool,
    /// People leave and are removed.
    pub departures: bool,
}

impl Weather {
    /// What this seed brings.
    pub fn of_seed(rng: &mut Rng) -> Self {
        Self {
            loss: rng.below(6),
            duplication: rng.below(10),
            reordering: rng.below(10),
            delay_ms: 1 + rng.below(3_000),
            cuts: rng.below(4),
            crashes: rng.below(5),
            power_cuts: rng.chance(40),
            skew: rng.chance(40),
            absence: rng.chance(30),
            old_copies: rng.chance(25),
            departures: rng.chance(40),
        }
    }

    /// Nothing ever happens.
    pub fn fair() -> Self {
        Self {
            loss: 0,
            duplication: 0,
            reordering: 0,
            delay_ms: 5,
            cuts: 0,
            crashes: 0,
            power_cuts: false,
            skew: false,
            absence: false,
            old_copies: false,
            departures: false,
        }
    }
}

#[derive(Debug)]
enum Happening {
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
    rng: Rng,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    order: u64,
    links: BTreeMap<(usize, usize), u64>,
    last_arrival: BTreeMap<(u64, usize), u64>,
    side: Vec<bool>,
    pass: Option<Pass>,
    acknowledged: BTreeMap<EventId, usize>,
    copies: BTreeMap<usize, Vec<u8>>,
    monkey: Monkey,
    ticket: u64,
}

impl Village {
    /// A village of `count` houses; the first has founded the community and invited the others.
    pub fn new(seed: u64, count: u8, weather: Weather) -> Self {
        let founder = keys(0);
        let rules = RULES();
        let payload = rules.roster.founding(&founder.member, &founder.device.device(), "Village", "House 0");
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
            monkey: Monkey::default(),
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
        self.befall();
        let house = self.rng.below(self.houses.len() as u64) as usize;
        self.come_up(house);
        self.meet();
        self.type_something(house);
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
    fn may_part(&mut self) -> bool {
        let in_any_eyes = |house: &House| {
            self.houses
                .iter()
                .filter_map(House::node)
                .any(|node| node.standing().any(|device| device.device == house.device() && device.cut.is_some()))
        };
        let gone = self.houses.iter().filter(|house| in_any_eyes(house)).count();
        self.weather.departures && gone * 4 < self.houses.len() && self.rng.chance(30)
    }

    /// Bad luck, by the weather.
    fn befall(&mut self) {
        let house = self.rng.below(self.houses.len() as u64) as usize;
        if self.rng.chance(self.weather.cuts) {
            let whole = self.rng.chance(40);
            for side in 0..self.side.len() {
                self.side[side] = !whole && self.rng.chance(50);
            }
            self.break_links(|village, a, b| village.side[a] != village.side[b]);
        }
        if self.rng.chance(self.weather.crashes) {
            self.crash(house);
        }
        if self.weather.skew && self.rng.chance(2) {
            self.set_clock(house);
        }
        if self.weather.absence && self.rng.chance(1) {
            self.crash(house);
            self.houses[house].down_until_ms = self.now_ms + 30 * DAY_MS;
            if self.rng.chance(30) {
                self.now_ms += 30 * DAY_MS;
            }
        }
        if self.weather.old_copies {
            self.copy_or_put_back(house);
        }
    }

    fn set_clock(&mut self, house: usize) {
        let off = self.rng.below(2 * YEAR_MS) as i64 - YEAR_MS as i64;
        self.houses[house].skew_ms = if self.rng.chance(50) { off } else { 0 };
    }

    fn crash(&mut self, house: usize) {
        if self.weather.power_cuts && self.rng.chance(50) {
            if !self.houses[house].power_cut() {
                return;
            }
        } else {
            self.houses[house].crash();
        }
        self.houses[house].down_until_ms = self.now_ms + self.rng.below(20_000);
        self.break_links(|_, a, b| a == house || b == house);
    }

    /// Copies a disk, or puts the copy back: then what only the newer disk held was never safe.
    fn copy_or_put_back(&mut self, house: usize) {
        if self.rng.chance(2) {
            let copy = self.houses[house].copy_of_disk();
            self.copies.insert(house, copy);
        } else if self.rng.chance(1)
            && let Some(copy) = self.copies.get(&house).cloned()
        {
            self.houses[house].put_back(&copy);
            self.houses[house].sync_after_start();
            self.break_links(|_, a, b| a == house || b == house);
            self.forget_what_nobody_holds();
        }
    }

    fn forget_what_nobody_holds(&mut self) {
        let houses = &self.houses;
        self.acknowledged.retain(|id, _| {
            houses.iter().filter_map(House::node).any(|node| node.store().find(id).is_ok_and(|place| place.is_some()))
        });
    }

    fn come_up(&mut self, house: usize) {
        if self.houses[house].node().is_none() && self.houses[house].down_until_ms <= self.now_ms {
            self.houses[house].start();
            self.feed(house, vec![Input::Timer]);
        }
    }

    /// Houses that could talk and do not, connect.
    fn meet(&mut self) {
        for a in 0..self.houses.len() {
            for b in a + 1..self.houses.len() {
                let both_up = self.houses[a].node().is_some() && self.houses[b].node().is_some();
                if both_up && self.side[a] == self.side[b] && !self.links.contains_key(&(a, b)) {
                    self.connect(a, b);
                }
            }
        }
    }

    fn connect(&mut self, a: usize, b: usize) {
        let (Some(a_guest), Some(b_guest)) = (self.at_the_door(b, a), self.at_the_door(a, b)) else { return };
        self.order += 1;
        self.links.insert((a, b), self.order);
        let (a_device, b_device) = (self.houses[a].device(), self.houses[b].device());
        self.feed(b, vec![Input::PeerUp { device: a_device, guest: a_guest }]);
        self.feed(a, vec![Input::PeerUp { device: b_device, guest: b_guest }]);
    }

    /// How `guest` is let in by `host`: `Some(false)` as a member, `Some(true)` as a guest, `None` not at all.
    fn at_the_door(&self, host: usize, guest: usize) -> Option<bool> {
        let (house, keys) = (&self.houses[host], &self.houses[guest].keys);
        let node = house.node()?;
        let device = keys.device.device();
        if node.standing().next().is_none() || node.is_member(&device) {
            return Some(false); // a newcomer that knows nobody yet trusts its invitation
        }
        let pass = self.pass.as_ref()?;
        let roster: &dyn Roster = RULES().roster;
        let shown = roster.show_pass(&self.community, &keys.member, &device, pass);
        let connection = node.store().connection();
        let ids = DbIds(connection);
        let view = View::of_all(connection, &ids);
        let known = node.standing().any(|standing| standing.device == device);
        let guest = Guest { device, pass: shown };
        let admitted = roster.admits(&self.community, &guest, house.clock(self.now_ms), &view).is_ok();
        (admitted && !known).then_some(true)
    }

    fn break_links(&mut self, broken: impl Fn(&Self, usize, usize) -> bool) {
        let links: Vec<_> = self.links.iter().map(|((a, b), link)| (*a, *b, *link)).collect();
        for (a, b, link) in links {
            if broken(self, a, b) {
                self.break_link(link, a, b);
            }
        }
    }

    fn break_link(&mut self, link: u64, a: usize, b: usize) {
        if self.links.get(&(a, b)) != Some(&link) {
            return;
        }
        self.links.remove(&(a, b));
        let (a_device, b_device) = (self.houses[a].device(), self.houses[b].device());
        self.feed(a, vec![Input::PeerDown { device: b_device }]);
        self.feed(b, vec![Input::PeerDown { device: a_device }]);
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
    fn feed(&mut self, house: usize, inputs: Vec<Input>) -> Option<EventId> {
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
        let name = format!("House {house}");
        let payload = RULES().roster.joining(&self.community, &keys.member, &device, &pass, &name);
        self.feed(house, vec![Input::Introduce { ticket: 0, payload }]);
    }

    fn send(&mut self, from: usize, to: DeviceId, bytes: Vec<u8>) {
        let Some(to) = self.houses.iter().position(|house| house.device() == to) else { return };
        let pair = (from.min(to), from.max(to));
        let Some(&link) = self.links.get(&pair) else { return };
        if self.rng.chance(self.weather.loss) && self.rng.chance(30) {
            let at = self.now_ms + self.rng.below(self.weather.delay_ms);
            self.schedule(at, Happening::Break { link, a: pair.0, b: pair.1 });
            return;
        }
        let overtakes = self.rng.chance(self.weather.reordering);
        let last = self.last_arrival.get(&(link, to)).copied().unwrap_or(0);
        let arrival = self.now_ms + 1 + self.rng.below(self.weather.delay_ms);
        let arrival = if overtakes { arrival } else { arrival.max(last) };
        self.last_arrival.insert((link, to), arrival.max(last));
        if self.rng.chance(self.weather.duplication) {
            let again = arrival + self.rng.below(self.weather.delay_ms);
            self.schedule(again, Happening::Frame { link, from, to, bytes: bytes.clone() });
        }
        self.schedule(arrival, Happening::Frame { link, from, to, bytes });
    }

    fn hang_up(&mut self, house: usize, device: DeviceId) {
        let Some(other) = self.houses.iter().position(|house| house.device() == device) else { return };
        let pair = (house.min(other), house.max(other));
        if let Some(link) = self.links.get(&pair).copied() {
            self.break_link(link, pair.0, pair.1);
        }
    }

    fn schedule(&mut self, at_ms: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((at_ms, self.order), happening);
    }

    /// The weather clears, clocks are set right, everybody comes home, and time passes until all is said.
    pub fn heal(&mut self) {
        self.weather = Weather { departures: self.weather.departures, ..Weather::fair() };
        self.side.fill(false);
        for house in 0..self.houses.len() {
            self.houses[house].skew_ms = 0;
            self.houses[house].down_until_ms = 0;
            self.come_up(house);
        }
        // Links made in bad weather may have lost frames in the middle: as in a new morning, all are made anew.
        self.break_links(|_, _, _| true);
        for _ in 0..4 {
            self.meet();
            self.settle();
        }
        self.now_ms += 2 * YEAR_MS;
        for house in 0..self.houses.len() {
            self.feed(house, vec![Input::Timer]);
        }
        self.break_links(|_, _, _| true);
        for _ in 0..3 {
            self.meet();
            self.settle();
        }
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

    /// Judges the village as it stands.
    pub fn judge(&mut self) -> Verdicts {
        let rules = RULES();
        let belongs: Vec<bool> = self.belonging();
        oracle::judge(&mut self.houses, &belongs, &self.acknowledged, rules)
    }

    /// Which houses still belong, in the eyes of most.
    fn belonging(&self) -> Vec<bool> {
        let devices: Vec<DeviceId> = self.houses.iter().map(House::device).collect();
        let nodes: Vec<&Node> = self.houses.iter().filter_map(House::node).collect();
        let belongs = |device: &DeviceId| {
            let yes = nodes.iter().filter(|node| node.is_member(device)).count();
            yes * 2 > nodes.len()
        };
        devices.iter().map(belongs).collect()
    }

    /// Who stands how in whose eyes: one line for each running house, for the failure's report.
    pub fn eyes(&self) -> String {
        let line = |(index, house): (usize, &House)| {
            let node = house.node()?;
            let letter = |other: &House| if node.is_member(&other.device()) { 'x' } else { '.' };
            let members: String = self.houses.iter().map(letter).collect();
            let links: Vec<_> = self.links.keys().filter(|(a, b)| *a == index || *b == index).collect();
            Some(format!("  house {index}: {members} of {} events, links {links:?}\n", node.store().event_count()))
        };
        self.houses.iter().enumerate().filter_map(line).collect()
    }

    /// The devices whose logs fork, as each running house sees it.
    pub fn forked(&self) -> Vec<BTreeSet<DeviceId>> {
        let of = |node: &Node| node.forks().into_iter().map(|(device, _, _)| device).collect();
        self.houses.iter().filter_map(House::node).map(of).collect()
    }
}
