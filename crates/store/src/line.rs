//! The lines: what feed, search and notices know of every app's items; and the words in them.
//!
//! The newest change of a line wins by (tick, id); a line that was taken away stays away.
//!
//! The index of words follows behind the lines, in order of arrival: the lines up to [`Store::indexed`] are in it, those
//! after it are not. So a device that comes home to much takes it first and makes it findable a moment later.

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use skein_app::{EventRow, Fault, Line, Meta, ObjectRow};
use skein_event::{DeviceId, EventId, MemberId, ObjectId, Tick};

use crate::Store;
use crate::ids::DbIds;
use skein_app::Ids;

/// The setting that says up to which event the words are indexed.
const INDEXED: &str = "indexed";
/// The most words that one search looks for.
const MAX_TERMS: usize = 16;

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The item.
    pub event: EventId,
    /// What it is about.
    pub object: ObjectId,
    /// The app it belongs to.
    pub app: String,
    /// What kind of item, in one word.
    pub kind: String,
    /// Whose.
    pub member: MemberId,
    /// From which device.
    pub author: DeviceId,
    /// When, in milliseconds since 1970, by its author's clock.
    pub at_ms: u64,
    /// The text around what was found, with `[` and `]` around the words.
    pub snippet: String,
    /// How well it fits: bm25, lower is better. 0 in the feed.
    pub rank: f64,
}

/// Which lines a search looks at; what is `None` lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this app.
    pub app: Option<String>,
    /// Those of this member.
    pub member: Option<MemberId>,
    /// Those about this.
    pub object: Option<ObjectId>,
    /// Those written then or later, in milliseconds since 1970.
    pub after_ms: Option<u64>,
    /// Those written before.
    pub before_ms: Option<u64>,
}

/// Where the feed goes on: pass the last line's.
pub type Latest = i64;

impl Store {
    /// Writes an item's line, or changes it, or takes it away.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn put_line(&self, meta: &Meta, object: ObjectRow, line: &Line) -> Result<(), Fault> {
        if line.about == meta.event {
            self.add_line(meta, object, line)
        } else {
            match self.ids().event_row(&line.about)? {
                Some(row) => self.change_line(row, object, meta, line),
                None => Ok(()),
            }
        }
    }

    fn add_line(&self, meta: &Meta, object: ObjectRow, line: &Line) -> Result<(), Fault> {
        let Some(text) = &line.text else { return Ok(()) };
        let sql = "INSERT OR IGNORE INTO line (event, object, author, member, tick, kind, text, as_of, by)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?5, ?8)";
        let added = self.connection.prepare_cached(sql)?.execute((
            meta.row,
            object,
            meta.author.as_bytes(),
            meta.member.as_bytes(),
            meta.tick.raw() as i64,
            &line.kind,
            text,
            meta.event.as_bytes(),
        ))?;
        if added == 1 && self.is_indexed(meta.row) { self.add_words(meta.row, text) } else { Ok(()) }
    }

    fn is_indexed(&self, row: EventRow) -> bool {
        row <= self.indexed
    }

    /// How many lines wait for their words to be indexed; counts no further than `limit`.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn lines_behind(&self, limit: usize) -> Result<usize, Fault> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM line WHERE event > ?1 LIMIT ?2)";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row((self.indexed, limit as i64), |row| row.get::<_, i64>(0))? as usize)
    }

    /// Indexes the words of the next lines, at most `limit`.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn index_words(&mut self, limit: usize) -> Result<(), Fault> {
        let sql = "SELECT max(event) FROM (SELECT event FROM line WHERE event > ?1 ORDER BY event LIMIT ?2)";
        let upto: Option<EventRow> =
            self.connection.prepare_cached(sql)?.query_row((self.indexed, limit as i64), |row| row.get(0))?;
        let Some(upto) = upto else { return Ok(()) };
        let sql = "INSERT INTO words (rowid, text) SELECT event, text FROM line WHERE event > ?1 AND event <= ?2";
        self.connection.prepare_cached(sql)?.execute((self.indexed, upto))?;
        self.set_indexed(upto)
    }

    fn set_indexed(&mut self, upto: EventRow) -> Result<(), Fault> {
        self.set(INDEXED, &upto.to_be_bytes())?;
        self.indexed = upto;
        Ok(())
    }

    fn add_words(&self, row: EventRow, text: &str) -> Result<(), Fault> {
        let sql = "INSERT INTO words (rowid, text) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.execute((row, text))?;
        Ok(())
    }

    /// Changes a line of the same object only: an app's rules vouch for no other.
    fn change_line(&self, row: EventRow, object: ObjectRow, meta: &Meta, line: &Line) -> Result<(), Fault> {
        let sql = "SELECT text, as_of, by FROM line WHERE event = ?1 AND object = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let old: Option<(String, i64, [u8; 32])> =
            statement.query_row([row, object], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
        let change = (meta.tick.raw() as i64, *meta.event.as_bytes());
        let Some((text, as_of, by)) = old else { return Ok(()) };
        if line.text.is_some() && change <= (as_of, by) {
            return Ok(());
        }
        if self.is_indexed(row) {
            self.drop_words(row, &text)?;
        }
        let Some(text) = &line.text else {
            // What is taken away leaves nothing: its event, folded again without its payload, makes no line either.
            self.connection.prepare_cached("DELETE FROM line WHERE event = ?1")?.execute([row])?;
            return Ok(());
        };
        let sql = "UPDATE line SET text = ?2, as_of = ?3, by = ?4 WHERE event = ?1";
        self.connection.prepare_cached(sql)?.execute((row, text, change.0, change.1))?;
        if self.is_indexed(row) { self.add_words(row, text) } else { Ok(()) }
    }

    fn drop_words(&self, row: EventRow, text: &str) -> Result<(), Fault> {
        let sql = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)";
        self.connection.prepare_cached(sql)?.execute((row, text))?;
        Ok(())
    }

    pub(crate) fn clear_lines(&self, object: ObjectRow) -> Result<(), Fault> {
        let sql =
            "SELECT event, text FROM line WHERE event IN (SELECT row FROM event WHERE object = ?1) AND event <= ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows =
            statement.query_map([object, self.indexed], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        for row in rows.collect::<rusqlite::Result<Vec<_>>>()? {
            self.drop_words(row.0, &row.1)?;
        }
        let sql = "DELETE FROM line WHERE event IN (SELECT row FROM event WHERE object = ?1)";
        self.connection.prepare_cached(sql)?.execute([object])?;
        Ok(())
    }

    /// Empties all lines and words: the first step of folding everything again.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn clear_all_lines(&mut self) -> Result<(), Fault> {
        self.connection.execute_batch("DELETE FROM line; INSERT INTO words (words) VALUES ('delete-all')")?;
        self.set_indexed(0)
    }

    fn ids(&self) -> DbIds<'_> {
        DbIds(&self.connection)
    }
}

