//! A consistent copy of a community's file, taken while the program runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_store::Reader;

use crate::core::Core;
use crate::hall::Hall;

/// A copy of this age is nobody's any more.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);

/// A copy that goes away when it is no longer needed.
pub(crate) struct Snapshot {
    path: PathBuf,
    bytes: u64,
}

impl Snapshot {
    /// Takes it, beside the community's file.
    pub async fn take(core: &Arc<Core>, hall: &Arc<Hall>) -> Result<Self, Refusal> {
        let from = core.profile.community(&hall.id);
        let copying = core.runtime.spawn_blocking(move || Self::copy(&from));
        copying.await.map_err(|error| Refusal::new(Kind::Failed, format!("the copy broke off: {error}")))?
    }

    /// Copies a community's file as it is at one moment.
    pub fn copy(from: &Path) -> Result<Self, Refusal> {
        sweep(from);
        let path = from.with_extension(format!("copy-{}", super::random_name()?));
        // Made before SQLite writes to it, so that nobody else can ever read it.
        crate::profile::create_private(&path).map_err(|error| crate::profile::failed("write", &path, &error))?;
        let mut snapshot = Self { path, bytes: 0 };
        let reader = Reader::open(from).map_err(|error| crate::trouble::of_store(from, &error))?;
        let text = snapshot.path.to_str().ok_or_else(|| {
            Refusal::new(Kind::Failed, format!("{} is not text", snapshot.path.display()))
                .hint("Use a folder whose name is plain text.")
        })?;
        reader.connection().execute("VACUUM INTO ?1", [text])?;
        let data = std::fs::metadata(&snapshot.path);
        snapshot.bytes = data.map_err(|error| crate::profile::failed("read", &snapshot.path, &error))?.len();
        Ok(snapshot)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Removes copies of the same file that a crash left behind: those that are older than a day.
fn sweep(from: &Path) {
    let (Some(folder), Some(stem)) = (from.parent(), from.file_stem().and_then(|stem| stem.to_str())) else { return };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let begin = format!("{stem}.copy-");
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&begin)) {
        let age = entry.metadata().and_then(|data| data.modified()).map(|made| made.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age > LEFT_BEHIND) {
            let _ = std::fs::remove_file(entry.path()); // the next one tries again
        }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path); // it may never have been made
        for tail in ["-wal", "-shm", "-journal"] {
            let mut beside = self.path.clone().into_os_string();
            beside.push(tail);
            let _ = std::fs::remove_file(beside); // only where somebody opened it for writing
        }
    }
}
