//! For the tests of all apps: [`Town`], a few members' real nodes that exchange frames by hand, and [`Rows`], one store
//! into which signed events are folded in any order at all, more freely than a node would.

use std::collections::{BTreeMap, VecDeque};

use rusqlite::types::Value as Cell;
use serde_json::Value;
use skein_app::{DynApp, Me, Meta, ObjectRow, Pass, Refusal, Unread, Verdict, View};
use skein_event::{
    AppName, Body, CommunityId, DeviceId, Event, EventId, MemberId, ObjectId, PayloadHash, SecretKey, Tick,
};
use skein_node::{Answer, Effect, Input, Keys, Node, Rules};
use skein_store::{DbIds, Durability, Store};

use crate::{APPS, ROSTER};

/// When every town begins: 22 November 2025, 00:00 UTC.
pub const START_MS: u64 = 1_763_769_600_000;
const RULES: Rules = Rules { apps: APPS, roster: ROSTER };

fn keys(n: usize) -> Keys {
    let key = |n| SecretKey::from_bytes([n; 32]);
    Keys { device: key(n as u8 + 1), member: key(n as u8 + 101) }
}

/// Members of one community, each with one device. The first founded it.
pub struct Town {
    nodes: Vec<Node>,
    /// By which others come in.
    pass: Option<Pass>,
    /// The clock of all devices.
    pub now_ms: u64,
}

impl Town {
    /// A community called "Garden" whose members have these names.
    pub fn of(names: &[&str]) -> Self {
        let mut town = Self { nodes: Vec::new(), pass: None, now_ms: START_MS };
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
        town.pass = Some(Pass { invitation, secret });
        for name in &names[1..] {
            town.join(name);
        }
        town.meet_all();
        town
    }

    /// Somebody comes in by meeting the founder; gives their number.
    pub fn join(&mut self, name: &str) -> usize {
        let (n, community) = (self.nodes.len(), self.nodes[0].community());
        let pass = self.pass.clone().expect("the founder has invited");
        let keys = keys(n);
        let payload = ROSTER.joining(&community, &keys.member, &keys.device.device(), &pass, name);
        self.open(community, keys);
        self.meet(&[0, n]);
        self.introduce(n, payload);
        n
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
        skein_node::query(RULES, self.nodes[who].store().connection(), &self.me(who), app, query)
    }

    fn me(&self, who: usize) -> Me {
        let node = &self.nodes[who];
        let (community, device, member) = (node.community(), node.device(), node.member());
        Me { community, device, member, now_ms: self.now_ms, keeper: false }
    }

