//! What lies in an event's past: kept for one log's head at a time, and moved on as that log grows.
//!
//! A log's past is a height for every other log. It is closed under deps: having (B, t) in it means having all that
//! (B, t) names. Each dep row is looked at once for each log whose past is asked for.

use std::collections::BTreeMap;

use skein_app::Fault;

use crate::{LogKey, Place, Store};

/// For every other log, how many of its events lie in the past.
pub type Past = BTreeMap<LogKey, u64>;

impl Store {
    /// The past of a log's head, its own events included.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn past_of(&self, log: LogKey) -> Result<Past, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT on_log, height FROM past WHERE log = ?1")?;
        let rows = statement.query_map([log], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
        let mut past: Past = rows.collect::<rusqlite::Result<_>>()?;
        if let Some(height) = self.log(log).map(|log| log.height) {
            self.cover(&mut past, log, height)?;
        }
        Ok(past)
    }

    /// The past of a log's head, remembered so that the next call looks only at what is new.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn past_of_remembered(&mut self, log: LogKey) -> Result<Past, Fault> {
        let past = self.past_of(log)?;
        let sql = "INSERT INTO past (log, on_log, height) VALUES (?1, ?2, ?3)
                   ON CONFLICT (log, on_log) DO UPDATE SET height = excluded.height WHERE height <> excluded.height";
        let mut statement = self.connection.prepare_cached(sql)?;
        for (on_log, height) in &past {
            statement.execute((log, on_log, *height as i64))?;
        }
        Ok(past)
    }

    /// Adds the first `height` events of `log`, and all that lies in their past.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn cover(&self, past: &mut Past, log: LogKey, height: u64) -> Result<(), Fault> {
        let mut open = vec![(log, height)];
        while let Some((log, height)) = open.pop() {
            let before = past.get(&log).copied().unwrap_or(0);
            if height <= before {
                continue;
            }
            past.insert(log, height);
            if let Some((parent, start)) = self.log(log).and_then(|log| Some((log.parent?, log.start))) {
                open.push((parent, start));
            }
            let sql = "SELECT on_log, max(on_seq) FROM dep WHERE log = ?1 AND seq >= ?2 AND seq < ?3 GROUP BY on_log";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map((log, before as i64, height as i64), |row| {
                Ok((row.get::<_, LogKey>(0)?, row.get::<_, i64>(1)? as u64 + 1))
            })?;
            for row in rows {
                open.push(row?);
            }
        }
        Ok(())
    }

    /// Whether a past holds the event at `place`.
    pub fn holds(past: &Past, place: &Place) -> bool {
        past.get(&place.log).is_some_and(|height| *height > place.seq)
    }
}
