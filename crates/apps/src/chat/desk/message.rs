//! Messages: their rows, and finding one by the beginning of its id.

use std::collections::BTreeSet;

use rusqlite::Row;
use skein_app::{EventRow, Fault, Kind, ObjectRow, Refusal, View};
use skein_event::{EventId, MemberId, Tick, id_range};

/// The shortest beginning of an id that is looked for.
const MIN_PREFIX: usize = 4;
/// The most messages that one beginning may fit before we stop looking.
const MAX_CANDIDATES: i64 = 64;

/// A message's own row.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its row; for a deleted message, that of the deletion.
    pub event: EventRow,
    /// Its id; for a deleted message, still the message's.
    pub id: EventId,
    /// The channel.
    pub object: ObjectRow,
    /// When.
    pub tick: Tick,
    /// With `tick`, its place in the channel.
    pub prefix: i64,
    /// Whose.
    pub member: MemberId,
    /// As it was first said; `None` if only its place is left.
    pub text: Option<String>,
    /// The message whose thread it is in.
    pub thread: Option<EventId>,
    /// The message that it answers.
    pub reply: Option<EventId>,
}

/// What [`read`] reads, of `chat_message m` joined with `event e`.
pub const COLUMNS: &str = "m.event, m.object, m.tick, e.prefix, m.member, m.text, m.thread, m.reply, m.deleted";

/// Reads a message's row; its id is filled in by [`identified`].
pub fn read(row: &Row<'_>) -> rusqlite::Result<(Kept, Option<EventId>)> {
    let id = |n| row.get::<_, Option<[u8; 32]>>(n).map(|bytes| bytes.map(EventId::from_bytes));
    let kept = Kept {
        event: row.get(0)?,
        id: EventId::ZERO,
        object: row.get(1)?,
        tick: Tick::from_raw(row.get::<_, i64>(2)? as u64),
        prefix: row.get(3)?,
        member: row.get(4).map(MemberId::from_bytes)?,
        text: row.get(5)?,
        thread: id(6)?,
        reply: id(7)?,
    };
    Ok((kept, id(8)?))
}

/// Fills in the ids. A message that was deleted twice is shown once.
///
/// # Errors
/// Only if the store fails.
pub fn identified(rows: Vec<(Kept, Option<EventId>)>, view: &View<'_>) -> Result<Vec<Kept>, Fault> {
    let mut seen = BTreeSet::new();
    let mut messages = Vec::with_capacity(rows.len());
    for (mut kept, deleted) in rows {
        kept.id = match deleted {
            Some(id) => id,
            None => view.ids().event_id(kept.event)?,
        };
        if seen.insert(kept.id) {
            messages.push(kept);
        }
    }
    Ok(messages)
}

/// The message with this id, if it is here.
///
/// # Errors
/// Only if the store fails.
pub fn load(id: &EventId, view: &View<'_>) -> Result<Option<Kept>, Fault> {
    if let Some(event) = view.ids().event_row(id)? {
        let sql = format!(
            "SELECT {COLUMNS} FROM chat_message m JOIN event e ON e.row = m.event
             WHERE m.event = ?1 AND m.deleted IS NULL"
        );
        if let Some(row) = view.first(&sql, [event], read)? {
            return Ok(identified(vec![row], view)?.pop());
        }
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM chat_message m JOIN event e ON e.row = m.event
         WHERE m.deleted = ?1 ORDER BY m.tick, e.prefix LIMIT 1"
    );
    let row = view.first(&sql, [id.as_bytes()], read)?;
    Ok(identified(row.into_iter().collect(), view)?.pop())
}

/// Messages by the first bytes of their ids. `CROSS` makes SQLite look at the events first, which have an index for it.
pub(in crate::chat) const BY_PREFIX: &str = "SELECT m.event FROM event e CROSS JOIN chat_message m ON m.event = e.row
    WHERE e.prefix BETWEEN ?1 AND ?2 AND m.deleted IS NULL LIMIT ?3";
/// The same, of messages that were deleted.
pub(in crate::chat) const DELETED_BY_PREFIX: &str =
    "SELECT deleted FROM chat_message WHERE deleted >= ?1 AND deleted < ?2 LIMIT ?3";

/// The message whose id begins so.
///
/// # Errors
/// Too short, not found, or several begin so.
pub fn find(typed: &str, view: &View<'_>) -> Result<Kept, Refusal> {
    let typed = typed.trim().to_lowercase();
    let unknown = || {
        Refusal::new(Kind::NotFound, format!("there is no message \"{}\" here", typed.escape_debug()))
            .hint("`skein chat read` shows the beginning of each message's id.")
    };
    if typed.len() < MIN_PREFIX {
        return Err(Refusal::new(Kind::Usage, format!("\"{}\" is too short to find a message", typed.escape_debug()))
            .hint(format!("Give at least the first {MIN_PREFIX} characters of its id.")));
    }
    let (low, high) = id_range(&typed).ok_or_else(unknown)?;
    let mut ids = BTreeSet::new();
    let rows: Vec<EventRow> = view.all(BY_PREFIX, (low as i64, high as i64, MAX_CANDIDATES), |row| row.get(0))?;
    for row in rows {
        ids.insert(view.ids().event_id(row)?);
    }
    let (from, to) = (low.to_be_bytes(), high.to_be_bytes());
    let above = [&to[..], &[0xff; 25]].concat();
    ids.extend(
        view.all(DELETED_BY_PREFIX, (&from[..], &above, MAX_CANDIDATES), |row| row.get(0).map(EventId::from_bytes))?,
    );
    ids.retain(|id| id.to_string().starts_with(&typed));
    match ids.len() {
        0 => Err(unknown()),
        1 => load(ids.first().expect("there is one"), view)?.ok_or_else(unknown),
        several => Err(Refusal::new(Kind::Ambiguous, format!("the ids of {several} messages begin with \"{typed}\""))
            .hint("Give more of its characters.")),
    }
}
