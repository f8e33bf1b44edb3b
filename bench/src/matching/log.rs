//! The community's log, really signed: every member's device writes its own chain, and nodes take what was written, an hour at a
//! time, the way they take it from any other device.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use skein_app::{Ids, Pass, View};
use skein_apps::asks::{self, profile_id};
use skein_event::{
    AppName, Body, CommunityId, DeviceId, Event, EventId, MemberId, ObjectId, PayloadHash, Sealed, SecretKey, Tick,
};
use skein_node::{Answer, Effect, Frame, Input, Keys, Node};
use skein_store::{DbIds, Store};

use crate::world::rules;

/// When it begins: Monday, 2 March 2026, 00:00 UTC.
pub const START_MS: u64 = 1_772_409_600_000;
/// An hour.
pub const HOUR_MS: u64 = 3_600_000;
/// The most events in one frame: well below what fits.
const FRAME: usize = 500;

/// Somebody's device and its log.
struct Device {
    key: SecretKey,
    member: MemberId,
    seq: u64,
    prev: EventId,
}

/// An event as it was written.
#[derive(Clone)]
struct Written {
    person: usize,
    sealed: Sealed,
    /// Whether it posts an ask.
    posts: bool,
}

/// What the late view hears late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Everything.
    All,
    /// Everything but new asks: with them comes what their poster wrote before.
    ButAsks,
    /// The same; but whoever looks at an ask sees whether it is still free.
    Ranking,
}

/// A view that is behind.
struct Late {
    node: Node,
    lag: u64,
    stale: Stale,
    /// In the order in which it was written, and when it is heard.
    waiting: VecDeque<(u64, Written)>,
}

impl Late {
    /// What it hears in this hour, in the order in which it was written.
    fn hears(&mut self, hour: u64, fresh: &[Written]) -> Vec<Written> {
        self.waiting.extend(fresh.iter().map(|written| (hour + self.lag, written.clone())));
        let mut until: BTreeMap<usize, usize> = BTreeMap::new();
        if self.stale != Stale::All {
            let asks = self.waiting.iter().enumerate().filter(|(_, (_, written))| written.posts);
            until.extend(asks.map(|(at, (_, written))| (written.person, at)));
        }
        let mut heard = Vec::new();
        for (at, (due, written)) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            if due <= hour || until.get(&written.person).is_some_and(|last| at <= *last) {
                heard.push(written);
            } else {
                self.waiting.push_back((due, written));
            }
        }
        heard
    }
}

/// What was written, and those who have it.
pub struct Log {
    community: CommunityId,
    devices: Vec<Device>,
    tick: u64,
    written: Vec<Written>,
    /// Has everything.
    pub now: Node,
    late: Option<Late>,
    /// How many events were written.
    pub count: usize,
}

fn secret(of: u8, n: usize) -> SecretKey {
    let mut bytes = [of; 32];
    bytes[..8].copy_from_slice(&(n as u64).to_le_bytes());
    SecretKey::from_bytes(bytes)
}

fn ask(node: &mut Node, app: &str, command: serde_json::Value, now_ms: u64) -> EventId {
    let input = Input::Ask { ticket: 0, app: app.into(), command };
    match node.handle(vec![input], now_ms).expect("the store works").pop_answer() {
        Some(Ok(Answer::Said { event, .. })) => event,
        other => panic!("nothing was said: {other:?}"),
    }
}

trait PopAnswer {
    fn pop_answer(self) -> Option<Result<Answer, skein_app::Refusal>>;
}

impl PopAnswer for Vec<Effect> {
    fn pop_answer(self) -> Option<Result<Answer, skein_app::Refusal>> {
        self.into_iter().find_map(|effect| match effect {
            Effect::Answer { result, .. } => Some(result),
            _ => None,
        })
    }
}

impl Log {
    /// A community of so many, founded by somebody who is not to be asked. `late`: how many hours the view that people see is
    /// behind, and with what.
    pub fn new(people: usize, late: Option<(u64, Stale)>) -> Self {
        let (rules, before_ms) = (rules(), START_MS - 2 * HOUR_MS);
        let keys = Keys { device: secret(1, 0), member: secret(2, 0) };
        let payload = rules.roster.founding(&keys.member, &keys.device.device(), "Bench", "Founder");
        let app = AppName::new(rules.roster.app()).expect("the roster's app has a proper name");
        let community = Node::founds(keys.device.device(), app, &payload, before_ms);
        let founder = keys.device.device();
        let open = |keys| {
            let store = Store::in_memory().expect("opens");
            Node::open(rules, community, keys, false, store).expect("opens")
        };
        let mut now = open(keys);
        now.handle(vec![Input::Introduce { ticket: 0, payload }], before_ms).expect("founds");
        let invited = SecretKey::from_bytes([9; 32]);
        let invite = rules.roster.invite(invited.public(), 1_000, START_MS + 1_000 * HOUR_MS);
        let invitation = ask(&mut now, rules.roster.app(), invite, before_ms + 1);
        ask(&mut now, "asks", serde_json::json!({ "can": { "at_once": 0 } }), before_ms + 2);
        let pass = Pass { invitation, secret: invited };
        let late = late.map(|(lag, stale)| {
            let mut node = open(Keys { device: secret(3, 0), member: secret(4, 0) });
            crate::world::exchange(&mut now, &mut node);
            Late { node, lag, stale, waiting: VecDeque::new() }
        });
        let mut log = Self { community, devices: Vec::new(), tick: 0, written: Vec::new(), now, late, count: 0 };
        let home = ObjectId::created_by(&CommunityId::ZERO, &founder, 0);
        for n in 0..people {
            let (key, member) = (secret(5, n), secret(6, n));
            let device = Device { member: MemberId::from_bytes(member.public()), seq: 0, prev: EventId::ZERO, key };
            let joining = rules.roster.joining(&community, &member, &device.key.device(), &pass, &format!("P{n}"));
            log.devices.push(device);
            log.write(n, rules.roster.app(), home, joining, false);
        }
        // Whoever hands the log around must be known before they do.
        let first = log.devices[0].key.device();
        let up = || vec![Input::PeerUp { device: first, guest: true }];
        log.now.handle(up(), START_MS).expect("the store works");
        if let Some(late) = &mut log.late {
            late.node.handle(up(), START_MS).expect("the store works");
        }
        log
    }

