//! The community's log, really signed: every member's device writes its own chain, and nodes take what was written, an hour at a
//! time, the way they take it from any other device.

use std::collections::{BTreeSet, VecDeque};

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

/// Frames, and when they were written.
type Waiting = VecDeque<(u64, Vec<Vec<u8>>)>;

/// What was written, and those who have it.
pub struct Log {
    community: CommunityId,
    devices: Vec<Device>,
    tick: u64,
    written: Vec<(usize, Sealed)>,
    /// Has everything.
    pub now: Node,
    /// Has what is older than the lag.
    late: Option<(Node, u64, Waiting)>,
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
    /// A community of so many, founded by somebody who is not to be asked. `lag`: how many hours the second view is behind.
    pub fn new(people: usize, lag: u64) -> Self {
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
        let late = (lag > 0).then(|| {
            let mut late = open(Keys { device: secret(3, 0), member: secret(4, 0) });
            crate::world::exchange(&mut now, &mut late);
            (late, lag, VecDeque::new())
        });
        let mut log = Self { community, devices: Vec::new(), tick: 0, written: Vec::new(), now, late, count: 0 };
        let home = ObjectId::created_by(&CommunityId::ZERO, &founder, 0);
        for n in 0..people {
            let (key, member) = (secret(5, n), secret(6, n));
            let device = Device { member: MemberId::from_bytes(member.public()), seq: 0, prev: EventId::ZERO, key };
            let joining = rules.roster.joining(&community, &member, &device.key.device(), &pass, &format!("P{n}"));
            log.devices.push(device);
            log.write(n, rules.roster.app(), home, joining);
        }
        // Whoever hands the log around must be known before they do.
        let first = log.devices[0].key.device();
        let up = || vec![Input::PeerUp { device: first, guest: true }];
        log.now.handle(up(), START_MS).expect("the store works");
        if let Some((late, ..)) = &mut log.late {
            late.handle(up(), START_MS).expect("the store works");
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
        (self.write(person, "asks", object, postcard::to_stdvec(event).expect("can be written")), object)
    }

    fn write(&mut self, person: usize, app: &str, object: ObjectId, payload: Vec<u8>) -> EventId {
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
        self.written.push((person, Sealed { body: event.bytes, payload, signature: Some(signature) }));
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

    /// Everything that was written is taken: by one node at once, by the other after the lag.
    pub fn fold(&mut self, hour: u64) {
        let (now_ms, from) = (self.now_ms(), self.devices[0].key.device());
        let mut frames = Vec::new();
        let mut written = std::mem::take(&mut self.written);
        while !written.is_empty() {
            let rest = written.split_off(written.len().min(FRAME));
            frames.push(frame(written));
            written = rest;
        }
        if let Some((late, lag, waiting)) = &mut self.late {
            waiting.push_back((hour + *lag, frames.clone()));
            while waiting.front().is_some_and(|(due, _)| *due <= hour) {
                let (_, frames) = waiting.pop_front().expect("there is one");
                take(late, from, frames, now_ms);
            }
        }
        take(&mut self.now, from, frames, now_ms);
    }

    /// What people see.
    pub fn look<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        let node = self.late.as_ref().map_or(&self.now, |(late, ..)| late);
        let connection = node.store().connection();
        look(&View::of_all(connection, &DbIds(connection) as &dyn Ids))
    }
}

/// A frame carries one signature for each log: that of its last event.
fn frame(written: Vec<(usize, Sealed)>) -> Vec<u8> {
    let mut signed = BTreeSet::new();
    let mut events: Vec<Sealed> = Vec::with_capacity(written.len());
    for (person, mut sealed) in written.into_iter().rev() {
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
