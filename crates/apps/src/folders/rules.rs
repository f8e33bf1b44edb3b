//! What counts and what it means: the same on every device. Sees one folder's rows and nothing else.
//!
//! Every event is judged by itself, and its rows stand by themselves: what is replaced is found when it is read. So events
//! may arrive in any order.

use std::collections::BTreeSet;

use skein_app::{Fault, Meta, Verdict, View};
use skein_event::ObjectId;
use skein_mirror::{MAX_OVER, fit, fit_target};

use super::event::{Change, Event, What};

/// The longest name of a folder, in bytes.
pub const MAX_NAME_BYTES: usize = 100;
/// The most changes of one event.
pub const MAX_CHANGES: usize = 500;
/// The most bytes a file may claim: what JSON carries without loss.
pub const MAX_CLAIM: u64 = 1 << 53;

/// Judges an event by itself.
pub(super) fn check(event: &Event, meta: &Meta) -> Verdict {
    let judged = match event {
        Event::Made { name } => made(name, meta),
        Event::Changed { changes } => changed(changes),
    };
    judged.map_or_else(|why| Verdict::Reject(why.into()), |()| Verdict::Accept)
}

fn made(name: &str, meta: &Meta) -> Result<(), &'static str> {
    if ObjectId::created_by(&meta.community, &meta.author, meta.seq) != meta.object {
        return Err("a folder begins with its own first event");
    }
    fits_name(name)
}

/// Whether a folder may be called that.
///
/// # Errors
/// Why not, in people's words.
pub(super) fn fits_name(name: &str) -> Result<(), &'static str> {
    match name {
        _ if name.trim() != name || name.is_empty() => Err("the name is empty, or begins or ends with a blank"),
        _ if name.len() > MAX_NAME_BYTES => Err("the name is longer than 100 bytes"),
        _ if name.contains('/') => Err("the name has a / in it"),
        _ => fit(name).map_err(|_| "the name has characters that cannot be shown, or is Skein's own"),
    }
}

fn changed(changes: &[Change]) -> Result<(), &'static str> {
    if changes.is_empty() || changes.len() > MAX_CHANGES {
        return Err("these are no changes, or too many");
    }
    let mut paths = BTreeSet::new();
    for change in changes {
        fits(change)?;
        if !paths.insert(&change.path) {
            return Err("one path is there twice");
        }
    }
    Ok(())
}

/// Whether a change may be told.
///
/// # Errors
/// Why not, in people's words.
pub(super) fn fits(change: &Change) -> Result<(), &'static str> {
    fit(&change.path)?;
    if change.over.len() > MAX_OVER {
        return Err("it replaces too many versions at once");
    }
    match &change.what {
        What::File { bytes, modified_ms, .. } if *bytes > MAX_CLAIM || *modified_ms > MAX_CLAIM => {
            Err("no file is that large, or that new")
        }
        What::Link { target } => fit_target(target),
        _ => Ok(()),
    }
}

/// Writes what an event that counts means.
pub(super) fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let object = view.object();
    match event {
        Event::Made { name } => {
            let sql = "INSERT INTO folders_made (object, id, said, member, tick, name) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let (id, said, tick) = (meta.object.to_string(), meta.event.as_bytes(), meta.tick.raw() as i64);
            view.run(sql, (object, id, said, meta.member.as_bytes(), tick, name)).map(|_| ())
        }
        Event::Changed { changes } => {
            for (place, change) in changes.iter().enumerate() {
                write(place as i64, change, meta, view)?;
            }
            Ok(())
        }
    }
}

fn write(place: i64, change: &Change, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, said) = (view.object(), meta.event.as_bytes());
    let by = "INSERT INTO folders_by (object, said, member, device, tick) VALUES (?1, ?2, ?3, ?4, ?5)";
    if place == 0 {
        let (member, device) = (meta.member.as_bytes(), meta.author.as_bytes());
        view.run(by, (object, said, member, device, meta.tick.raw() as i64))?;
    }
    let (kind, root, bytes, modified_ms, executable, target) = match &change.what {
        What::Gone => (0, None, 0, 0, false, None),
        What::File { root, bytes, modified_ms, executable } => {
            (1, Some(root.as_bytes()), *bytes as i64, *modified_ms as i64, *executable, None)
        }
        What::Link { target } => (2, None, 0, 0, false, Some(target)),
        What::Folder => (3, None, 0, 0, false, None),
    };
    let sql = "INSERT INTO folders_change (object, said, place, path, kind, root, bytes, modified, runs, target)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    view.run(sql, (object, said, place, &change.path, kind, root, bytes, modified_ms, executable, target))?;
    for over in &change.over {
        let sql = "INSERT INTO folders_over (object, said, place, path, tick) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO UPDATE SET tick = max(tick, excluded.tick)";
        let tick = meta.tick.raw() as i64;
        view.run(sql, (object, over.event.as_bytes(), i64::from(over.place), &change.path, tick))?;
    }
    Ok(())
}
