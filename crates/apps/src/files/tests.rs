//! A small world for the tests: rows in memory, events that arrive in any order, folded as the node folds them.

mod claims;
mod copies;
mod desk;
mod hold;
mod orders;
mod plan;
mod protocol;
mod rules;
mod show;
mod town;

use std::cell::RefCell;
use std::collections::BTreeMap;

use rusqlite::Connection;
use skein_app::{
    Act, App, DynApp, Erased, EventRow, Fault, Ids, Imported, Line, Me, Meta, ObjectRow, Refusal, Verdict, View,
};
use skein_event::{BlobHash, CommunityId, DeviceId, EventId, MemberId, ObjectId, Tick};

use super::{Answer, Command, Content, Event, Files, Query};
use crate::people::People;

const COMMUNITY: CommunityId = CommunityId::from_bytes([7; 32]);

/// An event and what is known of it.
#[derive(Debug, Clone)]
struct Said {
    meta: Meta,
    event: Event,
}

/// Numbers for ids, in the order in which they come.
#[derive(Default)]
struct FakeIds {
    events: RefCell<Vec<EventId>>,
    objects: RefCell<Vec<ObjectId>>,
}

impl Ids for FakeIds {
    fn event_row(&self, id: &EventId) -> Result<Option<EventRow>, Fault> {
        Ok(self.events.borrow().iter().position(|known| known == id).map(|at| at as i64 + 1))
    }

    fn event_id(&self, row: EventRow) -> Result<EventId, Fault> {
        self.events.borrow().get(row as usize - 1).copied().ok_or(Fault(rusqlite::Error::QueryReturnedNoRows))
    }

    fn object_row(&self, _app: &str, id: &ObjectId) -> Result<Option<ObjectRow>, Fault> {
        Ok(self.objects.borrow().iter().position(|known| known == id).map(|at| at as i64 + 1))
    }

    fn object_id(&self, row: ObjectRow) -> Result<ObjectId, Fault> {
        self.objects.borrow().get(row as usize - 1).copied().ok_or(Fault(rusqlite::Error::QueryReturnedNoRows))
    }
}

/// One device's rows.
struct World {
    connection: Connection,
    ids: FakeIds,
    log: Vec<Said>,
    last: BTreeMap<ObjectId, Tick>,
    verdicts: BTreeMap<EventId, Verdict>,
    lines: Vec<Line>,
}

impl World {
    fn new() -> Self {
        let connection = Connection::open_in_memory().expect("a store in memory opens");
        connection.execute_batch("CREATE TABLE gone (device BLOB PRIMARY KEY)").expect("the house's table is made");
        let log = "CREATE TABLE log (author BLOB PRIMARY KEY, tick INTEGER NOT NULL)";
        connection.execute_batch(log).expect("the house's table is made");
        connection.execute_batch(People::SCHEMA).expect("the tables of people are made");
        connection.execute_batch(Files::SCHEMA).expect("the tables of files are made");
        let (ids, last, verdicts) = (FakeIds::default(), BTreeMap::new(), BTreeMap::new());
        Self { connection, ids, log: Vec::new(), last, verdicts, lines: Vec::new() }
    }