/// The terms of a search as FTS5 wants them: every word quoted, the last one as a beginning. `None` if there are no words.
fn match_expression(query: &str) -> Option<String> {
    let words: Vec<String> = query
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_TERMS)
        .map(|word| format!("\"{word}\""))
        .collect();
    if words.is_empty() { None } else { Some(format!("{}*", words.join(" "))) }
}

/// Up to which event, in order of arrival, the words of the lines are indexed.
pub(crate) fn indexed(connection: &Connection) -> Result<EventRow, Fault> {
    let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
    let value: Option<[u8; 8]> = statement.query_row([INDEXED], |row| row.get(0)).optional()?;
    Ok(value.map_or(0, EventRow::from_be_bytes))
}

impl Found {
    /// Whether the words of all lines are indexed: whether a search finds all that there is.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn all_indexed(connection: &Connection) -> Result<bool, Fault> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM line WHERE event > ?1)";
        Ok(connection.prepare_cached(sql)?.query_row([indexed(connection)?], |row| row.get(0))?)
    }

    /// Searches all lines of a community; the best first. Any text is a proper query.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn search(connection: &Connection, query: &str, limit: usize) -> Result<Vec<Self>, Fault> {
        Self::search_only(connection, query, &Filter::default(), limit)
    }

    /// The same, only in lines that a filter lets pass.
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn search_only(
        connection: &Connection,
        query: &str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Self>, Fault> {
        let Some(terms) = match_expression(query) else { return Ok(Vec::new()) };
        let sql = "SELECT l.event, l.object, o.app, l.kind, l.member, l.author, l.tick,
                          snippet(words, 0, '[', ']', '…', 16), w.rank
                   FROM words w JOIN line l ON l.event = w.rowid JOIN object o ON o.id = l.object
                   WHERE words MATCH ?1 AND (?3 IS NULL OR o.app = ?3) AND (?4 IS NULL OR l.member = ?4)
                     AND (?5 IS NULL OR o.key = ?5) AND l.tick >= ?6 AND (?7 IS NULL OR l.tick < ?7)
                   ORDER BY w.rank, l.event DESC LIMIT ?2";
        let tick = |ms: u64| i64::try_from(Tick::at_ms(ms).raw()).unwrap_or(i64::MAX);
        let (member, object) = (filter.member.as_ref(), filter.object.as_ref());
        let of = (filter.app.as_deref(), member.map(MemberId::as_bytes), object.map(ObjectId::as_bytes));
        let span = (filter.after_ms.map_or(0, tick), filter.before_ms.map(tick));
        Self::read(connection, sql, (terms, limit as i64, of.0, of.1, of.2, span.0, span.1))
    }

    /// The newest lines of all apps before `before` (a line's row; `None`: from the end).
    ///
    /// # Errors
    /// Only if SQLite fails.
    pub fn feed(connection: &Connection, before: Option<Latest>, limit: usize) -> Result<Vec<Self>, Fault> {
        let sql = "SELECT l.event, l.object, o.app, l.kind, l.member, l.author, l.tick, l.text, 0.0
                   FROM line l JOIN object o ON o.id = l.object
                   WHERE l.event < ?1 ORDER BY l.event DESC LIMIT ?2";
        Self::read(connection, sql, (before.unwrap_or(i64::MAX), limit as i64))
    }

    fn read(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Self>, Fault> {
        let ids = DbIds(connection);
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Self {
                event: ids.event_id(row.get(0)?)?,
                object: ids.object_id(row.get(1)?)?,
                app: row.get(2)?,
                kind: row.get(3)?,
                member: MemberId::from_bytes(row.get(4)?),
                author: DeviceId::from_bytes(row.get(5)?),
                at_ms: Tick::from_raw(row.get::<_, i64>(6)? as u64).ms(),
                snippet: row.get(7)?,
                rank: row.get(8)?,
            });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::match_expression;

    #[test]
    fn any_text_is_a_proper_query() {
        assert_eq!(match_expression("tool shed"), Some("\"tool\" \"shed\"*".into()));
        assert_eq!(match_expression("a\" OR NEAR(b)"), Some("\"a\" \"OR\" \"NEAR\" \"b\"*".into()));
        assert_eq!(match_expression(" \" * "), None);
    }
}
