//! Other devices: what they said they have, when they were heard of, where they can be found, and which no longer count.
//! Private to this device.

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use skein_app::Fault;
use skein_event::{DeviceId, ObjectId, Tick};

use crate::{LogKey, Store};

/// When a device was last heard of, and its own signed word on where it can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The device.
    pub device: DeviceId,
    /// When a connection to it last stood, by this device's clock; 0 if never.
    pub heard_ms: u64,
    /// Its presence record, as it signed it.
    pub presence: Option<Vec<u8>>,
}

/// How far another device is, by its own last word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The device.
    pub device: DeviceId,
    /// How many events are here that it did not say it has.
    pub lacks: u64,
    /// Whether it said that it has events that are not here.
    pub has_more: bool,
}

impl Store {
    /// Remembers what a device said it has.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn tell(&self, device: &DeviceId, log: LogKey, height: u64, at_ms: u64) -> Result<(), Fault> {
        let sql = "INSERT INTO told (device, log, height, at_ms) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (device, log) DO UPDATE SET height = excluded.height, at_ms = excluded.at_ms";
        self.connection.prepare_cached(sql)?.execute((device.as_bytes(), log, height as i64, at_ms as i64))?;
        Ok(())
    }

    /// The devices that said they have the event at this place.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn told_to_have(&self, log: LogKey, seq: u64) -> Result<Vec<DeviceId>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT device FROM told WHERE log = ?1 AND height > ?2")?;
        let rows = statement.query_map((log, seq as i64), |row| row.get(0).map(DeviceId::from_bytes))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How far each device is that ever said what it has, by its own last word.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn progress(connection: &rusqlite::Connection) -> Result<Vec<Progress>, Fault> {
        let sql = "SELECT t.device,
                          (SELECT sum(height - start) FROM log)
                            - sum(max(0, min(t.height, l.height) - l.start)),
                          max(t.height > l.height)
                   FROM told t JOIN log l ON l.id = t.log GROUP BY t.device";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let lacks = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
            Ok(Progress { device: DeviceId::from_bytes(row.get(0)?), lacks, has_more: row.get(2)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Remembers which devices no longer count, and forgets who was said to before.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn set_gone(&self, devices: impl Iterator<Item = DeviceId>) -> Result<(), Fault> {
        self.connection.prepare_cached("DELETE FROM gone")?.execute([])?;
        for device in devices {
            self.connection.prepare_cached("INSERT INTO gone (device) VALUES (?1)")?.execute([device.as_bytes()])?;
        }
        Ok(())
    }

    /// Remembers that a device was heard of now.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn heard(&self, device: &DeviceId, at_ms: u64) -> Result<(), Fault> {
        let sql = "INSERT INTO contact (device, heard_ms) VALUES (?1, ?2)
                   ON CONFLICT (device) DO UPDATE SET heard_ms = excluded.heard_ms";
        self.connection.prepare_cached(sql)?.execute((device.as_bytes(), at_ms as i64))?;
        Ok(())
    }

    /// Remembers a device's presence record.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn set_presence(&self, device: &DeviceId, presence: &[u8]) -> Result<(), Fault> {
        let sql = "INSERT INTO contact (device, heard_ms, presence) VALUES (?1, 0, ?2)
                   ON CONFLICT (device) DO UPDATE SET presence = excluded.presence";
        self.connection.prepare_cached(sql)?.execute((device.as_bytes(), presence))?;
        Ok(())
    }

    /// All devices that were heard of.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn contacts(connection: &rusqlite::Connection) -> Result<Vec<Contact>, Fault> {
        let mut statement = connection.prepare_cached("SELECT device, heard_ms, presence FROM contact")?;
        let rows = statement.query_map([], |row| {
            Ok(Contact {
                device: DeviceId::from_bytes(row.get(0)?),
                heard_ms: row.get::<_, i64>(1)? as u64,
                presence: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// A device's presence record.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn presence(&self, device: &DeviceId) -> Result<Option<Vec<u8>>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT presence FROM contact WHERE device = ?1")?;
        let presence = statement.query_row([device.as_bytes()], |row| row.get(0)).optional()?;
        Ok(presence.flatten())
    }

    /// Moves this person's read mark forward. Gives whether it moved.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn mark_read(&self, object: &ObjectId, tick: Tick) -> Result<bool, Fault> {
        let sql = "INSERT INTO mark (object, tick) VALUES (?1, ?2)
                   ON CONFLICT (object) DO UPDATE SET tick = excluded.tick WHERE excluded.tick > tick";
        Ok(self.connection.prepare_cached(sql)?.execute((object.as_bytes(), tick.raw() as i64))? > 0)
    }

    /// This person's read marks.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn marks(&self) -> Result<Vec<(ObjectId, Tick)>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT object, tick FROM mark")?;
        let rows = statement.query_map([], |row| {
            Ok((ObjectId::from_bytes(row.get(0)?), Tick::from_raw(row.get::<_, i64>(1)? as u64)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
