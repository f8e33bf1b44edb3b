//! Lets go of the bytes of old versions once their time is over. Never more than that: what any folder of any community holds,
//! what was shared, is kept for the others, given, waited for or just being taken in stays. When in doubt, all stays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use skein_app::Refusal;
use skein_event::BlobHash;
use skein_mirror::Use;

use crate::Standing;
use crate::chance::now_ms;
use crate::core::Core;
use crate::desk::{free, of_blobs};
use crate::steer::paused;

/// How long after its start the program first looks, and how often then.
const FIRST: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_secs(3_600);
/// When it looks again if files were just being taken in.
const SOON: Duration = Duration::from_secs(600);
/// How many are looked up in one read.
const CHUNK: usize = 1_000;
/// The most that are let go in one look; the others are for the next.
const MAX_AT_ONCE: usize = 10_000;

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    /// All that is over is let go.
    Through,
    /// Something was just being taken in, or a community could not be read: the rest is for later.
    Later,
}

/// For as long as the program runs.
pub(super) async fn keep(core: Arc<Core>) {
    let mut wait = FIRST;
    loop {
        tokio::time::sleep(wait).await;
        wait = match look(&core, now_ms()).await {
            Ok(Looked::Through) => LOOK,
            Ok(Looked::Later) => SOON,
            Err(refusal) => {
                tracing::warn!("old versions of files were not looked at this time: {refusal}");
                LOOK
            }
        };
    }
}

/// One look, at this time.
pub(super) async fn look(core: &Arc<Core>, now_ms: u64) -> Result<Looked, Refusal> {
    // What a community that cannot be opened needs, nobody knows.
    if core.halls.any(|known| known.standing == Standing::Closed) {
        return Ok(Looked::Later);
    }
    let uses = past(core).await?;
    let (own, past) = (core.clone(), uses.keys().copied().collect::<BTreeSet<_>>());
    let looked = core.runtime.spawn_blocking(move || own.mirrors.books.look(&past, now_ms));
    let (seen, times) = looked.await.map_err(|error| super::engine::broke(&error))??;
    let over = uses.into_iter().filter(|(root, used)| !used.needs(seen.get(root).copied(), times));
    for (root, _) in over.take(MAX_AT_ONCE) {
        // The same bytes may just be coming back, and nobody was told of them yet.
        let Ok(_alone) = core.taking_in.try_write() else { return Ok(Looked::Later) };
        if !core.in_hand(&root) && paused(core, &root).is_none() {
            free(core, root, None).await?;
        }
    }
    Ok(Looked::Through)
}

/// How many bytes on this device are old versions'.
pub(crate) async fn bytes(core: &Arc<Core>) -> Result<u64, Refusal> {
    let (blobs, mut bytes) = (core.wire.blobs()?, 0_u64);
    for root in past(core).await?.into_keys() {
        let has = blobs.has(root, false).await.map_err(|error| of_blobs(&error))?;
        bytes = bytes.saturating_add(has.bytes_have);
    }
    Ok(bytes)
}

/// What is kept on this device and no folder holds any more, though one did.
async fn past(core: &Arc<Core>) -> Result<BTreeMap<BlobHash, Use>, Refusal> {
    let kept = core.wire.blobs()?.kept().await.map_err(|error| of_blobs(&error))?;
    let mut uses = uses(core, kept).await?;
    uses.retain(|_, used| matches!(used, Use::Past { .. }));
    Ok(uses)
}

/// What the folders of all communities need these bytes for; where two differ, the greater need counts.
pub(super) async fn uses(core: &Arc<Core>, roots: Vec<BlobHash>) -> Result<BTreeMap<BlobHash, Use>, Refusal> {
    let mut all: BTreeMap<BlobHash, Use> = roots.iter().map(|root| (*root, Use::None)).collect();
    for hall in core.halls.all() {
        for chunk in roots.chunks(CHUNK) {
            let chunk = chunk.to_vec();
            let read = core.read(&hall, move |view, _| {
                let used = |root: BlobHash| Ok((root, skein_apps::SHELF.use_of(&root, view)?));
                chunk.into_iter().map(used).collect::<Result<Vec<_>, Refusal>>()
            });
            for (root, used) in read.await? {
                all.entry(root).and_modify(|known| *known = used.max(*known));
            }
        }
    }
    Ok(all)
}
