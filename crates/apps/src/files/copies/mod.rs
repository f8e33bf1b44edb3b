//! The community's own storage: so many copies of each file on devices that offer room, kept up by every device for itself.
//!
//! `plan` works out who should hold what, `facts` reads what that rests on, `rules` and `desk` are what can be said and done,
//! `answer` and `words` what people see of it. A copy that a device took for the others is the only kind that it lets go by
//! itself.

pub(super) mod answer;
pub(super) mod desk;
mod facts;
pub(super) mod plan;
pub(super) mod rules;
mod words;

use skein_app::{Fault, Me, View, Want};
use skein_event::Tick;

use super::desk::Command;
pub use facts::SILENT_DAYS;
use facts::facts;
pub(super) use facts::silent_before;
use plan::plan;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// A device that holds something and has said nothing for so many days says that it is still there.
const HEARTBEAT_DAYS: u64 = 10;
/// How finely a device says what its disk allows: in sixteenths of what it offers, so that it need not speak often.
const STEPS: u64 = 16;

/// What this device should take or let go, as one of those that offer room. A keeper has everything anyway.
pub(super) fn wants(me: &Me, there: &[skein_event::DeviceId], view: &View<'_>) -> Result<Vec<Want>, Fault> {
    if me.keeper || facts::nothing(view)? {
        return Ok(Vec::new());
    }
    let facts = facts(me, there, view)?;
    let plan = plan(&facts);
    let mut wants = Vec::new();
    for (at, file) in facts.files.iter().enumerate() {
        let plan::File { root, folder, share, bytes, list_bytes, .. } = *file;
        if plan.outlooks[at].takers.contains(&me.device) {
            wants.push(Want::Spare { root, folder, share, most_bytes: bytes, most_list_bytes: list_bytes });
        } else if let Some(plan::Heirs { others, needed }) = plan.heirs(at, &me.device) {
            wants.push(Want::Over { root, folder, share, others, needed });
        }
    }
    Ok(wants)
}

/// What this device says by itself: what its disk allows of what it offers, and that it is still there.
pub(super) fn tend(me: &Me, left_bytes: u64, view: &View<'_>) -> Result<Vec<Command>, Fault> {
    let sql = "SELECT bytes, fits FROM files_room WHERE device = ?1";
    let said = view.first(sql, [me.device.as_bytes()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let (bytes, fits) = said.map_or((0, 0), |(bytes, fits)| (bytes as u64, fits as u64));
    if bytes > 0 {
        let used = facts::used(&facts::all_spares(view)?, &me.device);
        let now = allowed(bytes, used.saturating_add(left_bytes));
        // It says at once that there is less, and that there is more only when it is much more: a disk goes up and down.
        if now < fits || now == bytes && fits < bytes || now >= fits.saturating_add(2 * (bytes / STEPS).max(1)) {
            return Ok(vec![Command::Fits { fits: now }]);
        }
    }
    Ok(if is_due(me, bytes, view)? { vec![Command::Fits { fits }] } else { Vec::new() })
}

/// How much of an offer a disk with so much for it allows.
fn allowed(bytes: u64, disk: u64) -> u64 {
    let step = (bytes / STEPS).max(1);
    if disk >= bytes { bytes } else { disk / step * step }
}

/// Whether the others should hear that this device is still there.
fn is_due(me: &Me, bytes: u64, view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT EXISTS (SELECT 1 FROM files_number WHERE copies IS NOT NULL)
                  AND (?2 OR EXISTS (SELECT 1 FROM files_holder WHERE device = ?1)),
                  coalesce((SELECT max(tick) FROM log WHERE author = ?1), 0)";
    let found =
        view.first(sql, (me.device.as_bytes(), bytes > 0), |row| Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?)))?;
    let (concerned, newest) = found.unwrap_or_default();
    let last_ms = Tick::from_raw(newest as u64).ms();
    Ok(concerned && me.now_ms >= last_ms.saturating_add(HEARTBEAT_DAYS * DAY_MS))
}
