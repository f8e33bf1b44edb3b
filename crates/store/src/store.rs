//! Opening, transactions, settings.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use skein_app::{EventRow, Fault};
use skein_event::{AppName, DeviceId, EventId, ObjectId};

use crate::{Log, LogKey, Place, line, migrate};

/// How long a reader waits for a writer, or a second writer for the first.
const BUSY_TIMEOUT_MS: u64 = 5_000;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 256;

/// Why a store cannot be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It was written by a newer program.
    #[error("this community's file is of version {found}, and this program knows versions up to {known}")]
    Newer {
        /// The version in the file.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::Sqlite(fault.0)
    }
}

/// How lasting a commit must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// May be lost in a power cut: it can be fetched again.
    Fetched,
    /// On disk before it returns: an own event, which must never be signed twice.
    Own,
}

/// The store of one community, for its one writer.
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) logs: BTreeMap<LogKey, Log>,
    pub(crate) by_author: BTreeMap<DeviceId, Vec<LogKey>>,
    pub(crate) dirty_logs: Vec<LogKey>,
    pub(crate) objects: BTreeMap<(ObjectId, AppName), i64>,
    pub(crate) recent: BTreeMap<EventId, Place>,
    /// Up to which event the words of the lines are indexed.
    pub(crate) indexed: EventRow,
    durability: Durability,
}

impl Store {
    /// Opens the file, or makes it; migrates an older one.
    ///
    /// # Errors
    /// [`StoreError`]: a newer version, a damaged file, a full disk.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))?;
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        Self::over(connection)
    }

    /// A store in memory, for tests and the village.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::over(Connection::open_in_memory()?)
    }

    /// A store over a connection that somebody else opened.
    ///
    /// # Errors
    /// See [`Store::open`].
    pub fn over(mut connection: Connection) -> Result<Self, StoreError> {
        migrate::migrate(&mut connection)?;
        plan_once(&connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let mut store = Self {
            connection,
            logs: BTreeMap::new(),
            by_author: BTreeMap::new(),
            dirty_logs: Vec::new(),
            objects: BTreeMap::new(),
            recent: BTreeMap::new(),
            indexed: 0,
            durability: Durability::Fetched,
        };
        store.forget_caches()?;
        Ok(store)
    }

    /// Gives the connection back, for the village's crashes. What was not committed is rolled back.
    pub fn into_connection(self) -> Connection {
        let _ = self.connection.execute_batch("ROLLBACK"); // fails when no transaction is open, and that is fine
        self.connection
    }

    /// The connection, for views and queries.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The connection, for the village: faults are put into it, and copies taken from it.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn begin(&mut self, durability: Durability) -> Result<(), StoreError> {
        if durability != self.durability {
            let level = if durability == Durability::Own { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", level)?;
            self.durability = durability;
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(())
    }

    /// Ends the transaction; with [`Durability::Own`] it is on disk when this returns.
    ///
    /// # Errors
    /// If SQLite fails; then nothing of the transaction is kept, and the caller must open the store anew.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.save_logs()?;
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Takes back the whole transaction.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn roll_back(&mut self) -> Result<(), StoreError> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.forget_caches()
    }

    /// Marks a point to which [`Store::undo`] goes back. Marks do not nest.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn mark(&mut self) -> Result<(), StoreError> {
        self.save_logs()?;
        self.connection.execute_batch("SAVEPOINT input")?;
        Ok(())
    }

    /// Keeps what was written since the mark.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn keep(&mut self) -> Result<(), StoreError> {
        self.connection.execute_batch("RELEASE input")?;
        Ok(())
    }

    /// Takes back what was written since the mark.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn undo(&mut self) -> Result<(), StoreError> {
        self.connection.execute_batch("ROLLBACK TO input; RELEASE input")?;
        self.forget_caches()
    }

    fn forget_caches(&mut self) -> Result<(), StoreError> {
        self.objects.clear();
        self.recent.clear();
        self.dirty_logs.clear();
        self.indexed = line::indexed(&self.connection)?;
        self.load_logs()
    }

    /// Reads a setting.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Writes a setting.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn set(&self, name: &str, value: &[u8]) -> Result<(), Fault> {
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.connection.prepare_cached(sql)?.execute((name, value))?;
        Ok(())
    }

    /// Asks SQLite whether the file is whole. Reads all of it.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn check_file(connection: &Connection) -> Result<Vec<String>, Fault> {
        let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let found: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }
}

/// A cached statement keeps its plan: else SQLite parses it again whenever a bound value could change the plan.
fn plan_once(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A connection that only reads: for screens, never through the loop.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens a file that a [`Store`] made.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))?;
        plan_once(&connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection })
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}
