//! What counts and what it means: the same on every node. Sees one share's rows and nothing else.

use skein_app::{Fault, Meta, Verdict, View};
use skein_event::{BlobHash, MemberId, ObjectId};

use super::copies::rules as copies;
use super::event::{Content, Event, copies_id};

/// The longest name of a share, in bytes.
pub const MAX_NAME_BYTES: usize = 255;
/// The longest note on a share, in bytes.
pub const MAX_NOTE_BYTES: usize = 2_000;
/// The most bytes, and the most files, that a share may claim: what JSON carries without loss.
pub const MAX_CLAIM: u64 = 1 << 53;
/// The most versions of one share; the next one is refused.
pub const MAX_VERSIONS: u32 = 1_000;

/// The share that an event is about, as far as the rules need it.
struct Share {
    said: String,
    member: MemberId,
    latest: u32,
    removed: bool,
}

/// Judges an event by what was said of its share before, in the order of ticks.
pub(super) fn check(event: &Event, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault> {
    let share = share(view)?;
    let verdict = match (event, share) {
        (Event::Shared { content, name, note }, None) => first(meta).and_then(|()| proper(content, name, note)),
        (Event::Shared { .. }, Some(_)) => Err("this share exists already"),
        (Event::RoomOffered { bytes, fits }, _) => copies::fits_offer(*bytes, *fits, meta),
        (Event::CopiesWanted { copies }, None) if meta.object == copies_id(&meta.community) => {
            copies::fits_number(*copies)
        }
        (_, None) => Err("there is no such share"),
        (Event::CopiesWanted { copies }, Some(share)) => {
            sharer_only(&share, meta).and_then(|()| copies::fits_number(*copies))
        }
        (
            Event::Held { root } | Event::Unheld { root } | Event::HeldForOthers { root } | Event::Unfit { root },
            Some(_),
        ) => {
            if has_version(root, view)? {
                Ok(())
            } else {
                Err("this share never had that content")
            }
        }
        (Event::Kept, Some(_)) => Ok(()),
        (Event::Described { shared, name, note }, Some(share)) => {
            sharer_only(&share, meta).and_then(|()| names(&share, shared)).and_then(|()| described(name, note))
        }
        (Event::Replaced { content }, Some(share)) => {
            sharer_only(&share, meta).and_then(|()| room(&share)).and_then(|()| fits_claims(content))
        }
        (Event::Removed { shared }, Some(share)) => sharer_only(&share, meta).and_then(|()| names(&share, shared)),
    };
    Ok(verdict.map_or_else(|why| Verdict::Reject(why.into()), |()| Verdict::Accept))
}

fn share(view: &View<'_>) -> Result<Option<Share>, Fault> {
    let sql = "SELECT said, member, latest, removed IS NOT NULL FROM files_share WHERE object = ?1";
    view.first(sql, [view.object()], |row| {
        Ok(Share {
            said: row.get(0)?,
            member: MemberId::from_bytes(row.get(1)?),
            latest: row.get(2)?,
            removed: row.get(3)?,
        })
    })
}

fn has_version(root: &BlobHash, view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM files_version WHERE object = ?1 AND root = ?2";
    Ok(view.first(sql, (view.object(), root.as_bytes()), |_| Ok(()))?.is_some())
}

fn first(meta: &Meta) -> Result<(), &'static str> {
    let made = ObjectId::created_by(&meta.community, &meta.author, meta.seq);
    if made == meta.object { Ok(()) } else { Err("a share begins with its own first event") }
}

fn proper(content: &Content, name: &str, note: &str) -> Result<(), &'static str> {
    fits_claims(content)?;
    described(name, note)
}

fn sharer_only(share: &Share, meta: &Meta) -> Result<(), &'static str> {
    if share.removed {
        return Err("this share was taken back");
    }
    if share.member == meta.member { Ok(()) } else { Err("only who shared it may change it") }
}

/// The item that an event changes in feed and search must be this share's own, else it could change anybody's.
fn names(share: &Share, shared: &skein_event::EventId) -> Result<(), &'static str> {
    if share.said == shared.to_string() { Ok(()) } else { Err("this names another share's beginning") }
}

fn room(share: &Share) -> Result<(), &'static str> {
    if share.latest < MAX_VERSIONS { Ok(()) } else { Err("this share has too many versions") }
}

/// Whether a file or folder may be described so.
///
/// # Errors
/// Why not, in people's words.
pub(super) fn fits_claims(content: &Content) -> Result<(), &'static str> {
    if content.bytes > MAX_CLAIM || content.files > MAX_CLAIM {
        return Err("no file or folder is that large");
    }
    if content.folder || content.files == 1 { Ok(()) } else { Err("a file is one file") }
}

fn described(name: &str, note: &str) -> Result<(), &'static str> {
    fits_name(name)?;
    fits_note(note)
}

