//! A community of a few real nodes, whose frames are carried by hand.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use skein_app::{Pass, Refusal};
use skein_event::{AppName, CommunityId, DeviceId, EventId, ObjectId, SecretKey, Tick};
use skein_node::{Answer, Effect, Input, Keys, Node};
use skein_store::Store;

use super::{RULES, START_MS};
use crate::{APPS, ROSTER};

fn keys(n: usize) -> Keys {
    let key = |n| SecretKey::from_bytes([n; 32]);
    Keys { device: key(n as u8 + 1), member: key(n as u8 + 101) }
}

/// Members of one community, each with one device. The first founded it.
pub struct Town {
    nodes: Vec<Node>,
    /// The clock of all devices.
    pub now_ms: u64,
}

impl Town {
    /// A community called "Garden" whose members have these names.
    pub fn of(names: &[&str]) -> Self {
        let mut town = Self { nodes: Vec::new(), now_ms: START_MS };
        let founder = keys(0);
        let device = founder.device.device();
        let payload = ROSTER.founding(&founder.member, &device, "Garden", names[0]);
        let app = AppName::new(ROSTER.app()).expect("a proper name");
        let community = Node::founds(device, app, &payload, town.now_ms);
        town.open(community, founder);
        town.introduce(0, payload);
        let secret = SecretKey::from_bytes([99; 32]);
        let invite = ROSTER.invite(secret.public(), 1_000, town.now_ms + 1_000_000_000);
        let invitation = town.say(0, ROSTER.app(), invite);
        for (n, name) in names.iter().enumerate().skip(1) {
            let keys = keys(n);
            let pass = Pass { invitation, secret: secret.clone() };
            let payload = ROSTER.joining(&community, &keys.member, &keys.device.device(), &pass, name);
            town.open(community, keys);
            town.meet(&[0, n]);
            town.introduce(n, payload);
        }
        town.meet_all();
        town
    }

    fn open(&mut self, community: CommunityId, keys: Keys) {
        let store = Store::in_memory().expect("opens");
        self.nodes.push(Node::open(RULES, community, keys, false, store).expect("opens"));
    }

    fn introduce(&mut self, who: usize, payload: Vec<u8>) {
        let done = self.handle(who, Input::Introduce { ticket: 0, payload });
        answer(done).expect("is introduced");
    }

    fn handle(&mut self, who: usize, input: Input) -> Vec<Effect> {
        self.nodes[who].handle(vec![input], self.now_ms).expect("the store works")
    }

    /// A member asks for something; a second later than the last time.
    ///
    /// # Errors
    /// What the app refuses.
    pub fn ask(&mut self, who: usize, app: &str, command: Value) -> Result<Answer, Refusal> {
        self.now_ms += 1_000;
        answer(self.handle(who, Input::Ask { ticket: 0, app: app.into(), command }))
    }

    /// A member says something that must be accepted; gives the event.
    pub fn say(&mut self, who: usize, app: &str, command: Value) -> EventId {
        match self.ask(who, app, command) {
            Ok(Answer::Said { event, .. }) => event,
            other => panic!("nothing was said: {other:?}"),
        }
    }

    /// This device has read an object up to here.
    pub fn mark(&mut self, who: usize, object: ObjectId, tick: Tick) {
        self.handle(who, Input::Mark { object, tick });
    }

    /// A member's question.
    ///
    /// # Errors
    /// What the app refuses.
    pub fn query(&self, who: usize, app: &str, query: Value) -> Result<Value, Refusal> {
        let node = &self.nodes[who];
        let me = skein_app::Me {
            community: node.community(),
            device: node.device(),
            member: node.member(),
            now_ms: self.now_ms,
            keeper: false,
        };
        skein_node::query(RULES, node.store().connection(), &me, app, query)
    }

    /// The answer to a question that must be answered, as text for a terminal.
    pub fn text(&self, who: usize, app: &str, query: Value) -> String {
        let answer = self.query(who, app, query).expect("is answered");
        RULES.app(app).expect("is an app").text(&answer).expect("can be drawn")
    }

    /// All meet, and go their own ways when they have nothing more to tell.
    pub fn meet_all(&mut self) {
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        self.meet(&all);
    }

    /// These meet, and go their own ways when they have nothing more to tell.
    pub fn meet(&mut self, who: &[usize]) {
        let devices: BTreeMap<DeviceId, usize> = who.iter().map(|n| (self.nodes[*n].device(), *n)).collect();
        let mut inputs = VecDeque::new();
        for (device, other) in devices.iter().flat_map(|a| devices.values().map(move |b| (*a.0, *b))) {
            let guest = !self.nodes[other].is_member(&device) && self.nodes[other].standing().next().is_some();
            inputs.push_back((other, Input::PeerUp { device, guest }));
        }
        while let Some((to, input)) = inputs.pop_front() {
            let from = self.nodes[to].device();
            for effect in self.handle(to, input) {
                if let Effect::Send { to, frame } = effect {
                    inputs.push_back((devices[&to], Input::Frame { from, bytes: frame }));
                }
            }
        }
        for (device, other) in devices.keys().flat_map(|a| devices.values().map(move |b| (*a, *b))) {
            self.handle(other, Input::PeerDown { device });
        }
    }

    /// All rows of an app on one device, as text that is the same wherever the rows mean the same.
    pub fn rows(&self, who: usize, app: &str) -> Vec<String> {
        super::rows(self.nodes[who].store(), RULES.app(app).expect("is an app"))
    }

    /// Makes all views of one device again.
    pub fn rebuild(&mut self, who: usize) {
        let mut node = self.nodes.remove(who);
        for app in APPS {
            node.store().set(&format!("schema:{}", app.name()), b"old").expect("is set");
        }
        let community = node.community();
        node = Node::open(RULES, community, keys(who), false, node.into_store()).expect("opens");
        self.nodes.insert(who, node);
    }
}

fn answer(effects: Vec<Effect>) -> Result<Answer, Refusal> {
    let answers = effects.into_iter().filter_map(|effect| match effect {
        Effect::Answer { result, .. } => Some(result),
        _ => None,
    });
    answers.last().expect("whoever asks is answered")
}
