//! Getting a file or folder here: from those who say they hold it, and from whoever else is there and may have parts.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_event::{BlobHash, DeviceId, MemberId};
use skein_net::{Blobs, Progress as NetProgress};
use tokio::sync::watch;
use tokio::time::{Instant, interval, interval_at};

use crate::Progress;
use crate::core::Core;
use crate::desk::{InHand, of_blobs, shown};
use crate::hall::Hall;
use crate::steer::{Listed, Why, paused, until_paused};

/// How long nothing may come in before it is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How often holders are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often progress is told.
const TELL: Duration = Duration::from_millis(200);
/// How often it is told that it is paused.
const PAUSED: Duration = Duration::from_secs(1);
/// The most devices that one file is fetched from.
const MAX_HOLDERS: usize = 32;

/// What is to be fetched.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub root: BlobHash,
    pub folder: bool,
    pub why: Why,
    /// What it is called; may be empty.
    pub name: String,
    /// How long nothing may come in before it is given up.
    pub patience: Duration,
}

impl Wanted {
    /// One whose name is not known here.
    pub fn new(root: BlobHash, folder: bool, why: Why) -> Self {
        Self { root, folder, why, name: String::new(), patience: PATIENCE }
    }
}

/// Fetches into `blobs` until it is whole. What came in is kept: a later try goes on from there. While it is paused, a person who
/// asked for it waits; what nobody waits for is given up until then.
///
/// # Errors
/// If nothing came in for so long, it is paused, or the store of files failed.
pub(crate) async fn pull(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    blobs: &Blobs,
    wanted: &Wanted,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Refusal> {
    let _in_hand = InHand::new(core, wanted.root);
    let listed = Listed::new(core, hall.id, wanted);
    let mut last = Progress::default();
    loop {
        let mut say = |now: &NetProgress, progress: Progress| {
            listed.see(now);
            last.clone_from(&progress);
            tell(progress);
        };
        if paused(core, &wanted.root).is_none() {
            tokio::select! {
                pulled = once(core, hall, blobs, wanted, &mut say) => return pulled,
                () = until_paused(core, &wanted.root, true) => (),
            }
        }
        let Some(words) = paused(core, &wanted.root) else { continue };
        if wanted.why != Why::Asked {
            return Err(
                Refusal::new(Kind::Unreachable, format!("it is {words}")).hint("It goes on when it is resumed.")
            );
        }
        let mut again = interval(PAUSED);
        let resumed = until_paused(core, &wanted.root, false);
        tokio::pin!(resumed);
        loop {
            tokio::select! {
                () = &mut resumed => break,
                // Again and again: whoever only just listens should hear it, too.
                _ = again.tick() => tell(Progress { words: words.into(), rate_per_s: 0.0, ..last.clone() }),
            }
        }
    }
}

/// One try, until it is whole or nothing comes in any more.
async fn once(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    blobs: &Blobs,
    wanted: &Wanted,
    tell: &mut (dyn FnMut(&NetProgress, Progress) + Send),
) -> Result<(), Refusal> {
    let Wanted { root, folder, .. } = *wanted;
    // Before the fetch begins: without holders it would wait before it looks again.
    let (found, mut names) = who_may_have(core, hall, root).await?;
    let holders = Arc::new(RwLock::new(found));
    let (progress, seen) = watch::channel(NetProgress::default());
    let list = holders.clone();
    let asked = Arc::new(move || list.read().unwrap_or_else(PoisonError::into_inner).clone());
    let fetching = blobs.fetch(root, folder, asked, progress);
    tokio::pin!(fetching);
    let now = Instant::now();
    let (mut look, mut say) = (interval_at(now + LOOK, LOOK), interval_at(now + TELL, TELL));
    let (mut before, mut moved) = (0, Instant::now());
    loop {
        tokio::select! {
            fetched = &mut fetching => {
                let now = seen.borrow().clone();
                tell(&now, by_name(&now, &names));
                return fetched.map_err(|error| of_blobs(&error));
            }
            _ = look.tick() => {
                let (found, named) = who_may_have(core, hall, root).await?;
                *holders.write().unwrap_or_else(PoisonError::into_inner) = found;
                names.extend(named);
            }
            _ = say.tick() => {
                let now = seen.borrow().clone();
                tell(&now, by_name(&now, &names));
                if now.bytes_done != before {
                    (before, moved) = (now.bytes_done, Instant::now());
                }
                if moved.elapsed() > wanted.patience {
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
