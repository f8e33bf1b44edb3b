//! The spool: where files that a browser sends wait until they are shared.
//!
//! A batch is a folder of its own with a random name. It must never let a name lead out of that folder.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use data_encoding::BASE32_NOPAD;
use skein_app::{Kind, Refusal};

use crate::session::random;

/// The most batches that wait at once; beyond it a browser is told to wait.
const MAX_BATCHES: usize = 64;
/// A batch that nobody asked for in this time is removed.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);
/// The longest path within a batch, in bytes, and in parts.
const MAX_PATH_BYTES: usize = 1_024;
const MAX_PARTS: usize = 32;
/// The longest part of a path, in bytes.
const MAX_PART_BYTES: usize = 255;

/// The folder.
pub(crate) struct Spool(PathBuf);

impl Spool {
    /// Begins with an empty one: what an earlier run left is of no use.
    pub(crate) fn new(folder: PathBuf) -> Result<Self, Refusal> {
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&folder, &error)),
            _ => Ok(Self(folder)),
        }
    }

    /// Where everything lies that browsers have sent.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The folder of a batch that is there, or a new one; and its name.
    pub(crate) fn batch(&self, name: Option<&str>) -> Result<(String, PathBuf), Refusal> {
        if let Some(name) = name {
            let path = self.path(name).filter(|path| path.is_dir());
            let path = path.ok_or_else(|| Refusal::new(Kind::NotFound, "these files did not wait any longer"))?;
            return Ok((name.into(), path));
        }
        self.sweep();
        if fs::read_dir(&self.0).map_or(0, Iterator::count) >= MAX_BATCHES {
            return Err(Refusal::new(Kind::Limit, "too many files wait to be shared").hint("Try again in a while."));
        }
        let name = BASE32_NOPAD.encode(&random()?).to_ascii_lowercase();
        let path = self.0.join(&name);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| failed(&path, &error))?;
        Ok((name, path))
    }

    /// Removes a batch, if it is there.
    pub(crate) fn remove(&self, name: &str) {
        if let Some(path) = self.path(name) {
            // If it cannot be removed now, it is when the door opens the next time.
            let _ = fs::remove_dir_all(path);
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let ours = name.len() == 52 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        ours.then(|| self.0.join(name))
    }

    fn sweep(&self) {
        let old = |path: &Path| {
            let age =
                fs::metadata(path).and_then(|meta| meta.modified()).map(|at| SystemTime::now().duration_since(at));
            age.is_ok_and(|age| age.is_ok_and(|age| age > MAX_AGE))
        };
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten().filter(|entry| old(&entry.path())) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes a new file in a batch's folder.
pub(crate) fn create(batch: &Path, name: &str) -> Result<fs::File, Refusal> {
    let path = batch.join(proper(name)?);
    if let Some(folder) = path.parent() {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| failed(folder, &error))?;
    }
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    file.map_err(|error| failed(&path, &error))
}

/// A path that stays where it is put: plain names only.
pub(crate) fn proper(name: &str) -> Result<&Path, Refusal> {
    let path = Path::new(name);
    let parts = name.split('/').count();
    let plain =
        path.components().all(|part| matches!(part, Component::Normal(_))) && path.components().count() == parts;
    let short = name.len() <= MAX_PATH_BYTES && parts <= MAX_PARTS;
    let fits = name.split('/').all(|part| part.len() <= MAX_PART_BYTES && !part.chars().any(char::is_control));
    if plain && short && fits { Ok(path) } else { Err(Refusal::new(Kind::Usage, "this is no proper name for a file")) }
}

pub(crate) fn failed(path: &Path, error: &io::Error) -> Refusal {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let refusal = Refusal::new(Kind::Failed, format!("\"{name}\" cannot be taken in: {error}"));
    match error.kind() {
        io::ErrorKind::StorageFull => refusal.hint("Make room on the disk and try again."),
        io::ErrorKind::AlreadyExists => refusal.hint("Two of the files have the same name."),
        _ => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out() {
        for good in ["a", "a b.txt", "a/b/c", ".hidden", "…", "a..b"] {
            assert!(proper(good).is_ok(), "{good}");
        }
        let long = "a".repeat(256);
        for bad in ["", ".", "..", "/", "/a", "a/", "a//b", "./a", "a/./b", "../a", "a/../b", "a\0b", "a\nb", &long] {
            assert!(proper(bad).is_err(), "{bad:?}");
        }
        assert!(proper(&["a"; 33].join("/")).is_err());
    }

    #[test]
    fn batches_are_few_and_only_ours_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::new(folder.path().join("spool")).expect("is made");
        let (name, path) = spool.batch(None).expect("is made");
        assert_eq!(spool.batch(Some(&name)).expect("is there"), (name.clone(), path.clone()));
        for other in ["", "..", "../spool", &"a".repeat(52)] {
            assert!(spool.batch(Some(other)).is_err(), "{other}");
        }
        create(&path, "a/b").expect("is made");
        assert!(create(&path, "a/b").is_err(), "nothing is overwritten");
        spool.remove("..");
        spool.remove(&name);
        assert!(!path.exists() && folder.path().exists());
        for _ in 0..MAX_BATCHES {
            spool.batch(None).expect("is made");
        }
        assert!(spool.batch(None).is_err(), "too many");
    }
}
