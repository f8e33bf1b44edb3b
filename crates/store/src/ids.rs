//! Ids behind row numbers, for views.

use rusqlite::{Connection, OptionalExtension};
use skein_app::{EventRow, Fault, Ids, ObjectRow};
use skein_event::{EventId, ObjectId};

/// Looks ids up in a connection.
pub struct DbIds<'a>(pub &'a Connection);

impl Ids for DbIds<'_> {
    fn event_row(&self, id: &EventId) -> Result<Option<EventRow>, Fault> {
        let mut statement = self.0.prepare_cached("SELECT row, body FROM event WHERE prefix = ?1")?;
        let mut rows = statement.query([id.prefix()])?;
        while let Some(row) = rows.next()? {
            if EventId::of_body(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?) == *id {
                return Ok(Some(row.get(0)?));
            }
        }
        Ok(None)
    }

    fn event_id(&self, row: EventRow) -> Result<EventId, Fault> {
        let mut statement = self.0.prepare_cached("SELECT body FROM event WHERE row = ?1")?;
        Ok(statement.query_row([row], |row| Ok(EventId::of_body(row.get_ref(0)?.as_blob()?)))?)
    }

    fn object_row(&self, app: &str, id: &ObjectId) -> Result<Option<ObjectRow>, Fault> {
        let mut statement = self.0.prepare_cached("SELECT id FROM object WHERE key = ?1 AND app = ?2")?;
        Ok(statement.query_row((id.as_bytes(), app), |row| row.get(0)).optional()?)
    }

    fn object_id(&self, row: ObjectRow) -> Result<ObjectId, Fault> {
        let mut statement = self.0.prepare_cached("SELECT key FROM object WHERE id = ?1")?;
        Ok(statement.query_row([row], |row| row.get(0).map(ObjectId::from_bytes))?)
    }
}
