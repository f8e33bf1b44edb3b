//! Findings: odd things that a person should know of. One row for each device and kind, with a count.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use skein_app::Fault;
use skein_event::DeviceId;

use crate::Store;

/// The most findings kept; the oldest go first.
const MAX_FINDINGS: i64 = 500;

/// Something odd, in people's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// When it last happened, by this device's clock.
    pub at_ms: u64,
    /// Which device it is about.
    pub device: DeviceId,
    /// What kind, as one word for scripts.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// How often.
    pub times: u64,
}

impl Store {
    /// Writes a finding down, or counts it again.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn note(&self, at_ms: u64, device: &DeviceId, kind: &str, message: &str) -> Result<(), Fault> {
        let sql = "INSERT INTO finding (at_ms, device, kind, message, times) VALUES (?1, ?2, ?3, ?4, 1)
                   ON CONFLICT (device, kind) DO UPDATE
                   SET at_ms = excluded.at_ms, message = excluded.message, times = times + 1";
        self.connection.prepare_cached(sql)?.execute((at_ms as i64, device.as_bytes(), kind, message))?;
        let sql = "DELETE FROM finding WHERE id NOT IN (SELECT id FROM finding ORDER BY at_ms DESC LIMIT ?1)";
        self.connection.prepare_cached(sql)?.execute([MAX_FINDINGS])?;
        Ok(())
    }

    /// All findings, the newest first.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn findings(connection: &Connection) -> Result<Vec<Finding>, Fault> {
        let sql = "SELECT at_ms, device, kind, message, times FROM finding ORDER BY at_ms DESC";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(Finding {
                at_ms: row.get::<_, i64>(0)? as u64,
                device: DeviceId::from_bytes(row.get(1)?),
                kind: row.get(2)?,
                message: row.get(3)?,
                times: row.get::<_, i64>(4)? as u64,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
