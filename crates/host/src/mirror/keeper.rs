//! A keeper holds the bytes of every folder, though none is tied on it: for people who are never there together.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use skein_app::Refusal;
use skein_event::{BlobHash, CommunityId};

use crate::Standing;
use crate::core::Core;
use crate::desk::of_blobs;
use crate::hall::Hall;
use crate::pull::{Wanted, pull};
use crate::steer::Why;

/// How often it is looked at what is current.
const LOOK: Duration = Duration::from_secs(5);
/// How long nothing may come in before a file is put off.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many files are remembered as here; beyond it all are looked up again.
const MAX_HERE: usize = 200_000;

/// What is known to be here, of each community.
type Here = BTreeSet<(CommunityId, BlobHash)>;

/// For as long as the program runs.
pub(super) async fn keep(core: Arc<Core>) {
    let mut here = BTreeSet::new();
    loop {
        for hall in core.halls.all() {
            if hall.known().standing == Standing::Member
                && let Err(refusal) = fetch(&core, &hall, &mut here).await
            {
                tracing::info!("a folder's files could not all be kept this time: {refusal}");
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Fetches what is current and not here; gives up at the first that nobody who is there has.
async fn fetch(core: &Arc<Core>, hall: &Arc<Hall>, here: &mut Here) -> Result<(), Refusal> {
    let current = core.read(hall, |view, _| Ok(skein_apps::SHELF.current(view)?)).await?;
    let blobs = core.wire.blobs()?;
    if here.len() > MAX_HERE {
        here.clear();
    }
    let still: BTreeSet<BlobHash> = current.iter().copied().collect();
    // What is current no longer may be let go; if it is again, it is looked up again.
    here.retain(|(community, root)| *community != hall.id || still.contains(root));
    for root in current {
        if here.contains(&(hall.id, root)) {
            continue;
        }
        if !blobs.has(root, false).await.map_err(|error| of_blobs(&error))?.complete {
            if hall.known().up.is_empty() {
                return Ok(());
            }
            pull(
                core,
                hall,
                &blobs,
                &Wanted { patience: PATIENCE, ..Wanted::new(root, false, Why::Kept) },
                &mut |_| (),
            )
            .await?;
        }
        here.insert((hall.id, root));
    }
    Ok(())
}
