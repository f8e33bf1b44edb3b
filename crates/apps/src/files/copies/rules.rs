//! What counts of what is said about numbers of copies and room, and what it means: the same on every device. Sees the rows
//! of one object and nothing else.

use skein_app::{Fault, Meta, View};
use skein_event::BlobHash;

use super::super::event::{copies_id, room_id};
use super::super::rules::MAX_CLAIM;

/// The most copies that may be asked for.
pub const MAX_COPIES: u32 = 64;

/// Whether so many copies may be asked for.
///
/// # Errors
/// Why not, in people's words.
pub(in super::super) fn fits_number(copies: Option<u32>) -> Result<(), &'static str> {
    match copies {
        Some(0) => Err("no copies at all cannot be asked for"),
        Some(n) if n > MAX_COPIES => Err("at most 64 copies can be asked for"),
        _ => Ok(()),
    }
}

/// Whether a device may offer that.
///
/// # Errors
/// Why not, in people's words.
pub(in super::super) fn fits_offer(bytes: u64, fits: u64, meta: &Meta) -> Result<(), &'static str> {
    if meta.object != room_id(&meta.community, &meta.author) {
        return Err("a device offers its own room only");
    }
    if fits <= bytes && bytes <= MAX_CLAIM { Ok(()) } else { Err("no device has so much room") }
}

/// So many copies are asked for from now on.
pub(in super::super) fn wanted(copies: Option<u32>, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO files_number (object, everywhere, copies, member, tick)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let everywhere = meta.object == copies_id(&meta.community);
    let tick = meta.tick.raw() as i64;
    view.run(sql, (view.object(), everywhere, copies, meta.member.as_bytes(), tick)).map(|_| ())
}

/// A device offers so much from now on.
pub(in super::super) fn offered(bytes: u64, fits: u64, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO files_room (object, device, member, bytes, fits, tick)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (author, member, tick) = (meta.author.as_bytes(), meta.member.as_bytes(), meta.tick.raw() as i64);
    view.run(sql, (view.object(), author, member, bytes as i64, fits as i64, tick)).map(|_| ())
}

/// A device will not take this version.
pub(in super::super) fn unfit(root: &BlobHash, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT OR IGNORE INTO files_unfit (object, root, device) VALUES (?1, ?2, ?3)";
    view.run(sql, (view.object(), root.as_bytes(), meta.author.as_bytes())).map(|_| ())
}
