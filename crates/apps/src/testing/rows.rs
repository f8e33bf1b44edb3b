//! The rows of one app, made from events that arrive in any order, whole or erased.

use skein_app::{DynApp, Meta, ObjectRow, Verdict, View};
use skein_event::{AppName, Body, CommunityId, Event, EventId, MemberId, ObjectId, PayloadHash, SecretKey, Tick};
use skein_store::{DbIds, Durability, Store};

use super::{RULES, START_MS};
use crate::APPS;

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
    /// No rows yet.
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
        super::rows(&self.store, self.app)
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
