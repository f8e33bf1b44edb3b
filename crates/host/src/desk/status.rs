//! How the program is doing, and the communities here.

use crate::core::Core;
use crate::hall::Hall;
use crate::{CommunityRow, Status};

pub(super) async fn status(core: &Core) -> Status {
    let files_bytes = match core.wire.blobs() {
        Ok(blobs) => blobs.stored_bytes().await,
        Err(_) => 0,
    };
    let settings = core.settings().clone();
    Status {
        version: env!("CARGO_PKG_VERSION").into(),
        folder: core.profile.folder().display().to_string(),
        pid: std::process::id(),
        since_ms: core.since_ms,
        device: core.device().to_string(),
        label: settings.label,
        name: settings.name,
        keeper: core.keeper,
        addresses: core.wire.addresses(),
        communities: communities(core),
        files_bytes,
    }
}

pub(super) fn communities(core: &Core) -> Vec<CommunityRow> {
    core.halls.all().iter().map(|hall| row(core, hall)).collect()
}

/// How a community stands.
pub(super) fn row(core: &Core, hall: &Hall) -> CommunityRow {
    let known = hall.known();
    let me = core.device();
    CommunityRow {
        community: hall.id.to_string(),
        name: known.name.clone(),
        my_name: known.my_name.clone(),
        standing: known.standing,
        trouble: known.trouble.clone(),
        members: known.members().len() as u32,
        devices_reached: known.up.iter().filter(|device| **device != me && known.is_member(device)).count() as u32,
        events: known.events,
    }
}
