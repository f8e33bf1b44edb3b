//! Reading a channel: a page of it, a thread, what is pinned, or what has just come.

use skein_app::{EventRow, Fault, Kind, Refusal, View};
use skein_event::EventId;

use super::channel::Channel;
use super::message::{self, COLUMNS, Kept};

/// The most messages in one answer.
pub const MAX_LIMIT: u32 = 500;

/// Which messages of a channel.
pub enum Which {
    /// The last ones before this message, or of all.
    Before(Option<Kept>),
    /// The first ones after this message.
    After(Kept),
    /// Those that came to this device after this event.
    Since(EventId),
    /// Those that are pinned.
    Pinned,
}

/// Messages, oldest first; whether there is more; and the newest event that was looked at.
pub struct Page {
    /// The messages.
    pub messages: Vec<Kept>,
    /// Whether there is more beyond the limit.
    pub more: bool,
    /// The newest event that was looked at.
    pub newest: EventId,
}

/// Reads a page of a channel, or of one of its threads.
///
/// # Errors
/// If `which` names an event that is not here, or the store fails.
pub fn read(
    channel: &Channel,
    thread: Option<&Kept>,
    which: &Which,
    limit: u32,
    view: &View<'_>,
) -> Result<Page, Refusal> {
    let limit = i64::from(limit.clamp(1, MAX_LIMIT));
    // Looked up first: what comes while we read is for the next answer.
    let newest: EventRow = view.first("SELECT coalesce(max(row), 0) FROM event", [], |row| row.get(0))?.unwrap_or(0);
    let object = channel.row.unwrap_or(0);
    let scope = Scope { object, thread: thread.map(|root| root.id), newest, limit: limit + 1, view };
    let mut rows = match which {
        Which::Before(before) => scope.before(before.as_ref())?,
        Which::After(after) => scope.after(after)?,
        Which::Since(since) => scope.since(since)?,
        Which::Pinned => scope.pinned()?,
    };
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let cut = if more { rows.last().map(|row| row.0.event) } else { None };
    let newest = match (which, cut) {
        (Which::Since(_), Some(last)) => last,
        _ => newest,
    };
    let mut messages = message::identified(rows, view)?;
    messages.sort_by_key(|kept| (kept.tick, kept.prefix));
    if let (Some(root), Which::Before(None)) = (thread, which)
        && !more
    {
        messages.insert(0, root.clone());
    }
    Ok(Page { messages, more, newest: view.ids().event_id(newest)? })
}

/// Conditions for [`statement`].
pub(in crate::chat) const BEFORE: &str =
    "m.tick <= ?5 AND (m.tick < ?5 OR e.prefix < ?6) ORDER BY m.tick DESC, e.prefix DESC";
pub(in crate::chat) const AFTER: &str = "m.tick >= ?5 AND (m.tick > ?5 OR e.prefix > ?6) ORDER BY m.tick, e.prefix";

/// Reads messages of a thread, or of a channel outside of threads; `?1` is the channel, `?2` the thread, `?3` the newest
/// row, `?4` the limit.
pub(in crate::chat) fn statement(thread: bool, condition: &str) -> String {
    // `+` keeps an index out of it: a thread is read by the index of threads.
    let of = if thread { "+m.object = ?1 AND m.thread = ?2" } else { "m.object = ?1 AND m.thread IS ?2" };
    format!(
        "SELECT {COLUMNS} FROM chat_message m JOIN event e ON e.row = m.event
         WHERE {of} AND m.event <= ?3 AND {condition} LIMIT ?4"
    )
}

/// Reads what came after the row `?5`. By row: by its time, what came late could be anywhere in the channel.
pub(in crate::chat) fn statement_since() -> String {
    format!(
        "SELECT {COLUMNS} FROM chat_message m JOIN event e ON e.row = m.event
         WHERE m.event > ?5 AND m.event <= ?3 AND +m.object = ?1 AND (?2 IS NULL OR m.thread = ?2)
         ORDER BY m.event LIMIT ?4"
    )
}

type Row = (Kept, Option<EventId>);

struct Scope<'a> {
    object: i64,
    thread: Option<EventId>,
    newest: EventRow,
    limit: i64,
    view: &'a View<'a>,
}

impl Scope<'_> {
    fn thread(&self) -> Option<&[u8; 32]> {
        self.thread.as_ref().map(EventId::as_bytes)
    }

    fn before(&self, before: Option<&Kept>) -> Result<Vec<Row>, Fault> {
        let (tick, prefix) = before.map_or((i64::MAX, i64::MIN), |kept| (kept.tick.raw() as i64, kept.prefix));
        let sql = statement(self.thread.is_some(), BEFORE);
        self.view.all(&sql, (self.object, self.thread(), self.newest, self.limit, tick, prefix), message::read)
    }

    fn after(&self, after: &Kept) -> Result<Vec<Row>, Fault> {
        let sql = statement(self.thread.is_some(), AFTER);
        let (tick, prefix) = (after.tick.raw() as i64, after.prefix);
        self.view.all(&sql, (self.object, self.thread(), self.newest, self.limit, tick, prefix), message::read)
    }

    /// In order of arrival, and from threads too: whoever follows a channel follows all of it.
    fn since(&self, since: &EventId) -> Result<Vec<Row>, Refusal> {
        let since = self.view.ids().event_row(since)?.ok_or_else(|| {
            Refusal::new(Kind::NotFound, "there is no such event here to go on from").hint("Read the channel anew.")
        })?;
        Ok(self.view.all(
            &statement_since(),
            (self.object, self.thread(), self.newest, self.limit, since),
            message::read,
        )?)
    }

    fn pinned(&self) -> Result<Vec<Row>, Fault> {
        let sql = "SELECT target, present FROM chat_pin WHERE object = ?1 ORDER BY tick, prefix";
        let said = self.view.all(sql, [self.object], |row| Ok((row.get(0).map(EventId::from_bytes)?, row.get(1)?)))?;
        let newest: std::collections::BTreeMap<EventId, bool> = said.into_iter().collect();
        let mut rows = Vec::new();
        for (id, _) in newest.into_iter().filter(|(_, present)| *present) {
            let kept = message::load(&id, self.view)?;
            rows.extend(
                kept.filter(|kept| kept.object == self.object && kept.text.is_some()).map(|kept| (kept, Some(id))),
            );
        }
        rows.sort_by_key(|(kept, _)| std::cmp::Reverse((kept.tick, kept.prefix)));
        rows.truncate(self.limit as usize);
        Ok(rows)
    }
}
