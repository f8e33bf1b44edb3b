//! Drafts: what is being written out lies beside its place under a hidden name, until it is whole and checked.
//!
//! A program that is killed leaves its draft behind. It is taken away when the program starts again, since where drafts lie is
//! written down before they are made, and whenever something is written into the same folder: only what bears this device's own
//! name for drafts, and is not being written right now. One process at a time is a device.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skein_event::DeviceId;

use crate::shared::random;

/// How many names of a folder are looked through for what was left behind.
const MAX_SEEN: usize = 100_000;
/// Digits of the random part of a name.
const DIGITS: usize = 16;
/// The list of where drafts lie, in the store's folder, and how much of it is read.
const LIST: &str = "drafts";
const MAX_LIST_BYTES: u64 = 8 << 20;

/// The drafts of this device.
pub(crate) struct Drafts {
    /// What their names begin with. Others who write into the same folder begin theirs differently.
    prefix: String,
    list: PathBuf,
    live: Mutex<BTreeSet<PathBuf>>,
}

/// Something half-written; removed when dropped, unless it was renamed.
pub(crate) struct Draft {
    path: PathBuf,
    drafts: Arc<Drafts>,
}

impl Drafts {
    /// Those of this device, whose store lies here; what was left behind is taken away. Blocks.
    pub fn of(device: &DeviceId, store: &Path) -> Arc<Self> {
        let (prefix, list) = (format!(".skein-{}-", device.short()), store.join(LIST));
        let drafts = Self { prefix, list, live: Mutex::default() };
        for path in drafts.written_down() {
            if path.file_name().is_some_and(|name| drafts.is_ours(&name.to_string_lossy())) {
                remove(&path);
            }
        }
        std::fs::remove_file(&drafts.list).ok(); // mostly there is none
        Arc::new(drafts)
    }

    /// A fresh name in this folder, after what was left behind there was taken away. Blocks.
    pub fn begin(self: &Arc<Self>, folder: &Path) -> Draft {
        let mut live = self.live();
        self.clear(folder, &live);
        let path = folder.join(format!("{}{:016x}", self.prefix, random()));
        live.insert(path.clone());
        self.write_down(&live);
        Draft { path, drafts: self.clone() }
    }

    fn written_down(&self) -> Vec<PathBuf> {
        let mut bytes = Vec::new();
        let read = File::open(&self.list).and_then(|list| list.take(MAX_LIST_BYTES).read_to_end(&mut bytes));
        if read.is_err() {
            return Vec::new();
        }
        bytes.split(|byte| *byte == 0).map(|path| PathBuf::from(OsStr::from_bytes(path))).collect()
    }

    /// If it cannot be written down, only whoever writes into the same folder finds what is left behind.
    fn write_down(&self, live: &BTreeSet<PathBuf>) {
        let paths: Vec<_> = live.iter().map(|path| path.as_os_str().as_bytes()).collect();
        let new = self.list.with_extension("new");
        let written = std::fs::write(&new, paths.join(&0)).and_then(|()| std::fs::rename(&new, &self.list));
        if let Err(error) = written {
            tracing::info!("where drafts lie cannot be written down: {error}");
        }
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
        let mut live = self.drafts.live();
        live.remove(&self.path);
        self.drafts.write_down(&live);
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
        let home = tempfile::tempdir().expect("a folder");
        let killed = Drafts::of(&device(1), home.path());
        let left = [killed.begin(place), killed.begin(place)];
        std::fs::write(left[0].path(), b"half").expect("is written");
        std::fs::create_dir_all(left[1].path().join("deep")).expect("is made");
        let others = Drafts::of(&device(2), &home.path().join("other")).begin(place);
        std::fs::write(others.path(), b"another device writes this").expect("is written");
        let precious = place.join("precious");
        std::fs::create_dir(&precious).expect("is made");
        std::fs::write(precious.join("letter"), b"x").expect("is written");
        let trap = place.join(format!("{}{:016x}", killed.prefix, 7));
        std::os::unix::fs::symlink(&precious, &trap).expect("is made");
        let named = place.join(format!("{}notes of mine", killed.prefix));
        std::fs::write(&named, b"a person's").expect("is written");

        // The same device again, after a kill: it knows nothing of what it was writing.
        std::fs::remove_file(home.path().join(LIST)).expect("was written");
        let again = Drafts::of(&device(1), home.path());
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

    #[test]
    fn what_a_kill_left_behind_goes_at_the_next_start_wherever_it_lies() {
        let (home, place) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let killed = Drafts::of(&device(1), home.path());
        let (done, left) = (killed.begin(place.path()), killed.begin(place.path()));
        std::fs::write(left.path(), b"half").expect("is written");
        drop(done);
        let list = std::fs::read(home.path().join(LIST)).expect("is there");
        assert_eq!(list, left.path().as_os_str().as_bytes(), "what is done is forgotten");
        let letter = place.path().join("letter");
        std::fs::write(&letter, b"a person's").expect("is written");
        std::fs::write(home.path().join(LIST), [&list, &b"\0"[..], letter.as_os_str().as_bytes()].concat())
            .expect("is written");
        let again = Drafts::of(&device(1), home.path());
        assert!(!left.path().exists(), "what was left behind is gone");
        assert!(letter.exists(), "and nothing else, whatever the list says");
        assert!(again.written_down().is_empty());
    }
}