    /// The member behind a number.
    pub fn member(&self, person: usize) -> MemberId {
        self.devices[person].member
    }

    /// Somebody says something about asks; gives the event and its object.
    pub fn say(&mut self, person: usize, about: Option<ObjectId>, event: &asks::Event) -> (EventId, ObjectId) {
        let device = &self.devices[person];
        let author = device.key.device();
        let fresh = ObjectId::created_by(&self.community, &author, device.seq);
        let object = match event {
            asks::Event::Offering(_) => profile_id(&self.community, &device.member),
            _ => about.unwrap_or(fresh),
        };
        let posts = matches!(event, asks::Event::Posted(_));
        (self.write(person, "asks", object, postcard::to_stdvec(event).expect("can be written"), posts), object)
    }

    fn write(&mut self, person: usize, app: &str, object: ObjectId, payload: Vec<u8>, posts: bool) -> EventId {
        self.tick += 1;
        self.count += 1;
        let device = &mut self.devices[person];
        let body = Body {
            community: self.community,
            author: device.key.device(),
            seq: device.seq,
            prev: device.prev,
            deps: Vec::new(),
            tick: Tick::at_ms(START_MS + self.tick),
            app: AppName::new(app).expect("a proper name"),
            object,
            payload: PayloadHash::ZERO,
            payload_len: 0,
        };
        let (event, signature) = Event::sign(body, payload, &device.key).expect("fits");
        (device.seq, device.prev) = (device.seq + 1, event.id);
        let payload = event.payload.bytes().map(<[u8]>::to_vec);
        let sealed = Sealed { body: event.bytes, payload, signature: Some(signature) };
        self.written.push(Written { person, sealed, posts });
        event.id
    }

    /// From now on it is this hour.
    pub fn hour(&mut self, hour: u64) {
        self.tick = self.tick.max(hour * HOUR_MS);
    }

    /// The time, after everything that was written.
    pub fn now_ms(&self) -> u64 {
        START_MS + self.tick + 1
    }

    /// Everything that was written is taken: by one node at once, by the other when it hears of it.
    pub fn fold(&mut self, hour: u64) {
        let (now_ms, from) = (self.now_ms(), self.devices[0].key.device());
        let written = std::mem::take(&mut self.written);
        if let Some(late) = &mut self.late {
            let heard = late.hears(hour, &written);
            take(&mut late.node, from, frames(heard), now_ms);
        }
        take(&mut self.now, from, frames(written), now_ms);
    }

    /// What people see.
    pub fn look<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        let node = self.late.as_ref().map_or(&self.now, |late| &late.node);
        let connection = node.store().connection();
        look(&View::of_all(connection, &DbIds(connection) as &dyn Ids))
    }
}

fn frames(mut written: Vec<Written>) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while !written.is_empty() {
        let rest = written.split_off(written.len().min(FRAME));
        frames.push(frame(written));
        written = rest;
    }
    frames
}

/// A frame carries one signature for each log: that of its last event.
fn frame(written: Vec<Written>) -> Vec<u8> {
    let mut signed = BTreeSet::new();
    let mut events: Vec<Sealed> = Vec::with_capacity(written.len());
    for Written { person, mut sealed, .. } in written.into_iter().rev() {
        if !signed.insert(person) {
            sealed.signature = None;
        }
        events.push(sealed);
    }
    events.reverse();
    Frame::Events(events).encode()
}

fn take(node: &mut Node, from: DeviceId, frames: Vec<Vec<u8>>, now_ms: u64) {
    for bytes in frames {
        let effects = node.handle(vec![Input::Frame { from, bytes }], now_ms).expect("the store works");
        let refused = effects.iter().find(|effect| matches!(effect, Effect::HangUp { .. } | Effect::Report(_)));
        assert!(refused.is_none(), "the node did not take it: {refused:?}");
    }
}
