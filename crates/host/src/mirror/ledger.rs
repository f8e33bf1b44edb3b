//! What is remembered of tied folders: which there are, and for each what was last equal. One SQLite file of the profile.
//!
//! It is written before a step is begun and after it is done, so that a kill between the two is understood.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use skein_app::Refusal;
use skein_event::{BlobHash, CommunityId, ObjectId};
use skein_mirror::{Base, Row, Told};

use super::stat::Stat;

/// How a folder is tied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// In which community.
    pub community: CommunityId,
    /// The folder there.
    pub folder: ObjectId,
    /// What it is called.
    pub name: String,
    /// Where it is on this computer.
    pub dir: PathBuf,
    /// What stands in its mark.
    pub mark: String,
    /// Only these patterns, if there are any.
    pub only: Vec<String>,
    /// Not these.
    pub without: Vec<String>,
    /// Its disk does not tell small letters from capitals, or is not to.
    pub folds: bool,
    /// Nothing is done.
    pub paused: bool,
}

/// The file.
pub(super) struct Books(Mutex<Connection>);

/// One tied folder's memory.
#[derive(Default)]
pub(super) struct Ledger {
    pub base: Base,
    /// What each file was known by when it was equal.
    pub stats: BTreeMap<String, Stat>,
    changed: BTreeSet<String>,
}

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS tie (id INTEGER PRIMARY KEY AUTOINCREMENT, settings TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS equal (
        tie   INTEGER NOT NULL,
        path  TEXT    NOT NULL,
        row   TEXT    NOT NULL,
        stat  TEXT,
        PRIMARY KEY (tie, path)
    ) STRICT, WITHOUT ROWID;";

impl Books {
    pub fn open(path: &Path) -> Result<Self, Refusal> {
        let connection = Connection::open(path)?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch(super::ages::TABLES)?;
        Ok(Self(Mutex::new(connection)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All tied folders. One whose settings cannot be read is left out: nothing is done with it.
    pub fn all(&self) -> Result<Vec<(i64, Settings)>, Refusal> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT id, settings FROM tie ORDER BY id")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(rows.into_iter().filter_map(|(id, text)| Some((id, serde_json::from_str(&text).ok()?))).collect())
    }

    pub fn add(&self, settings: &Settings) -> Result<i64, Refusal> {
        let connection = self.lock();
        connection.execute("INSERT INTO tie (settings) VALUES (?1)", [text(settings)])?;
        Ok(connection.last_insert_rowid())
    }

    pub fn change(&self, id: i64, settings: &Settings) -> Result<(), Refusal> {
        self.lock().execute("UPDATE tie SET settings = ?2 WHERE id = ?1", (id, text(settings)))?;
        Ok(())
    }

    pub fn forget(&self, id: i64) -> Result<(), Refusal> {
        let mut connection = self.lock();
        let all = connection.transaction()?;
        all.execute("DELETE FROM equal WHERE tie = ?1", [id])?;
        all.execute("DELETE FROM tie WHERE id = ?1", [id])?;
        Ok(all.commit()?)
    }

    /// Whether some row of some tied folder has these bytes.
    pub fn have(&self, root: &BlobHash) -> Result<bool, Refusal> {
        let sql = "SELECT EXISTS (SELECT 1 FROM equal WHERE instr(row, ?1) > 0)";
        Ok(self.lock().query_row(sql, [text(root)], |row| row.get(0))?)
    }

    pub fn ledger(&self, id: i64) -> Result<Ledger, Refusal> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT path, row, stat FROM equal WHERE tie = ?1")?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let rows = statement.query_map([id], read)?;
        let mut ledger = Ledger::default();
        for row in rows {
            let (path, row, stat): (String, String, Option<String>) = row?;
            // What cannot be read was never equal: the file is compared anew.
            let Ok(row) = serde_json::from_str::<Row>(&row) else { continue };
            if let Some(stat) = stat.and_then(|stat| serde_json::from_str(&stat).ok()) {
                ledger.stats.insert(path.clone(), stat);
            }
            ledger.base.insert(path, row);
        }
        Ok(ledger)
    }

    /// Writes down what changed; on disk when this returns.
    pub fn write(&self, id: i64, ledger: &mut Ledger) -> Result<(), Refusal> {
        if ledger.changed.is_empty() {
            return Ok(());
        }
        let mut connection = self.lock();
        let all = connection.transaction()?;
        for path in &ledger.changed {
            match ledger.base.get(path) {
                None => drop(all.execute("DELETE FROM equal WHERE tie = ?1 AND path = ?2", (id, path))?),
                Some(row) => {
                    let stat = ledger.stats.get(path).map(text);
                    let sql = "INSERT OR REPLACE INTO equal (tie, path, row, stat) VALUES (?1, ?2, ?3, ?4)";
                    all.prepare_cached(sql)?.execute((id, path, text(row), stat))?;
                }
            }
        }
        all.commit()?;
        ledger.changed.clear();
        Ok(())
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("these are plain values with text for keys")
}

impl Ledger {
    /// Takes over what is equal at a path.
    pub fn set(&mut self, path: &str, row: Option<Row>, stat: Option<Stat>) {
        match row {
            Some(row) => drop(self.base.insert(path.into(), row)),
            None => drop(self.base.remove(path)),
        }
        match stat.filter(|_| self.base.contains_key(path)) {
            Some(stat) => drop(self.stats.insert(path.into(), stat)),
            None => drop(self.stats.remove(path)),
        }
        self.changed.insert(path.into());
    }

    /// Says what is about to be told.
    pub fn tell(&mut self, told: &Told) {
        skein_mirror::telling(&mut self.base, told);
        self.changed.insert(told.disk.clone());
    }

    /// Says what is about to be put at a path.
    pub fn intend(&mut self, path: &str, next: Row) {
        let row = self.base.entry(path.into()).or_insert_with(|| Row::nothing(path));
        row.next = Some(Box::new(next));
        self.changed.insert(path.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skein_mirror::What;

    #[test]
    fn what_was_written_down_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mirrors.db");
        let row = |what| Row { what, ..Row::nothing("a") };
        let link = What::Link { target: "b".into() };
        let books = Books::open(&path).expect("opens");
        let mut ledger = Ledger::default();
        ledger.set("a", Some(row(What::Folder)), None);
        ledger.intend("a", row(link.clone()));
        ledger.intend("new", row(link.clone()));
        ledger.set("gone", Some(row(What::Folder)), None);
        let root = BlobHash::from_bytes([5; 32]);
        ledger.set("file", Some(row(What::File { root, bytes: 1, modified_ms: 2, executable: false })), None);
        books.write(7, &mut ledger).expect("is written");
        ledger.set("gone", None, None);
        books.write(7, &mut ledger).expect("is written");
        assert!(books.have(&root).expect("is read") && !books.have(&BlobHash::ZERO).expect("is read"));
        drop(books);
        let read = Books::open(&path).expect("opens").ledger(7).expect("is read");
        assert_eq!(read.base, ledger.base);
        assert_eq!(read.base["a"].next.as_deref().map(|next| &next.what), Some(&link));
        assert_eq!(read.base["new"].what, What::Gone);
        assert!(!read.base.contains_key("gone"));
    }
}
