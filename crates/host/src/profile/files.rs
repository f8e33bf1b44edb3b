//! Files that must survive a power cut and that nobody else may read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::FlockOperation;
use skein_app::{Kind, Refusal};

/// A refusal about a file.
pub(crate) fn failed(what: &str, path: &Path, error: &std::io::Error) -> Refusal {
    let hint = match error.kind() {
        std::io::ErrorKind::StorageFull => "Make room on the disk.",
        std::io::ErrorKind::PermissionDenied => "Look who owns the folder and who may write in it.",
        _ => "Look whether the folder is there and can be written, and the disk is well.",
    };
    Refusal::new(Kind::Failed, format!("cannot {what} {}: {error}", path.display())).hint(hint)
}

/// Makes a folder for this user only, and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Refusal> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| failed("make the folder", path, &error))
}

/// Holds a lock file until it is closed; `None`: somebody else holds it.
pub(crate) fn lock(path: &Path) -> Result<Option<File>, Refusal> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = opened.map_err(|error| failed("open", path, &error))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(failed("hold", path, &error.into())),
    }
}

/// Makes a file that is not there yet, for this user only.
pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)
}

/// Writes a file whole or not at all, for this user only; on disk when this returns.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let beside = path.with_extension("new");
    let write = || {
        // What a crash left behind may have other rights: begin anew.
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
        let mut file = create_private(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(|error| failed("write", path, &error))
}
