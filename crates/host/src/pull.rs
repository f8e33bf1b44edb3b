//! Getting a file or folder here: from those who say they hold it, and from whoever else is there and may have parts.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_event::{BlobHash, DeviceId, MemberId};
use skein_net::{Blobs, Progress as NetProgress};
use tokio::sync::watch;
use tokio::time::{Instant, interval};

use crate::Progress;
use crate::core::Core;
use crate::desk::{of_blobs, shown};
use crate::hall::Hall;

/// How long nothing may come in before it is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How often holders are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often progress is told.
const TELL: Duration = Duration::from_millis(200);
/// The most devices that one file is fetched from.
const MAX_HOLDERS: usize = 32;

/// Fetches into `blobs` until it is whole. What came in is kept: a later try goes on from there.
///
/// # Errors
/// If nothing came in for so long, or the store of files failed.
pub(crate) async fn pull(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    blobs: &Blobs,
    root: BlobHash,
    folder: bool,
    patience: Duration,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Refusal> {
    // Before the fetch begins: without holders it would wait before it looks again.
    let (found, mut names) = who_may_have(core, hall, root).await?;
    let holders = Arc::new(RwLock::new(found));
    let (progress, seen) = watch::channel(NetProgress::default());
    let list = holders.clone();
    let asked = Arc::new(move || list.read().unwrap_or_else(PoisonError::into_inner).clone());
    let fetching = blobs.fetch(root, folder, asked, progress);
    tokio::pin!(fetching);
    let (mut look, mut say) = (interval(LOOK), interval(TELL));
    let (mut before, mut moved) = (0, Instant::now());
    loop {
        tokio::select! {
            fetched = &mut fetching => {
                let now = seen.borrow().clone();
                tell(by_name(&now, &names));
                return fetched.map_err(|error| of_blobs(&error));
            }
            _ = look.tick() => {
                let (found, named) = who_may_have(core, hall, root).await?;
                *holders.write().unwrap_or_else(PoisonError::into_inner) = found;
                names.extend(named);
            }
            _ = say.tick() => {
                let now = seen.borrow().clone();
                tell(by_name(&now, &names));
                if now.bytes_done != before {
                    (before, moved) = (now.bytes_done, Instant::now());
                }
                if moved.elapsed() > patience {
                    let nobody = holders.read().unwrap_or_else(PoisonError::into_inner).is_empty();
                    return Err(given_up(nobody));
                }
            }
        }
    }
}

fn given_up(nobody: bool) -> Refusal {
    let why = if nobody {
        "nobody who may have it can be reached now"
    } else {
        "nobody who can be reached now has what is missing"
    };
    Refusal::new(Kind::Unreachable, why).hint("What came in so far is kept. Try again when more members are there.")
}

/// The devices that are connected: those that say they hold it come first. And their members' names.
pub(crate) async fn who_may_have(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    root: BlobHash,
) -> Result<(Vec<DeviceId>, BTreeMap<DeviceId, String>), Refusal> {
    let there: BTreeMap<DeviceId, MemberId> = {
        let known = hall.known();
        let member = |device: &DeviceId| known.devices.get(device).filter(|d| d.cut.is_none()).map(|d| d.member);
        known.up.iter().filter_map(|device| Some((*device, member(device)?))).collect()
    };
    let rules = core.rules;
    core.read(hall, move |view, _| {
        let mut found = Vec::new();
        for app in rules.apps {
            found.extend(app.holders(&root, view)?.into_iter().filter(|device| there.contains_key(device)));
        }
        found.extend(there.keys());
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|device| seen.insert(*device));
        found.truncate(MAX_HOLDERS);
        let mut names = BTreeMap::new();
        for device in &found {
            names.insert(*device, rules.roster.names(&there[device], view)?.1);
        }
        Ok((found, names))
    })
    .await
}

fn by_name(now: &NetProgress, names: &BTreeMap<DeviceId, String>) -> Progress {
    let mut from: BTreeMap<String, u64> = BTreeMap::new();
    for (device, bytes) in &now.holders {
        let name = names.get(device).cloned().unwrap_or_else(|| device.short());
        *from.entry(name).or_default() += bytes;
    }
    Progress { from: from.into_iter().collect(), ..shown("", now, "here") }
}
