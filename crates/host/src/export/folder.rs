//! The folder that an export is written into: fresh, for this user only, and removed again if the export fails.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use skein_app::{Kind, Refusal};

/// A folder that holds nothing but this export.
pub(super) struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Folder {
    /// Makes it, or takes an empty one.
    pub fn make(path: &Path) -> Result<Self, Refusal> {
        match std::fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => {
                return Err(Refusal::new(Kind::Conflict, format!("there is something in {} already", path.display()))
                    .hint("Choose a folder that is empty or not there yet."));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
                made.map_err(|error| failed(path, &error))?;
            }
            Err(error) => return Err(failed(path, &error)),
        }
        let path = std::fs::canonicalize(path).map_err(|error| failed(path, &error))?;
        Ok(Self { path, kept: false })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file in it.
    pub fn write(&self, name: &Path, bytes: &[u8]) -> Result<(), Refusal> {
        let path = self.path.join(name);
        let write = || open(&path)?.write_all(bytes);
        write().map_err(|error| failed(&path, &error))
    }

    /// All is written: it stays.
    pub fn keep(mut self) -> PathBuf {
        self.kept = true;
        std::mem::take(&mut self.path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Only what this export wrote: the folder was empty. What cannot be removed stays, and the error says where.
        if !self.kept
            && let Ok(entries) = std::fs::read_dir(&self.path)
        {
            for entry in entries.flatten() {
                let path = entry.path();
                let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            }
        }
    }
}

/// Opens a file to append to, for this user only.
pub(super) fn open(path: &Path) -> std::io::Result<std::fs::File> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// A refusal about something that cannot be written.
pub(super) fn failed(path: &Path, error: &std::io::Error) -> Refusal {
    let hint = match error.kind() {
        std::io::ErrorKind::StorageFull => "Make room on the disk and try again.",
        std::io::ErrorKind::PermissionDenied => "Choose a folder in which you may write.",
        _ => "Look whether the place is there and can be written.",
    };
    Refusal::new(Kind::Failed, format!("cannot write {}: {error}", path.display())).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_folder_is_taken_and_a_failed_export_leaves_it_empty() {
        let base = tempfile::tempdir().expect("a folder");
        let place = base.path().join("new/export");
        let folder = Folder::make(&place).expect("it is made");
        folder.write(Path::new("page.md"), b"x").expect("it is written");
        drop(folder);
        assert!(!place.join("page.md").exists(), "cleared away");
        let folder = Folder::make(&place).expect("it is empty again");
        folder.write(Path::new("page.md"), b"x").expect("it is written");
        folder.keep();
        assert!(place.join("page.md").exists());
        assert_eq!(Folder::make(&place).err().map(|refusal| refusal.kind), Some(Kind::Conflict));
        assert!(place.join("page.md").exists(), "what was there is never touched");
    }
}
