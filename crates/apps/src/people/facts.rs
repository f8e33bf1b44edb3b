//! The facts, read from the rows.

use skein_app::{Fault, View};
use skein_event::{DeviceId, EventId, MemberId, Tick};

use super::standing::{Cuts, DeviceFact, EndFact, EndKind, cuts};

/// The devices, in the order in which they came.
pub(super) fn devices(view: &View<'_>) -> Result<Vec<DeviceFact>, Fault> {
    let sql = "SELECT d.device, d.member, i.tick FROM people_device d
               LEFT JOIN people_invitation i ON i.event = d.via_event ORDER BY d.event";
    view.all(sql, [], |row| {
        Ok(DeviceFact {
            device: DeviceId::from_bytes(row.get(0)?),
            member: MemberId::from_bytes(row.get(1)?),
            invited: row.get::<_, Option<i64>>(2)?.map(|tick| Tick::from_raw(tick as u64)),
        })
    })
}

/// Who said that somebody's devices come to an end.
pub(super) fn ends(view: &View<'_>) -> Result<Vec<EndFact>, Fault> {
    let sql = "SELECT kind, device, seq, member, target, heights, tick, id FROM people_end";
    view.all(sql, [], |row| {
        let heights: Vec<u8> = row.get(5)?;
        Ok(EndFact {
            kind: match row.get::<_, i64>(0)? {
                0 => EndKind::Removal,
                1 => EndKind::Leave,
                _ => EndKind::Retire,
            },
            device: DeviceId::from_bytes(row.get(1)?),
            seq: row.get::<_, i64>(2)? as u64,
            member: MemberId::from_bytes(row.get(3)?),
            target: MemberId::from_bytes(row.get(4)?),
            heights: postcard::from_bytes(&heights).unwrap_or_default(), // apply wrote them
            tick: Tick::from_raw(row.get::<_, i64>(6)? as u64),
            id: EventId::from_bytes(row.get(7)?),
        })
    })
}

/// How many other members it takes to remove one. The one place where the charter's rule is read.
pub(super) fn removal_quorum(view: &View<'_>) -> Result<usize, Fault> {
    let quorum = view.first("SELECT removal FROM people_community", [], |row| row.get::<_, i64>(0))?;
    Ok(quorum.map_or(usize::MAX, |quorum| usize::try_from(quorum).unwrap_or(usize::MAX).max(1)))
}

/// From which seq on each ended device no longer counts.
pub(super) fn all_cuts(view: &View<'_>) -> Result<Cuts, Fault> {
    let ends = ends(view)?;
    if ends.is_empty() {
        return Ok(Cuts::new());
    }
    Ok(cuts(&devices(view)?, &ends, removal_quorum(view)?))
}

/// Whether a member has a device in good standing.
pub(super) fn belongs(view: &View<'_>, member: &MemberId) -> Result<bool, Fault> {
    let cuts = all_cuts(view)?;
    Ok(devices(view)?.iter().any(|device| device.member == *member && !cuts.contains_key(&device.device)))
}