    fn view(&self) -> View<'_> {
        View::of_all(&self.connection, &self.ids)
    }

    /// As the node does for [`skein_app::Order::Tick`]: an event that comes late makes its object be folded anew.
    fn hear(&mut self, said: &Said) -> Verdict {
        self.log.push(said.clone());
        let sql = "INSERT INTO log VALUES (?1, ?2) ON CONFLICT (author) DO UPDATE SET tick = max(tick, excluded.tick)";
        let (author, tick) = (said.meta.author.as_bytes(), said.meta.tick.raw() as i64);
        self.connection.execute(sql, (author, tick)).expect("the store works");
        self.ids.events.borrow_mut().push(said.meta.event);
        let object = said.meta.object;
        if self.row(&object).is_none() {
            self.ids.objects.borrow_mut().push(object);
        }
        if self.last.get(&object).is_some_and(|last| said.meta.tick <= *last) {
            self.refold(&object);
        } else {
            self.last.insert(object, said.meta.tick);
            self.fold(said);
        }
        self.verdicts[&said.meta.event].clone()
    }

    fn row(&self, object: &ObjectId) -> Option<ObjectRow> {
        self.ids.object_row(Files::NAME, object).expect("fake ids do not fail")
    }

    fn fold(&mut self, said: &Said) {
        let object = self.row(&said.meta.object).expect("every object that was heard of has a row");
        let payload = postcard::to_stdvec(&said.event).expect("encodes");
        let view = View::of_object(&self.connection, &self.ids, object);
        let folded = Erased::<Files>::NEW.fold(Some(&payload), &said.meta, &view).expect("the store works");
        let folded = folded.expect("the payload can be read");
        self.lines.extend(folded.line);
        self.verdicts.insert(said.meta.event, folded.verdict);
    }

    fn refold(&mut self, object: &ObjectId) {
        let row = self.row(object).expect("every object that was heard of has a row");
        for table in Files::TABLES {
            let sql = format!("DELETE FROM {table} WHERE object = ?1");
            self.connection.execute(&sql, [row]).expect("the store works");
        }
        let mut events: Vec<Said> = self.log.iter().filter(|said| said.meta.object == *object).cloned().collect();
        events.sort_by_key(|said| (said.meta.tick, said.meta.event));
        events.iter().for_each(|said| self.fold(said));
    }

    /// All rows, with the local numbers of objects replaced by what is the same everywhere.
    fn dump(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for table in Files::TABLES {
            let sql = format!("SELECT t.object, t.* FROM {table} t");
            let mut statement = self.connection.prepare(&sql).expect("the store works");
            let columns = statement.column_count();
            let mut found = statement.query([]).expect("the store works");
            while let Some(row) = found.next().expect("the store works") {
                let cells = (0..columns).filter(|column| *column != 1);
                let mut cells: Vec<String> = cells.map(|column| format!("{:?}", row.get_ref(column))).collect();
                let object = row.get(0).expect("every row is of an object");
                cells[0] = self.ids.object_id(object).expect("it was heard of").to_string();
                rows.push(format!("{table} {}", cells.join(" ")));
            }
        }
        rows.sort();
        rows
    }

    fn decide(&self, me: &Person, command: Command) -> Result<Act<Event>, Refusal> {
        let fresh = ObjectId::created_by(&COMMUNITY, &me.device, me.seq);
        Files::decide(&me.me(), fresh, command, &self.view())
    }

    /// What a person does; a said event is heard here at once and must count.
    fn act(&mut self, me: &mut Person, command: Command) -> ObjectId {
        match self.decide(me, command).expect("this is not refused") {
            Act::Do(job) => panic!("{job:?} is no event"),
            Act::Say(draft) => {
                let said = me.say(draft.object, draft.event);
                assert_eq!(self.hear(&said), Verdict::Accept, "the desk says only what counts");
                draft.object
            }
        }
    }

    fn ask(&self, me: &Person, query: Query) -> Answer {
        Files::query(&me.me(), query, &self.view()).expect("this is answered")
    }

    fn share(&self, me: &Person, id: &ObjectId) -> super::Share {
        match self.ask(me, Query::Show { share: id.to_string() }) {
            Answer::Share { share, .. } => share,
            other => panic!("{other:?} is no share"),
        }
    }

    /// A member with a name and devices, as `people` keeps them.
    fn knows(&self, person: &Person, name: &str) {
        let sql = "INSERT OR IGNORE INTO people_member VALUES (1, ?1, ?2, 0, 0)";
        self.connection.execute(sql, (person.member.as_bytes(), name)).expect("the store works");
        let sql = "INSERT INTO people_device (object, device, member, label, tick) VALUES (1, ?1, ?2, ?3, 0)";
        let label = format!("{name}'s laptop");
        self.connection
            .execute(sql, (person.device.as_bytes(), person.member.as_bytes(), label))
            .expect("the store works");
    }
}

/// A device and its member; writes events whose ticks rise.
#[derive(Debug, Clone)]
struct Person {
    device: DeviceId,
    member: MemberId,
    seq: u64,
    now_ms: u64,
    keeper: bool,
}

impl Person {
    /// Device `device` of member `member`.
    fn new(device: u8, member: u8) -> Self {
        let (device, member) = (DeviceId::from_bytes([device; 32]), MemberId::from_bytes([member; 32]));
        Self { device, member, seq: 1, now_ms: 1_000_000, keeper: false }
    }

    fn me(&self) -> Me {
        let Self { device, member, now_ms, keeper, .. } = *self;
        Me { community: COMMUNITY, device, member, now_ms, keeper }
    }

    /// The next event of this device's log. All devices' clocks go on by a second with each of their own events.
    fn say(&mut self, object: ObjectId, event: Event) -> Said {
        let mut seed = self.device.as_bytes().to_vec();
        seed.extend(self.seq.to_be_bytes());
        let meta = Meta {
            event: EventId::of_body(&seed),
            row: 1,
            community: COMMUNITY,
            author: self.device,
            member: self.member,
            seq: self.seq,
            tick: Tick::at_ms(self.now_ms),
            object,
            forked: false,
        };
        self.seq += 1;
        self.now_ms += 1_000;
        Said { meta, event }
    }

    /// Shares a folder with this content.
    fn shares(&mut self, root: u8, name: &str) -> Said {
        let object = ObjectId::created_by(&COMMUNITY, &self.device, self.seq);
        self.say(object, Event::Shared { content: folder(root), name: name.into(), note: String::new() })
    }

    /// Waits, so that what this device says next comes after what `other` has said.
    fn after(&mut self, other: &Person) {
        self.now_ms = self.now_ms.max(other.now_ms);
    }
}

fn root(n: u8) -> BlobHash {
    BlobHash::from_bytes([n; 32])
}

fn folder(n: u8) -> Content {
    Content { root: root(n), bytes: 1_400_000, files: 12, folder: true }
}

fn imported(n: u8, name: &str) -> Imported {
    Imported { root: root(n), name: name.into(), bytes: 2_000, files: 1, folder: false }
}
