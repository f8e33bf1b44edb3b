//! Events: append, find, read on in order of arrival, read an object's.

use rusqlite::{OptionalExtension, Row};
use skein_app::{EventRow, Fault, ObjectRow};
use skein_event::{AppName, Event, EventId, ObjectId, Signature, Tick};

use crate::{LogKey, Store};

/// Ids of recent events kept in memory, since deps name mostly those.
const RECENT: usize = 4_096;
/// Numbers of objects kept in memory.
const OBJECTS: usize = 8_192;

/// What became of an event here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It counts.
    Folded,
    /// Its tick is in this clock's future: it counts when its time comes.
    Waits,
    /// Its author may no longer write: it does not count.
    Void,
    /// The app's rules reject it.
    Rejected,
    /// This version cannot read it.
    Unknown,
}

impl State {
    fn code(self) -> i64 {
        match self {
            Self::Folded => 0,
            Self::Waits => 1,
            Self::Void => 2,
            Self::Rejected => 3,
            Self::Unknown => 4,
        }
    }

    fn of(code: i64) -> Self {
        match code {
            0 => Self::Folded,
            1 => Self::Waits,
            2 => Self::Void,
            3 => Self::Rejected,
            _ => Self::Unknown,
        }
    }
}

/// Where an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number in order of arrival.
    pub row: EventRow,
    /// Its log.
    pub log: LogKey,
    /// Its seq.
    pub seq: u64,
    /// Its tick.
    pub tick: Tick,
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub place: Place,
    /// The number of its object.
    pub object: ObjectRow,
    /// What became of it.
    pub state: State,
    /// The signed bytes.
    pub body: Vec<u8>,
    /// The payload, unless it was erased.
    pub payload: Option<Vec<u8>>,
    /// The signature, if it was kept.
    pub signature: Option<Signature>,
}

const COLUMNS: &str = "row, log, seq, tick, object, state, body, payload, signature";

fn read(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let signature: Option<Vec<u8>> = row.get(8)?;
    Ok(Kept {
        place: place(row)?,
        object: row.get(4)?,
        state: State::of(row.get(5)?),
        body: row.get(6)?,
        payload: row.get(7)?,
        signature: signature.and_then(|bytes| Signature::from_slice(&bytes)),
    })
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        row: row.get(0)?,
        log: row.get(1)?,
        seq: row.get::<_, i64>(2)? as u64,
        tick: Tick::from_raw(row.get::<_, i64>(3)? as u64),
    })
}

