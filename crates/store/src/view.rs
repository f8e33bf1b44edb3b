//! The apps' tables: made, emptied, and asked which version they are of.

use skein_app::{Fault, ObjectRow};
use skein_event::ObjectId;

use crate::Store;

impl Store {
    /// The app of an object and the highest tick that was folded into it.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn object_state(&self, object: ObjectRow) -> Result<(String, i64), Fault> {
        let mut statement = self.connection.prepare_cached("SELECT app, last FROM object WHERE id = ?1")?;
        Ok(statement.query_row([object], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Remembers the highest tick that was folded into an object.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn set_object_last(&self, object: ObjectRow, tick: i64) -> Result<(), Fault> {
        self.connection.prepare_cached("UPDATE object SET last = ?2 WHERE id = ?1")?.execute((object, tick))?;
        Ok(())
    }

    /// The numbers that an object has, one for each app that speaks of it.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn objects_called(&self, id: &ObjectId) -> Result<Vec<ObjectRow>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM object WHERE key = ?1")?;
        let rows = statement.query_map([id.as_bytes()], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// All objects of an app.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn objects_of_app(&self, app: &str) -> Result<Vec<ObjectRow>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM object WHERE app = ?1 ORDER BY id")?;
        let rows = statement.query_map([app], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Drops an app's tables and makes them anew, empty.
    ///
    /// # Errors
    /// If SQLite fails or the app's SQL is wrong.
    pub fn make_tables(&self, tables: &[&str], schema: &str) -> Result<(), Fault> {
        for table in tables {
            self.connection.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
        }
        self.connection.execute_batch(schema)?;
        Ok(())
    }

    /// Deletes an object's rows from an app's tables, and its lines.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn clear_object(&self, tables: &[&str], object: ObjectRow) -> Result<(), Fault> {
        for table in tables {
            self.connection.prepare_cached(&format!("DELETE FROM {table} WHERE object = ?1"))?.execute([object])?;
        }
        self.clear_lines(object)?;
        self.set_object_last(object, 0)
    }
}