/// Whether something may be called that: one proper name of a file, safe to make on a disk and to show in a terminal.
///
/// # Errors
/// Why not, in people's words.
pub(super) fn fits_name(name: &str) -> Result<(), &'static str> {
    match name {
        "" => Err("the name is empty"),
        "." | ".." => Err("the name stands for a folder's own place"),
        _ if name.len() > MAX_NAME_BYTES => Err("the name is longer than 255 bytes"),
        _ if name.contains('/') => Err("the name has a / in it"),
        _ if name.chars().any(is_unseen) => Err("the name has characters that cannot be shown"),
        _ => Ok(()),
    }
}

/// Whether this may be the word about a share.
///
/// # Errors
/// Why not, in people's words.
pub(super) fn fits_note(note: &str) -> Result<(), &'static str> {
    match note {
        _ if note.len() > MAX_NOTE_BYTES => Err("the note is longer than 2,000 bytes"),
        _ if note.chars().any(|c| c != '\n' && is_unseen(c)) => Err("the note has characters that cannot be shown"),
        _ => Ok(()),
    }
}

/// Controls, line breaks, and the marks that turn the direction of writing: `gpj.exe` could pass for `exe.jpg`.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes what an accepted event means.
pub(super) fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, tick) = (view.object(), meta.tick.raw() as i64);
    match event {
        Event::Shared { content, name, note } => {
            let sql = "INSERT INTO files_share (object, id, said, device, member, tick, name, note, latest, changed)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?6)";
            let (id, said) = (meta.object.to_string(), meta.event.to_string());
            view.run(sql, (object, id, said, meta.author.as_bytes(), meta.member.as_bytes(), tick, name, note))?;
            add_version(1, content, meta, view)
        }
        Event::Held { root } => hold(root, false, meta, view),
        Event::HeldForOthers { root } => hold(root, true, meta, view),
        Event::Unheld { root } => {
            let sql = "DELETE FROM files_holder WHERE object = ?1 AND root = ?2 AND device = ?3";
            view.run(sql, (object, root.as_bytes(), meta.author.as_bytes()))?;
            // To let the current version go is to keep the share no longer; an old version may go by itself.
            let sql = "DELETE FROM files_kept WHERE object = ?1 AND device = ?2 AND ?3 =
                       (SELECT v.root FROM files_share s
                          JOIN files_version v ON v.object = s.object AND v.number = s.latest WHERE s.object = ?1)";
            view.run(sql, (object, meta.author.as_bytes(), root.as_bytes())).map(|_| ())
        }
        Event::Kept => {
            let sql = "INSERT OR IGNORE INTO files_kept (object, device, since) VALUES (?1, ?2, ?3)";
            view.run(sql, (object, meta.author.as_bytes(), tick)).map(|_| ())
        }
        Event::Described { name, note, .. } => {
            let sql = "UPDATE files_share SET name = ?2, note = ?3, changed = ?4 WHERE object = ?1";
            view.run(sql, (object, name, note, tick)).map(|_| ())
        }
        Event::Replaced { content } => {
            let number = share(view)?.map_or(1, |share| share.latest + 1);
            let sql = "UPDATE files_share SET latest = ?2, changed = ?3 WHERE object = ?1";
            view.run(sql, (object, number, tick))?;
            add_version(number, content, meta, view)
        }
        Event::CopiesWanted { copies } => copies::wanted(*copies, meta, view),
        Event::RoomOffered { bytes, fits } => copies::offered(*bytes, *fits, meta, view),
        Event::Unfit { root } => copies::unfit(root, meta, view),
        Event::Removed { .. } => {
            let sql = "UPDATE files_share SET removed = ?2, changed = ?2 WHERE object = ?1";
            view.run(sql, (object, tick)).map(|_| ())
        }
    }
}

fn add_version(number: u32, content: &Content, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT INTO files_version (object, number, root, bytes, files, folder, device, tick)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let Content { root, bytes, files, folder } = content;
    let claims = (*bytes as i64, *files as i64, *folder);
    let (author, tick) = (meta.author.as_bytes(), meta.tick.raw() as i64);
    view.run(sql, (view.object(), number, root.as_bytes(), claims.0, claims.1, claims.2, author, tick))?;
    hold(root, false, meta, view)
}

/// What a device holds for its person stays so, also if it says later that it holds it for the others.
fn hold(root: &BlobHash, spare: bool, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT INTO files_holder (object, root, device, member, since, spare) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (object, root, device) DO UPDATE SET spare = min(spare, excluded.spare)";
    let (author, member) = (meta.author.as_bytes(), meta.member.as_bytes());
    view.run(sql, (view.object(), root.as_bytes(), author, member, meta.tick.raw() as i64, spare)).map(|_| ())
}
