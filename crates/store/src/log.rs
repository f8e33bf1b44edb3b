//! The logs: one for each device, and one more for each branch where a device's log forks.
//!
//! All of them are held in memory (about 200 bytes each) and written back when a transaction ends.

use skein_event::{DeviceId, EventId, MemberId, Tick};

use crate::{Store, StoreError};

/// The number of a log in this device's store. Local; never sent.
pub type LogKey = i64;

/// A log, or one branch of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its number here.
    pub key: LogKey,
    /// The device that writes it.
    pub author: DeviceId,
    /// The member whose device that is.
    pub member: MemberId,
    /// The log that it branches off from.
    pub parent: Option<LogKey>,
    /// The first seq kept in it; 0 unless it is a branch.
    pub start: u64,
    /// One above the seq of its newest event.
    pub height: u64,
    /// Its newest event.
    pub head: EventId,
    /// The tick of its newest event.
    pub tick: Tick,
}

impl Store {
    /// All logs.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        self.logs.values()
    }

    /// A log by its number.
    pub fn log(&self, key: LogKey) -> Option<&Log> {
        self.logs.get(&key)
    }

    /// The logs of one device: one, or more if it forked, the eldest first.
    pub fn logs_of(&self, author: &DeviceId) -> impl Iterator<Item = &Log> {
        self.by_author.get(author).into_iter().flatten().filter_map(|key| self.logs.get(key))
    }

    /// Makes an empty log. `height` and `head` say where its first event goes: (0, zero), or the fork's place.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn add_log(
        &mut self,
        author: DeviceId,
        member: MemberId,
        fork: Option<(LogKey, u64, EventId, Tick)>,
    ) -> Result<LogKey, StoreError> {
        let (parent, start, head, tick) = match fork {
            Some((parent, start, head, tick)) => (Some(parent), start, head, tick),
            None => (None, 0, EventId::ZERO, Tick::ZERO),
        };
        let sql = "INSERT INTO log (author, member, parent, start, height, head, tick)
                   VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)";
        self.connection.prepare_cached(sql)?.execute((
            author.as_bytes(),
            member.as_bytes(),
            parent,
            start as i64,
            head.as_bytes(),
            tick.raw() as i64,
        ))?;
        let key = self.connection.last_insert_rowid();
        self.by_author.entry(author).or_default().push(key);
        self.logs.insert(key, Log { key, author, member, parent, start, height: start, head, tick });
        Ok(key)
    }

    /// Moves a log's head on; written back when the transaction ends.
    pub(crate) fn advance(&mut self, key: LogKey, head: EventId, tick: Tick) {
        if let Some(log) = self.logs.get_mut(&key) {
            log.height += 1;
            log.head = head;
            log.tick = tick;
            if self.dirty_logs.last() != Some(&key) {
                self.dirty_logs.push(key);
            }
        }
    }

    pub(crate) fn save_logs(&mut self) -> Result<(), StoreError> {
        let mut dirty = std::mem::take(&mut self.dirty_logs);
        dirty.sort_unstable();
        dirty.dedup();
        let mut update =
            self.connection.prepare_cached("UPDATE log SET height = ?2, head = ?3, tick = ?4 WHERE id = ?1")?;
        for key in dirty {
            if let Some(log) = self.logs.get(&key) {
                update.execute((key, log.height as i64, log.head.as_bytes(), log.tick.raw() as i64))?;
            }
        }
        Ok(())
    }

    pub(crate) fn load_logs(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT id, author, member, parent, start, height, head, tick FROM log";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let key: LogKey = row.get(0)?;
            let log = Log {
                key,
                author: DeviceId::from_bytes(row.get(1)?),
                member: MemberId::from_bytes(row.get(2)?),
                parent: row.get(3)?,
                start: row.get::<_, i64>(4)? as u64,
                height: row.get::<_, i64>(5)? as u64,
                head: EventId::from_bytes(row.get(6)?),
                tick: Tick::from_raw(row.get::<_, i64>(7)? as u64),
            };
            Ok((key, log))
        })?;
        self.logs = rows.collect::<rusqlite::Result<_>>()?;
        self.by_author.clear();
        for log in self.logs.values() {
            self.by_author.entry(log.author).or_default().push(log.key);
        }
        Ok(())
    }
}
