//! What apps remember for this person on this device alone. Bounded: the oldest goes when there is too much.

use skein_app::Fault;

use crate::Store;

/// The most that one app remembers; the oldest go first.
pub const MAX_REMEMBERED: i64 = 10_000;

impl Store {
    /// Remembers something for an app, or forgets it.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn set_aside(&self, app: &str, key: &str, value: Option<&str>, now_ms: u64) -> Result<(), Fault> {
        let Some(value) = value else {
            let sql = "DELETE FROM aside WHERE app = ?1 AND key = ?2";
            self.connection.prepare_cached(sql)?.execute((app, key))?;
            return Ok(());
        };
        let sql = "INSERT INTO aside (app, key, value, at_ms) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (app, key) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms";
        self.connection.prepare_cached(sql)?.execute((app, key, value, now_ms as i64))?;
        let sql = "DELETE FROM aside WHERE app = ?1 AND key IN
                     (SELECT key FROM aside WHERE app = ?1 ORDER BY at_ms DESC, key LIMIT -1 OFFSET ?2)";
        self.connection.prepare_cached(sql)?.execute((app, MAX_REMEMBERED))?;
        Ok(())
    }

    /// What an app remembers under a name.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn aside(&self, app: &str, key: &str) -> Result<Option<String>, Fault> {
        use rusqlite::OptionalExtension;
        let sql = "SELECT value FROM aside WHERE app = ?1 AND key = ?2";
        Ok(self.connection.prepare_cached(sql)?.query_row((app, key), |row| row.get(0)).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_changed_and_forgotten() {
        let store = Store::in_memory().expect("opens");
        store.set_aside("asks", "a", Some("1"), 1).expect("keeps");
        store.set_aside("chat", "a", Some("2"), 1).expect("keeps");
        store.set_aside("asks", "a", Some("3"), 2).expect("changes");
        assert_eq!(store.aside("asks", "a").expect("reads").as_deref(), Some("3"));
        store.set_aside("asks", "a", None, 3).expect("forgets");
        assert_eq!(store.aside("asks", "a").expect("reads"), None);
        assert_eq!(store.aside("chat", "a").expect("reads").as_deref(), Some("2"));
    }

    #[test]
    fn the_oldest_goes_when_there_is_too_much() {
        let store = Store::in_memory().expect("opens");
        store.connection.execute_batch("BEGIN").expect("begins");
        for n in 0..=MAX_REMEMBERED as u64 {
            let sql = "INSERT INTO aside (app, key, value, at_ms) VALUES ('asks', ?1, '', ?2)";
            store.connection.execute(sql, (format!("{n}"), n as i64)).expect("writes");
        }
        store.set_aside("asks", "new", Some(""), u64::from(u32::MAX)).expect("keeps");
        assert_eq!(store.aside("asks", "0").expect("reads"), None);
        assert_eq!(store.aside("asks", "1").expect("reads"), None);
        assert!(store.aside("asks", "2").expect("reads").is_some());
    }
}
