//! Copies for the others: taken in up to what was said of them, let go once enough others have shown that they hold it.
//!
//! What is begun is written down first, so that what a kill leaves behind is found and given back: it would take room that
//! nobody counts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use skein_app::{Hold, Kind, Refusal, Want};
use skein_event::{BlobHash, CommunityId, DeviceId, MemberId, ObjectId};
use skein_net::{Blobs, Proof};
use tokio::time::Instant;

use crate::chance::random;
use crate::core::Core;
use crate::desk::{free, held, of_blobs};
use crate::hall::Hall;
use crate::profile::write_private;
use crate::pull::{PATIENCE, Wanted, pull, who_may_have};
use crate::steer::Why;
use crate::wants;

/// A device stops taking in for others while its disk has less than the smaller of these left, or less than a twentieth.
const LEAST_FREE_BYTES: u64 = 1 << 30;
const MOST_FREE_BYTES: u64 = 10 << 30;
const LEAST_FREE_PART: u64 = 20;

/// How large something may turn out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// All its files together.
    pub bytes: u64,
    /// A folder's list.
    pub list_bytes: u64,
}

/// Why something was not taken in.
pub(crate) enum Untaken {
    /// It is larger than was said.
    Unfit,
    /// It did not work this time.
    Refused(Refusal),
}

impl From<Refusal> for Untaken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How many bytes this device may still take in for others before its disk is nearly full.
pub(crate) fn left_bytes(core: &Core) -> u64 {
    let Ok(disk) = rustix::fs::statvfs(core.profile.folder()) else { return 0 };
    left_of(disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize))
}