impl Store {
    /// Appends an event to the end of a log, as one that counts. The caller has checked that it belongs there.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn append(
        &mut self,
        log: LogKey,
        event: &Event,
        signature: Option<&Signature>,
        deps: &[Place],
    ) -> Result<(Place, ObjectRow), Fault> {
        let object = self.object(&event.body.object, event.body.app)?;
        let sql = "INSERT INTO event (log, seq, prefix, object, tick, state, body, payload, signature)
                   VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)";
        self.connection.prepare_cached(sql)?.execute((
            log,
            event.body.seq as i64,
            event.id.prefix(),
            object,
            event.body.tick.raw() as i64,
            &event.bytes,
            event.payload.bytes(),
            signature.map(Signature::as_bytes),
        ))?;
        let row = self.connection.last_insert_rowid();
        let place = Place { row, log, seq: event.body.seq, tick: event.body.tick };
        for dep in deps {
            let sql = "INSERT OR IGNORE INTO dep (log, seq, on_log, on_seq) VALUES (?1, ?2, ?3, ?4)";
            self.connection.prepare_cached(sql)?.execute((log, place.seq as i64, dep.log, dep.seq as i64))?;
        }
        self.advance(log, event.id, event.body.tick);
        self.remember(event.id, place);
        Ok((place, object))
    }

    fn remember(&mut self, id: EventId, place: Place) {
        if self.recent.len() >= RECENT {
            self.recent.clear();
        }
        self.recent.insert(id, place);
    }

    /// The number of an app's object; given one if it is new.
    fn object(&mut self, id: &ObjectId, app: AppName) -> Result<ObjectRow, Fault> {
        if let Some(row) = self.objects.get(&(*id, app)) {
            return Ok(*row);
        }
        let sql = "INSERT OR IGNORE INTO object (key, app, last) VALUES (?1, ?2, 0)";
        self.connection.prepare_cached(sql)?.execute((id.as_bytes(), app.as_str()))?;
        let mut find = self.connection.prepare_cached("SELECT id FROM object WHERE key = ?1 AND app = ?2")?;
        let row = find.query_row((id.as_bytes(), app.as_str()), |row| row.get(0))?;
        drop(find);
        if self.objects.len() >= OBJECTS {
            self.objects.clear();
        }
        self.objects.insert((*id, app), row);
        Ok(row)
    }

    /// Finds an event by its id.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn find(&self, id: &EventId) -> Result<Option<Place>, Fault> {
        if let Some(place) = self.recent.get(id) {
            return Ok(Some(*place));
        }
        let sql = "SELECT row, log, seq, tick, body FROM event WHERE prefix = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id.prefix()])?;
        while let Some(row) = rows.next()? {
            if EventId::of_body(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?) == *id {
                return Ok(Some(place(row)?));
            }
        }
        Ok(None)
    }

    /// The event at a place.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn at(&self, log: LogKey, seq: u64) -> Result<Option<Kept>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE log = ?1 AND seq = ?2");
        Ok(self.connection.prepare_cached(&sql)?.query_row((log, seq as i64), read).optional()?)
    }

    /// The event with this number.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn row(&self, row: EventRow) -> Result<Option<Kept>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE row = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([row], read).optional()?)
    }

    /// The events that came after `cursor`, in order of arrival; stops when `each` says so.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn since(&self, cursor: EventRow, mut each: impl FnMut(Kept) -> bool) -> Result<(), Fault> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE row > ?1 ORDER BY row");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([cursor])?;
        while let Some(row) = rows.next()? {
            if !each(read(row)?) {
                break;
            }
        }
        Ok(())
    }

    /// The number of the first event of `log` at or after `seq`, and the newest number of all.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn first_row_from(&self, log: LogKey, seq: u64) -> Result<Option<EventRow>, Fault> {
        let sql = "SELECT row FROM event WHERE log = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1";
        Ok(self.connection.prepare_cached(sql)?.query_row((log, seq as i64), |row| row.get(0)).optional()?)
    }

    /// The number of the newest event.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn last_row(&self) -> Result<EventRow, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT coalesce(max(row), 0) FROM event")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// All events of one object, by (tick, id).
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn of_object(&self, object: ObjectRow) -> Result<Vec<Kept>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE object = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([object], read)?;
        let mut events: Vec<Kept> = rows.collect::<rusqlite::Result<_>>()?;
        events.sort_by_cached_key(|kept| (kept.place.tick, EventId::of_body(&kept.body)));
        Ok(events)
    }

    /// Says what became of an event.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn set_state(&self, row: EventRow, state: State) -> Result<(), Fault> {
        self.connection
            .prepare_cached("UPDATE event SET state = ?2 WHERE row = ?1 AND state <> ?2")?
            .execute((row, state.code()))?;
        Ok(())
    }

    /// The events whose time has come, oldest first; at most `limit`.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn due(&self, until: Tick, limit: usize) -> Result<Vec<Kept>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE state = 1 AND tick <= ?1 ORDER BY tick LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map((until.raw() as i64, limit as i64), read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The tick of the next event that waits for its time.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn next_due(&self) -> Result<Option<Tick>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT min(tick) FROM event WHERE state = 1")?;
        let tick: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok(tick.map(|tick| Tick::from_raw(tick as u64)))
    }

    /// Erases a payload for good. Gives whether it was still there.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn erase(&self, row: EventRow) -> Result<bool, Fault> {
        self.connection.prepare_cached("INSERT OR IGNORE INTO erased (row) VALUES (?1)")?.execute([row])?;
        let sql = "UPDATE event SET payload = NULL WHERE row = ?1 AND payload IS NOT NULL";
        Ok(self.connection.prepare_cached(sql)?.execute([row])? > 0)
    }

    /// Events whose payload is gone though nobody asked for that: a peer withheld it. At most `limit`.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn missing_payloads(&self, limit: usize) -> Result<Vec<EventId>, Fault> {
        let sql = "SELECT body FROM event WHERE payload IS NULL AND row NOT IN (SELECT row FROM erased)
                   ORDER BY row LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([limit as i64], |row| Ok(EventId::of_body(row.get_ref(0)?.as_blob()?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Fills in a payload that was missing, unless it is to be erased. The caller has checked that it is the signed one.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn fill(&self, row: EventRow, payload: &[u8]) -> Result<bool, Fault> {
        let sql = "UPDATE event SET payload = ?2
                   WHERE row = ?1 AND payload IS NULL AND row NOT IN (SELECT row FROM erased)";
        Ok(self.connection.prepare_cached(sql)?.execute((row, payload))? > 0)
    }

    /// The objects that events of `log` from `seq` on are about.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn objects_from(&self, log: LogKey, seq: u64) -> Result<Vec<ObjectRow>, Fault> {
        let mut statement =
            self.connection.prepare_cached("SELECT DISTINCT object FROM event WHERE log = ?1 AND seq >= ?2")?;
        let rows = statement.query_map((log, seq as i64), |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many events are kept.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn event_count(&self) -> u64 {
        self.logs().map(|log| log.height - log.start).sum()
    }
}
