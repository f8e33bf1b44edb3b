//! The view: an app's window on the rows.

use rusqlite::{Connection, OptionalExtension, Params, Row};
use skein_event::{EventId, ObjectId};

use crate::Fault;

/// The number of an event in this device's store: its place in the order of arrival. Local; never shown or sent.
pub type EventRow = i64;
/// The number of an object in this device's store. Local; never shown or sent.
pub type ObjectRow = i64;

/// How ids become the short numbers that rows hold, and back.
pub trait Ids {
    /// The number of an event that is kept here.
    ///
    /// # Errors
    /// Only if the store fails.
    fn event_row(&self, id: &EventId) -> Result<Option<EventRow>, Fault>;
    /// The id of an event.
    ///
    /// # Errors
    /// Only if the store fails, or if there is no such event.
    fn event_id(&self, row: EventRow) -> Result<EventId, Fault>;
    /// The number of an app's object that some event here is about.
    ///
    /// # Errors
    /// Only if the store fails.
    fn object_row(&self, app: &str, id: &ObjectId) -> Result<Option<ObjectRow>, Fault>;
    /// The id of an object.
    ///
    /// # Errors
    /// Only if the store fails, or if there is no such object.
    fn object_id(&self, row: ObjectRow) -> Result<ObjectId, Fault>;
}

/// A window on the rows. In `check` and `apply` it is bound to the event's object; in `decide` and `query` to none.
pub struct View<'a> {
    connection: &'a Connection,
    ids: &'a dyn Ids,
    object: ObjectRow,
}

impl<'a> View<'a> {
    /// A view bound to one object.
    pub fn of_object(connection: &'a Connection, ids: &'a dyn Ids, object: ObjectRow) -> Self {
        Self { connection, ids, object }
    }

    /// A view of everything, for reading.
    pub fn of_all(connection: &'a Connection, ids: &'a dyn Ids) -> Self {
        Self { connection, ids, object: 0 }
    }

    /// The number of the object that this view is bound to: the value for the column `object`.
    pub fn object(&self) -> ObjectRow {
        self.object
    }

    /// The ids behind the numbers in rows.
    pub fn ids(&self) -> &dyn Ids {
        self.ids
    }

    /// Runs one statement; gives how many rows it changed.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn run(&self, sql: &str, params: impl Params) -> Result<usize, Fault> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Reads the first row, if there is one.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// Reads all rows. The statement must carry a LIMIT unless its rows are few by nature.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