/// How many bytes are free on the disk.
pub(crate) fn free_bytes(core: &Core) -> u64 {
    let disk = rustix::fs::statvfs(core.profile.folder());
    disk.map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn left_of(free: u64, all: u64) -> u64 {
    free.saturating_sub((all / LEAST_FREE_PART).clamp(LEAST_FREE_BYTES, MOST_FREE_BYTES))
}

/// Takes in a copy for the others.
pub(crate) async fn take(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    root: BlobHash,
    folder: bool,
    share: ObjectId,
    most: Most,
) -> Result<(), Refusal> {
    Begun::of(core).add(hall.id, root)?;
    match pull_at_most(core, hall, &core.wire.blobs()?, root, folder, most).await {
        // It stays written down until it is no longer wanted: then either the others know that it is here, or it is given back.
        Ok(()) => {
            held(core, hall, root, Hold::Spare(share)).await;
            Ok(())
        }
        Err(Untaken::Unfit) => {
            free(core, root, Some(hall.id)).await?;
            held(core, hall, root, Hold::Unfit(share)).await;
            Ok(())
        }
        // What came in is kept for the next time.
        Err(Untaken::Refused(refusal)) => Err(refusal),
    }
}

/// Fetches, but nothing that turns out larger than it may be: its size is proven before its bytes come in.
pub(crate) async fn pull_at_most(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    blobs: &Blobs,
    root: BlobHash,
    folder: bool,
    most: Most,
) -> Result<(), Untaken> {
    let of_store = |error| Untaken::Refused(of_blobs(&error));
    let mut nothing = |_| ();
    if !blobs.has(root, false).await.map_err(of_store)?.complete {
        let limit = if folder { most.list_bytes } else { most.bytes };
        if proven_size(core, hall, blobs, root).await? > limit {
            return Err(Untaken::Unfit);
        }
        pull(core, hall, blobs, &Wanted::new(root, false, Why::Others), &mut nothing).await?;
    }
    if folder {
        match blobs.listed_bytes(root).await {
            Ok(Some(bytes)) if bytes <= most.bytes => (),
            Ok(None) => return Err(Refusal::new(Kind::Failed, "the folder's list is gone again").into()),
            // A list that breaks the rules is its maker's doing.
            Ok(Some(_)) | Err(skein_net::BlobsError::List(_)) => return Err(Untaken::Unfit),
            Err(error) => return Err(of_store(error)),
        }
    }
    pull(core, hall, blobs, &Wanted::new(root, folder, Why::Others), &mut nothing).await?;
    match blobs.has(root, folder).await.map_err(of_store)?.bytes_total {
        bytes if bytes <= most.bytes => Ok(()),
        _ => Err(Untaken::Unfit),
    }
}

/// The size of a file or of a folder's list, as one of those who are there proves it.
async fn proven_size(core: &Arc<Core>, hall: &Arc<Hall>, blobs: &Blobs, root: BlobHash) -> Result<u64, Refusal> {
    let (devices, _) = who_may_have(core, hall, root).await?;
    let begun = Instant::now();
    for device in devices {
        if begun.elapsed() > PATIENCE {
            break;
        }
        if let Some(size) = blobs.size_at(device, root).await {
            return Ok(size);
        }
    }
    Err(Refusal::new(Kind::Unreachable, "nobody who has it can be reached now").hint("It is tried again by itself."))
}

/// Lets a copy go that was taken in for the others, once enough of them have shown that they hold it.
pub(crate) async fn let_go(core: &Arc<Core>, hall: &Arc<Hall>, root: BlobHash, want: Want) -> Result<(), Refusal> {
    let Want::Over { folder, others, needed, .. } = want else { return Ok(()) };
    let shown = shown_by(core, hall, root, folder, &others, needed).await?;
    if shown.len() < needed {
        let message = format!("{} of {needed} others have shown that they hold it", shown.len());
        return Err(Refusal::new(Kind::Unreachable, message).hint("It is tried again by itself."));
    }
    // They may have changed their word meanwhile.
    let still = wants::read(core, hall).await?.into_iter().any(|want| match want {
        Want::Over { root: now, others, needed, .. } => {
            now == root && others.iter().filter(|device| shown.contains(device)).count() >= needed
        }
        _ => false,
    });
    if !still {
        return Ok(());
    }
    // The others hear first: nobody should count on a copy that is gone.
    held(core, hall, root, Hold::Not).await;
    free(core, root, Some(hall.id)).await
}

/// Those of the others who are there and show that they hold it; of two people, if two copies or more are needed.
async fn shown_by(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    root: BlobHash,
    folder: bool,
    others: &[DeviceId],
    needed: usize,
) -> Result<BTreeSet<DeviceId>, Refusal> {
    let there: Vec<(DeviceId, MemberId)> = {
        let known = hall.known();
        let up = others.iter().filter(|device| known.up.contains(device));
        up.filter_map(|device| Some((*device, known.devices.get(device)?.member))).collect()
    };
    let blobs = core.wire.blobs()?;
    let (mut shown, mut people) = (BTreeSet::new(), BTreeSet::new());
    for (device, member) in there {
        if shown.len() >= needed && (people.len() >= 2 || needed < 2) {
            break;
        }
        match blobs.prove(device, root, folder, random()).await {
            Proof::Shown(_) => {
                core.doubts().clear(hall.id, device, root);
                shown.insert(device);
                people.insert(member);
            }
            Proof::Failed => core.doubts().add(hall.id, device, root),
            Proof::Unreachable => (),
        }
    }
    if needed >= 2 && people.len() < 2 {
        shown.clear();
    }
    Ok(shown)
}

/// Gives back what was begun for the others in this community and is neither wanted nor running; gives whether all of it is
/// gone.
pub(crate) async fn clear(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    wanted: &BTreeSet<BlobHash>,
    running: &BTreeSet<BlobHash>,
) -> bool {
    let mut all = true;
    let begun = Begun::of(core).read();
    for root in begun.iter().filter(|begun| begun.0 == hall.id).map(|begun| begun.1) {
        if wanted.contains(&root) || running.contains(&root) {
            continue;
        }
        // Its person may have it, or want it, by now: then it is theirs. Or another community takes it in.
        let needed = core.in_hand(&root) || begun.iter().any(|other| other.0 != hall.id && other.1 == root);
        let given = if needed { Ok(()) } else { free(core, root, None).await };
        let gone = given.and_then(|()| Begun::of(core).remove(hall.id, root));
        if let Err(refusal) = gone {
            tracing::warn!("what was begun for others could not be given back: {refusal}");
            all = false;
        }
    }
    all
}

/// How much is here of what was begun and is not whole yet: it is on the disk already, and counted as still to come.
pub(crate) async fn begun_bytes(core: &Arc<Core>) -> u64 {
    let Ok(blobs) = core.wire.blobs() else { return 0 };
    let mut bytes: u64 = 0;
    for (_, root) in Begun::of(core).read() {
        let folder = blobs.has(root, true).await.unwrap_or_default().bytes_have;
        bytes = bytes.saturating_add(folder.max(blobs.has(root, false).await.unwrap_or_default().bytes_have));
    }
    bytes
}

/// The file with what was begun: a community and a root in each line. At most what runs at once, so it stays short.
struct Begun(PathBuf);

impl Begun {
    fn of(core: &Core) -> Self {
        Self(core.profile.folder().join("begun"))
    }

    /// What cannot be read was begun by nobody: it is found out when the disk is looked at.
    fn read(&self) -> BTreeSet<(CommunityId, BlobHash)> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let line = |line: &str| {
            let (community, root) = line.split_once(' ')?;
            Some((community.parse().ok()?, root.parse().ok()?))
        };
        text.lines().filter_map(line).collect()
    }

    fn write(&self, all: &BTreeSet<(CommunityId, BlobHash)>) -> Result<(), Refusal> {
        let text: String = all.iter().map(|(community, root)| format!("{community} {root}\n")).collect();
        write_private(&self.0, text.as_bytes())
    }

    fn add(&self, community: CommunityId, root: BlobHash) -> Result<(), Refusal> {
        let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut all = self.read();
        if all.insert((community, root)) { self.write(&all) } else { Ok(()) }
    }

    fn remove(&self, community: CommunityId, root: BlobHash) -> Result<(), Refusal> {
        let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut all = self.read();
        if all.remove(&(community, root)) { self.write(&all) } else { Ok(()) }
    }
}

/// One at a time reads and writes the file.
static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1 << 30;

    #[test]
    fn a_disk_that_is_nearly_full_takes_nothing_more() {
        for (free, all, left) in
            [(GB, 10 * GB, 0), (3 * GB, 10 * GB, 2 * GB), (60 * GB, 1_000 * GB, 50 * GB), (0, 0, 0)]
        {
            assert_eq!(left_of(free, all), left, "{free} of {all}");
        }
    }

    #[test]
    fn what_was_begun_is_found_again_and_garbage_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let begun = Begun(folder.path().join("begun"));
        let (one, two) = (BlobHash::from_bytes([1; 32]), BlobHash::from_bytes([2; 32]));
        begun.add(CommunityId::ZERO, one).expect("is written");
        begun.add(CommunityId::ZERO, two).expect("is written");
        begun.remove(CommunityId::ZERO, one).expect("is written");
        assert_eq!(Begun(begun.0.clone()).read(), BTreeSet::from([(CommunityId::ZERO, two)]));
        std::fs::write(&begun.0, b"x\n\xff\n").expect("is written");
        assert_eq!(begun.read(), BTreeSet::new());
    }
}
