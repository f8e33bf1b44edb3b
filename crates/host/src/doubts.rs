//! Who said that they hold something and could not show it: known to this device only, until it ends. Bounded: beyond the
//! limit nothing more is remembered.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use skein_event::{BlobHash, CommunityId, DeviceId};

/// The most that is remembered.
const MAX_DOUBTS: usize = 1_000;

/// What this device has found out.
#[derive(Default)]
pub(crate) struct Doubts(Mutex<BTreeSet<(CommunityId, DeviceId, BlobHash)>>);

impl Doubts {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<(CommunityId, DeviceId, BlobHash)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It could not show it.
    pub fn add(&self, community: CommunityId, device: DeviceId, root: BlobHash) {
        let mut all = self.lock();
        if all.len() < MAX_DOUBTS {
            all.insert((community, device, root));
        }
    }

    /// It could.
    pub fn clear(&self, community: CommunityId, device: DeviceId, root: BlobHash) {
        self.lock().remove(&(community, device, root));
    }

    /// What is in doubt in a community.
    pub fn of(&self, community: CommunityId) -> Vec<(DeviceId, BlobHash)> {
        self.lock().iter().filter(|doubt| doubt.0 == community).map(|doubt| (doubt.1, doubt.2)).collect()
    }
}
