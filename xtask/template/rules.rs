//! What counts and what it means: the same on every device. Sees one entry's rows and nothing else.

use skein_app::{Fault, Meta, Verdict, View};
use skein_event::{EventId, MemberId, ObjectId};

use super::event::Event;

/// The longest text of an entry, in bytes.
pub const MAX_TEXT_BYTES: usize = 2_000;

/// Judges an event by what was said of its entry before, in the order of ticks.
pub(super) fn check(event: &Event, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault> {
    Ok(match event {
        Event::Added { text } => {
            let first = ObjectId::created_by(&meta.community, &meta.author, meta.seq) == meta.object;
            Verdict::unless(first && is_text(text), "an entry begins with a proper text")
        }
        Event::Removed { added } => {
            let sql = "SELECT added, member FROM sample_entry WHERE object = ?1";
            let read =
                |row: &rusqlite::Row<'_>| Ok((EventId::from_bytes(row.get(0)?), MemberId::from_bytes(row.get(1)?)));
            let theirs = view.first(sql, [view.object()], read)? == Some((*added, meta.member));
            Verdict::unless(theirs, "only who wrote an entry may take it back, and only once")
        }
    })
}

/// Writes what an event that counts means.
pub(super) fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    match event {
        Event::Added { text } => {
            let sql = "INSERT INTO sample_entry (object, added, member, text) VALUES (?1, ?2, ?3, ?4)";
            view.run(sql, (view.object(), meta.event.as_bytes(), meta.member.as_bytes(), text))?;
        }
        Event::Removed { .. } => {
            view.run("DELETE FROM sample_entry WHERE object = ?1", [view.object()])?;
        }
    }
    Ok(())
}

/// Whether an entry may say this: something, not too much, safe to show in a terminal.
pub(super) fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_TEXT_BYTES && !text.chars().any(char::is_control)
}
