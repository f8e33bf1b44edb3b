//! Drafts: what is being written out lies beside its place under a hidden name, until it is whole and checked.
//!
//! A program that is killed leaves its draft behind. The next one that writes into the same folder takes it away: only what
//! bears this device's own name for drafts, and is not being written right now. One process at a time is a device.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skein_event::DeviceId;

use crate::shared::random;

/// How many names of a folder are looked through for what was left behind.
const MAX_SEEN: usize = 100_000;
/// Digits of the random part of a name.
const DIGITS: usize = 16;

/// The drafts of this device.
pub(crate) struct Drafts {
    /// What their names begin with. Others who write into the same folder begin theirs differently.
    prefix: String,
    live: Mutex<BTreeSet<PathBuf>>,
}

/// Something half-written; removed when dropped, unless it was renamed.
pub(crate) struct Draft {
    path: PathBuf,
    drafts: Arc<Drafts>,
}

impl Drafts {
    pub fn of(device: &DeviceId) -> Arc<Self> {
        Arc::new(Self { prefix: format!(".skein-{}-", device.short()), live: Mutex::default() })
    }

    /// A fresh name in this folder, after what was left behind there was taken away. Blocks.
    pub fn begin(self: &Arc<Self>, folder: &Path) -> Draft {
        let mut live = self.live();
        self.clear(folder, &live);
        let path = folder.join(format!("{}{:016x}", self.prefix, random()));
        live.insert(path.clone());
        Draft { path, drafts: self.clone() }
    }

    fn clear(&self, folder: &Path, live: &BTreeSet<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.take(MAX_SEEN).flatten() {
            let path = entry.path();
            if self.is_ours(&entry.file_name().to_string_lossy()) && !live.contains(&path) {
                tracing::info!("{} was left behind half-written, and goes", path.display());
                remove(&path);
            }
        }
    }

    fn is_ours(&self, name: &str) -> bool {
        let random = name.strip_prefix(&self.prefix);
        random.is_some_and(|random| random.len() == DIGITS && random.bytes().all(|b| b.is_ascii_hexdigit()))
    }

    fn live(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Draft {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.path);
        self.drafts.live().remove(&self.path);
    }
}

/// A link is removed itself, never what it leads to.
fn remove(path: &Path) {
    // Whichever of the two it is not fails, and so do both once it was renamed.
    std::fs::remove_file(path).ok();
    std::fs::remove_dir_all(path).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 32])
    }

    #[test]
    fn only_this_devices_own_left_behind_drafts_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path();
        let killed = Drafts::of(&device(1));
        let left = [killed.begin(place), killed.begin(place)];
        std::fs::write(left[0].path(), b"half").expect("is written");
        std::fs::create_dir_all(left[1].path().join("deep")).expect("is made");
        let others = Drafts::of(&device(2)).begin(place);
        std::fs::write(others.path(), b"another device writes this").expect("is written");
        let precious = place.join("precious");
        std::fs::create_dir(&precious).expect("is made");
        std::fs::write(precious.join("letter"), b"x").expect("is written");
        let trap = place.join(format!("{}{:016x}", killed.prefix, 7));
        std::os::unix::fs::symlink(&precious, &trap).expect("is made");
        let named = place.join(format!("{}notes of mine", killed.prefix));
        std::fs::write(&named, b"a person's").expect("is written");

        // The same device again, after a kill: it knows nothing of what it was writing.
        let again = Drafts::of(&device(1));
        let now = again.begin(place);
        std::fs::write(now.path(), b"being written").expect("is written");
        assert!(left.iter().all(|draft| !draft.path().exists()), "what was left behind is gone");
        assert!(
            trap.symlink_metadata().is_err() && precious.join("letter").exists(),
            "a link goes, what it leads to stays"
        );
        assert!(others.path().exists() && named.exists(), "what is not ours stays");
        let second = again.begin(place);
        assert!(now.path().exists(), "what is being written stays");
        let path = now.path().to_owned();
        drop((now, second));
        assert!(!path.exists(), "given up: nothing is left");
    }
}
