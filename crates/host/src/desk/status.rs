//! How the program is doing, and the communities here.

use std::sync::Arc;

use skein_app::Unread;

use crate::core::Core;
use crate::hall::Hall;
use crate::{CommunityRow, Standing, Status};

/// What is unread is counted so far and no further.
const MOST_COUNTED: u32 = 1_000;

pub(super) async fn status(core: &Arc<Core>) -> Status {
    let files_bytes = match core.wire.blobs() {
        Ok(blobs) => blobs.stored_bytes().await,
        Err(_) => 0,
    };
    let settings = core.settings().clone();
    let coming = crate::steer::coming(core).await.unwrap_or_default();
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
        communities: communities(core).await,
        files_bytes,
        coming,
    }
}

pub(super) async fn communities(core: &Arc<Core>) -> Vec<CommunityRow> {
    let mut rows = Vec::new();
    for hall in core.halls.all() {
        rows.push(row(core, &hall, unread(core, &hall).await));
    }
    rows
}

/// What this person has not read, in all apps. How a community stands is told even where its file cannot be read.
async fn unread(core: &Arc<Core>, hall: &Arc<Hall>) -> Unread {
    if hall.known().standing != Standing::Member {
        return Unread::default();
    }
    let (rules, me) = (core.rules, core.me(hall.id));
    let read = core.read(hall, move |view, _| {
        let mut all = Unread::default();
        for app in rules.apps {
            let Unread { items, mentions } = app.unread(&me, view)?;
            all.items = all.items.saturating_add(items).min(MOST_COUNTED);
            all.mentions = all.mentions.saturating_add(mentions).min(MOST_COUNTED);
        }
        Ok(all)
    });
    read.await.unwrap_or_default()
}

/// How a community stands.
fn row(core: &Core, hall: &Hall, unread: Unread) -> CommunityRow {
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
        direct: known.direct.as_ref().map(|direct| direct.name.clone()).unwrap_or_default(),
        direct_member: known.direct.as_ref().map(|direct| direct.with.to_string()).unwrap_or_default(),
        events: known.events,
        unread: unread.items,
        mentions: unread.mentions,
    }
}
