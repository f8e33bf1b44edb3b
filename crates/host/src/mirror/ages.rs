//! Since when this device sees that some bytes are no folder's any more: written down, for it takes longer than a program runs.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, Transaction};
use skein_app::Refusal;
use skein_event::BlobHash;
use skein_mirror::Times;

use super::ledger::Books;

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS looked (
        id        INTEGER PRIMARY KEY CHECK (id = 1),
        at_ms     INTEGER NOT NULL,
        lived_ms  INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS past (root BLOB PRIMARY KEY, seen_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

const TIMES: &str = "SELECT at_ms, lived_ms FROM looked";

impl Books {
    /// Writes down that exactly these bytes are old now. Gives since when each was seen to be, and what it is compared with.
    pub fn look(&self, past: &BTreeSet<BlobHash>, now_ms: u64) -> Result<(BTreeMap<BlobHash, u64>, Times), Refusal> {
        let mut connection = self.lock();
        let all = connection.transaction()?;
        let times = all.query_row(TIMES, [], times).optional()?.unwrap_or_default().look(now_ms);
        let sql = "INSERT OR REPLACE INTO looked (id, at_ms, lived_ms) VALUES (1, ?1, ?2)";
        all.execute(sql, (times.at_ms as i64, times.lived_ms as i64))?;
        let mut seen = read(&all)?;
        for root in seen.keys().filter(|root| !past.contains(root)) {
            all.prepare_cached("DELETE FROM past WHERE root = ?1")?.execute([root.as_bytes()])?;
        }
        seen.retain(|root, _| past.contains(root));
        for root in past {
            if let Entry::Vacant(first) = seen.entry(*root) {
                first.insert(times.lived_ms);
                let sql = "INSERT INTO past (root, seen_ms) VALUES (?1, ?2)";
                all.prepare_cached(sql)?.execute((root.as_bytes(), times.lived_ms as i64))?;
            }
        }
        all.commit()?;
        Ok((seen, times))
    }

    /// Since when these bytes were seen to be old, if they were, and what that is compared with: as of the last look.
    pub fn seen(&self, root: &BlobHash) -> Result<(Option<u64>, Times), Refusal> {
        let connection = self.lock();
        let times = connection.query_row(TIMES, [], times).optional()?.unwrap_or_default();
        let sql = "SELECT seen_ms FROM past WHERE root = ?1";
        let seen = connection.query_row(sql, [root.as_bytes()], |row| row.get::<_, i64>(0)).optional()?;
        Ok((seen.map(|ms| ms as u64), times))
    }
}

fn times(row: &rusqlite::Row<'_>) -> rusqlite::Result<Times> {
    Ok(Times { at_ms: row.get::<_, i64>(0)? as u64, lived_ms: row.get::<_, i64>(1)? as u64 })
}

fn read(all: &Transaction<'_>) -> Result<BTreeMap<BlobHash, u64>, Refusal> {
    let mut statement = all.prepare("SELECT root, seen_ms FROM past")?;
    let row = |row: &rusqlite::Row<'_>| Ok((BlobHash::from_bytes(row.get(0)?), row.get::<_, i64>(1)? as u64));
    let rows = statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_when_it_is_old_is_remembered_and_begins_anew_when_it_was_current_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mirrors.db");
        let (one, two) = (BlobHash::from_bytes([1; 32]), BlobHash::from_bytes([2; 32]));
        let look = |roots: &[BlobHash], now_ms| {
            // Another run of the program each time.
            let books = Books::open(&path).expect("opens");
            books.look(&roots.iter().copied().collect(), now_ms).expect("is written")
        };
        let (hour, now) = (3_600_000, 1_800_000_000_000);
        let (first, begun) = look(&[one], now);
        let (second, times) = look(&[one, two], now + hour);
        assert_eq!(times.lived_ms, begun.lived_ms + hour);
        assert_eq!((second[&one], second[&two]), (first[&one], first[&one] + hour));
        let (third, _) = look(&[two], now + 2 * hour);
        assert_eq!((third.get(&one), third[&two]), (None, second[&two]));
        let books = Books::open(&path).expect("opens");
        assert_eq!(books.seen(&one).expect("is read").0, None);
        let (fourth, times) = look(&[one, two], now + 3 * hour);
        assert_eq!((fourth[&one], fourth[&two]), (times.lived_ms, second[&two]));
        assert_eq!(books.seen(&one).expect("is read"), (Some(times.lived_ms), times));
    }
}