    /// What a device's rows say, for tests of what no query shows.
    pub fn look<T>(&self, who: usize, look: impl FnOnce(&Me, &View<'_>) -> T) -> T {
        let connection = self.nodes[who].store().connection();
        look(&self.me(who), &View::of_all(connection, &DbIds(connection)))
    }

    /// What a member has not read.
    pub fn unread(&self, who: usize, app: &str) -> Unread {
        let connection = self.nodes[who].store().connection();
        let app = RULES.app(app).expect("is an app");
        app.unread(&self.me(who), &View::of_all(connection, &DbIds(connection))).expect("the store works")
    }

    /// The answer to a question that must be answered, as text for a terminal.
    pub fn text(&self, who: usize, app: &str, query: Value) -> String {
        let answer = self.query(who, app, query).expect("is answered");
        RULES.app(app).expect("is an app").text(&answer).expect("can be drawn")
    }

    /// What a stranger's program is told at a member's bridge.
    ///
    /// # Errors
    /// What the app refuses.
    pub fn bridge(
        &self,
        who: usize,
        app: &str,
        request: &skein_app::Bridged,
        done: Option<skein_app::Outcome>,
    ) -> Result<skein_app::Bridging<Value>, Refusal> {
        let connection = self.nodes[who].store().connection();
        let ids = DbIds(connection);
        let view = View::of_all(connection, &ids);
        RULES.app(app).expect("is an app").bridge(&self.me(who), request, done, &view)
    }

    /// What a member's export would hold of an app.
    pub fn export(&self, who: usize, app: &str, pages: &mut dyn skein_app::Pages) {
        let connection = self.nodes[who].store().connection();
        let app = RULES.app(app).expect("is an app");
        app.export(&self.me(who), &View::of_all(connection, &DbIds(connection)), pages).expect("the store works");
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
        rows(self.nodes[who].store(), RULES.app(app).expect("is an app"))
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
    let mut answers = effects.into_iter().filter_map(|effect| match effect {
        Effect::Answer { result, .. } => Some(result),
        _ => None,
    });
    answers.next_back().expect("whoever asks is answered")
}

/// A signed event, and whose it is.
#[derive(Debug, Clone)]
pub struct Written {
    /// The event.
    pub event: Event,
    /// The member behind its author.
    pub member: MemberId,
}

impl Written {
    /// What a member (by number) writes on a device of its own, so that it may arrive before or after anything else.
    pub fn new(member: u8, device: u8, app: &str, object: ObjectId, tick: u64, payload: Vec<u8>) -> Self {
        let key = SecretKey::from_bytes([device; 32]);
        let body = Body {
            community: COMMUNITY,
            author: key.device(),
            seq: 0,
            prev: EventId::ZERO,
            deps: Vec::new(),
            tick: Tick::at_ms(START_MS + tick),
            app: AppName::new(app).expect("a proper name"),
            object,
            payload: PayloadHash::ZERO,
            payload_len: 0,
        };
        let (event, _) = Event::sign(body, payload, &key).expect("fits");
        Self { event, member: MemberId::from_bytes([member; 32]) }
    }

    /// Its id.
    pub fn id(&self) -> EventId {
        self.event.id
    }
}

/// The community of everything that is [`Written`].
pub const COMMUNITY: CommunityId = CommunityId::from_bytes([7; 32]);

/// The rows of one app, made from events in the order in which they are taken.
pub struct Rows {
    store: Store,
    app: &'static dyn DynApp,
}

impl Rows {
    /// No rows yet. Every member is called by the letter of their number: 1 is A.
    pub fn new(app: &str) -> Self {
        let app = RULES.app(app).expect("is an app");
        let store = Store::in_memory().expect("opens");
        for app in APPS {
            store.make_tables(app.tables(), app.schema()).expect("are made");
        }
        Self { store, app }
    }

    /// Folds one more event; `erased`: its payload is not there.
    pub fn take(&mut self, written: &Written, erased: bool) -> Option<Verdict> {
        let mut event = written.event.clone();
        if erased {
            event.payload = skein_event::Payload::Erased;
        }
        self.store.begin(Durability::Fetched).expect("begins");
        let log = self.store.add_log(event.body.author, written.member, None).expect("is added");
        let (place, object) = self.store.append(log, &event, None, &[]).expect("is appended");
        let verdict = self.fold(&event, written.member, place.row, object);
        self.store.commit().expect("commits");
        verdict
    }

    fn fold(&self, event: &Event, member: MemberId, row: i64, object: ObjectRow) -> Option<Verdict> {
        let ids = DbIds(self.store.connection());
        let view = View::of_object(self.store.connection(), &ids, object);
        let meta = Meta {
            event: event.id,
            row,
            community: COMMUNITY,
            author: event.body.author,
            member,
            seq: event.body.seq,
            tick: event.body.tick,
            object: event.body.object,
            forked: false,
        };
        let folded = self.app.fold(event.payload.bytes(), &meta, &view).expect("the store works")?;
        if let Some(line) = &folded.line {
            self.store.put_line(&meta, object, line).expect("the store works");
        }
        Some(folded.verdict)
    }

    /// Forgets all rows and folds all events again, by (tick, id).
    pub fn refold(&mut self) {
        for object in self.store.objects_of_app(self.app.name()).expect("the store works") {
            self.store.clear_object(self.app.tables(), object).expect("the store works");
            for kept in self.store.of_object(object).expect("the store works") {
                let event = Event::open(kept.body, kept.payload).expect("opens");
                let member = self.store.log(kept.place.log).expect("has a log").member;
                self.fold(&event, member, kept.place.row, object);
            }
        }
    }

    /// All rows, as text that is the same wherever the rows mean the same.
    pub fn rows(&self) -> Vec<String> {
        rows(&self.store, self.app)
    }

    /// The texts that search finds, by their items.
    pub fn lines(&self) -> Vec<(EventId, String)> {
        let sql = "SELECT event, text FROM line WHERE text IS NOT NULL";
        let mut statement = self.store.connection().prepare(sql).expect("is SQL");
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let lines: Result<Vec<(i64, String)>, _> = statement.query_map([], read).expect("is read").collect();
        let id = |row| skein_app::Ids::event_id(&DbIds(self.store.connection()), row).expect("is kept");
        let mut lines: Vec<_> = lines.expect("is read").into_iter().map(|(row, text)| (id(row), text)).collect();
        lines.sort();
        lines
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Numbers of events and objects are another on every device; the ids behind them are not.
fn rows(store: &Store, app: &dyn DynApp) -> Vec<String> {
    let ids = DbIds(store.connection());
    let mut all = Vec::new();
    for table in app.tables() {
        let mut statement = store.connection().prepare(&format!("SELECT * FROM {table}")).expect("is a table");
        let names: Vec<String> = statement.column_names().map(String::from).collect();
        let mut rows = statement.query([]).expect("is read");
        while let Some(row) = rows.next().expect("is read") {
            let mut text = String::from(*table);
            for (n, name) in names.iter().enumerate() {
                let cell: Cell = row.get(n).expect("is a cell");
                let cell = match &cell {
                    Cell::Integer(id) if name == "object" => {
                        skein_app::Ids::object_id(&ids, *id).expect("is kept").short()
                    }
                    Cell::Integer(id) if name == "event" || name.ends_with("_event") => {
                        skein_app::Ids::event_id(&ids, *id).expect("is kept").short()
                    }
                    other => format!("{other:?}"),
                };
                text.push_str(&format!(" {name}={cell}"));
            }
            all.push(text);
        }
    }
    all.sort();
    all
}

/// All orders are too many: a row of numbers to choose some by, the same in every run.
pub struct Dice(u64);

impl Dice {
    /// The same seed gives the same throws.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n
    }

    /// Puts items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n + 1));
        }
    }
}
