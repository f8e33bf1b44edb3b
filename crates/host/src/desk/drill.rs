//! A restore drill: those who say that they hold something show parts of it, chosen by chance, checked against its root; and
//! on demand all of it is fetched from the others into a place for that, checked and thrown away.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use skein_app::{Drill, Kind, MAX_DRILLS, Refusal};
use skein_event::DeviceId;
use skein_net::Proof;
use tokio::task::JoinSet;

use super::{Items, count, of_blobs};
use crate::chance::random;
use crate::core::Core;
use crate::hall::Hall;
use crate::spare::{Most, Untaken, left_bytes, pull_at_most};
use crate::{Drilled, DrilledHolder, DrilledShare, Progress, Shown};

/// The most devices that are asked about one file.
const MAX_ASKED: usize = 64;
/// How many devices are asked at once.
const AT_ONCE: usize = 8;
/// The longest that all of one file may take to come.
const LONGEST: Duration = Duration::from_secs(3_600);
/// The longest list of a folder that is fetched, in bytes.
const MAX_LIST_BYTES: u64 = 32 << 20;
/// This device reads its own copy again if it is no larger than this.
const READ_AGAIN_BYTES: u64 = 256 << 20;

pub(super) async fn drill(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    drills: Vec<Drill>,
    whole: bool,
    items: &Items,
) -> Result<Drilled, Refusal> {
    let total = drills.len().min(MAX_DRILLS) as u64;
    let mut drilled = Vec::new();
    for (done, drill) in drills.into_iter().take(MAX_DRILLS).enumerate() {
        let (done, what) = (done as u64, drill.name.clone());
        let words = format!("{done} of {}", count(total, "share", "shares"));
        items.progress(Progress { what, done, total, words, ..Progress::default() });
        let one = async {
            let holders = ask_all(core, hall, &drill).await?;
            let restored = if whole { Some(restore(core, hall, &drill).await?) } else { None };
            Ok::<_, Refusal>((holders, restored))
        };
        let (holders, restored) = tokio::select! {
            one = one => one?,
            () = items.gone() => return Err(Refusal::new(Kind::Failed, "given up: nobody waits for it")),
        };
        let trouble = restored.as_ref().and_then(|restored| restored.as_ref().err().cloned()).unwrap_or_default();
        let restored = restored.map(|restored| restored.is_ok());
        let Drill { root, name, bytes, .. } = drill;
        drilled.push(DrilledShare { name, root: root.to_string(), bytes, holders, restored, trouble });
    }
    let all =
        |shown| drilled.iter().flat_map(|share| &share.holders).filter(|holder| holder.shown == shown).count() as u32;
    let (proved, unreachable, failed) = (all(Shown::Proved), all(Shown::Unreachable), all(Shown::Failed));
    Ok(Drilled { proved, unreachable, failed, drilled })
}

/// Asks everybody who says that they hold it.
async fn ask_all(core: &Arc<Core>, hall: &Arc<Hall>, drill: &Drill) -> Result<Vec<DrilledHolder>, Refusal> {
    let (mut asked, mut holders) = (JoinSet::new(), Vec::new());
    for (device, name) in drill.holders.iter().take(MAX_ASKED).cloned() {
        if asked.len() >= AT_ONCE
            && let Some(Ok(holder)) = asked.join_next().await
        {
            holders.push(holder);
        }
        let (core, hall, drill) = (core.clone(), hall.clone(), drill.clone());
        asked
            .spawn_on(async move { ask(&core, &hall, &drill, device, name).await }, &tokio::runtime::Handle::current());
    }
    while let Some(holder) = asked.join_next().await {
        holders.push(holder.map_err(|error| Refusal::new(Kind::Failed, format!("a device was not asked: {error}")))?);
    }
    let place = |holder: &DrilledHolder| {
        drill.holders.iter().position(|(device, _)| device.to_string() == holder.device).unwrap_or(usize::MAX)
    };
    holders.sort_by_key(place);
    Ok(holders)
}

async fn ask(core: &Arc<Core>, hall: &Arc<Hall>, drill: &Drill, device: DeviceId, name: String) -> DrilledHolder {
    let this = device == core.device();
    let there = hall.known().up.contains(&device);
    let proof = match core.wire.blobs() {
        Ok(blobs) if this => match blobs.has(drill.root, drill.folder).await {
            Ok(has) if has.complete && has.bytes_total > READ_AGAIN_BYTES => Proof::Shown(0),
            Ok(has) if has.complete && blobs.verify(drill.root, drill.folder).await => Proof::Shown(has.bytes_total),
            _ => Proof::Failed,
        },
        Ok(blobs) if there => blobs.prove(device, drill.root, drill.folder, random()).await,
        _ => Proof::Unreachable,
    };
    let (shown, bytes) = match proof {
        Proof::Shown(bytes) => (Shown::Proved, bytes),
        Proof::Unreachable => (Shown::Unreachable, 0),
        Proof::Failed => (Shown::Failed, 0),
    };
    match shown {
        Shown::Proved => core.doubts().clear(hall.id, device, drill.root),
        Shown::Failed => core.doubts().add(hall.id, device, drill.root),
        Shown::Unreachable => (),
    }
    DrilledHolder { device: device.to_string(), name, this, shown, bytes }
}

/// Removes a folder and what is in it when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is removed when the program starts.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Fetches all of it from the others, checks it, and throws it away. `Err` says in words why it did not come.
async fn restore(core: &Arc<Core>, hall: &Arc<Hall>, drill: &Drill) -> Result<Result<(), String>, Refusal> {
    if left_bytes(core) < drill.bytes {
        return Ok(Err("there is not enough room on this disk to fetch it".into()));
    }
    let folder = core.profile.folder().join("scratch").join(format!("{:016x}", random()));
    std::fs::create_dir_all(&folder).map_err(|error| crate::profile::failed("make the folder", &folder, &error))?;
    let scratch = Scratch(folder);
    let blobs = core.wire.blobs()?.scratch(&scratch.0).await.map_err(|error| of_blobs(&error))?;
    let most = Most { bytes: drill.bytes, list_bytes: MAX_LIST_BYTES };
    let pulling = pull_at_most(core, hall, &blobs, drill.root, drill.folder, most);
    let came = match tokio::time::timeout(LONGEST, pulling).await {
        Ok(Ok(())) if blobs.verify(drill.root, drill.folder).await => Ok(()),
        Ok(Ok(())) => Err("what came was damaged on this disk".into()),
        Ok(Err(Untaken::Unfit)) => Err("it is larger than was said when it was shared".into()),
        Ok(Err(Untaken::Refused(refusal))) => Err(refusal.message),
        Err(_) => Err("it did not come within an hour".into()),
    };
    blobs.close_scratch().await;
    drop(scratch);
    Ok(came)
}
