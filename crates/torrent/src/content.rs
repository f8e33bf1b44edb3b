//! Where the bytes of what is given come from. They are only ever read: nobody outside can change a file of this computer.

use std::fs::{self, File as OpenFile};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::TorrentError;
use crate::meta::{File, MAX_FILES};
use crate::names;

/// The bytes of a torrent's files.
pub trait Content: Send + Sync {
    /// Fills `bytes` with what the file of this number has from `at` on. May block.
    ///
    /// # Errors
    /// If it cannot be read, or has changed since it was described.
    fn read(&self, file: usize, at: u64, bytes: &mut [u8]) -> io::Result<()>;
}

/// Files of this computer, as they were when they were found.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<OnDisk>,
}

#[derive(Debug)]
struct OnDisk {
    path: PathBuf,
    bytes: u64,
    changed: Option<SystemTime>,
}

impl Content for Disk {
    fn read(&self, file: usize, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        let known = self.files.get(file).ok_or(io::ErrorKind::NotFound)?;
        let open = OpenFile::open(&known.path)?;
        let now = open.metadata()?;
        if now.len() != known.bytes || now.modified().ok() != known.changed {
            return Err(io::Error::other("the file has changed since it was given"));
        }
        open.read_exact_at(bytes, at)
    }
}

/// A file or folder of this computer.
#[derive(Debug)]
pub struct Found {
    /// What it is called.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// What is in it, in the order of their names.
    pub files: Vec<File>,
    /// The bytes of them.
    pub content: Disk,
}

/// Looks at a file or folder. Symbolic links in a folder and what is neither file nor folder are left out. Blocks.
///
/// # Errors
/// If it cannot be read, or has a name that others could not take.
pub fn find(path: &Path) -> Result<Found, TorrentError> {
    let path = std::path::absolute(path).map_err(TorrentError::io(path.display().to_string()))?;
    let data = fs::metadata(&path).map_err(TorrentError::io(path.display().to_string()))?;
    let name = path.file_name().map(|name| names::name(name.as_encoded_bytes()));
    let name = name.unwrap_or_else(|| Err(TorrentError::unfit("this folder has no name of its own")))?;
    let (mut files, mut content) = (Vec::new(), Disk::default());
    if data.is_file() {
        files.push(File { path: vec![name.clone()], bytes: data.len(), padding: false });
        content.files.push(OnDisk { path, bytes: data.len(), changed: data.modified().ok() });
    } else if data.is_dir() {
        walk(&path, &mut Vec::new(), &mut files, &mut content)?;
    } else {
        return Err(TorrentError::unfit(format!("{} is neither a file nor a folder", path.display())));
    }
    Ok(Found { name, folder: data.is_dir(), files, content })
}

fn walk(folder: &Path, above: &mut Vec<String>, files: &mut Vec<File>, content: &mut Disk) -> Result<(), TorrentError> {
    let shown = || folder.display().to_string();
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = listed.map_err(TorrentError::io(shown()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let data = entry.metadata().map_err(TorrentError::io(path.display().to_string()))?;
        if !data.is_file() && !data.is_dir() {
            continue;
        }
        above.push(names::name(entry.file_name().as_encoded_bytes())?);
        if data.is_dir() {
            walk(&path, above, files, content)?;
        } else if files.len() == MAX_FILES {
            return Err(TorrentError::unfit(format!("a torrent has at most {MAX_FILES} files")));
        } else {
            files.push(File { path: above.clone(), bytes: data.len(), padding: false });
            content.files.push(OnDisk { path, bytes: data.len(), changed: data.modified().ok() });
        }
        above.pop();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_in_order_and_links_are_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().join("top");
        fs::create_dir_all(top.join("b/deep")).expect("is made");
        fs::write(top.join("b/deep/x"), "deep").expect("is written");
        fs::write(top.join("a"), "first").expect("is written");
        std::os::unix::fs::symlink("/etc/passwd", top.join("link")).expect("is made");
        let found = find(&top).expect("is there");
        let paths: Vec<_> = found.files.iter().map(|file| file.path.join("/")).collect();
        assert_eq!((found.name.as_str(), found.folder, paths), ("top", true, vec!["a".to_owned(), "b/deep/x".into()]));
        let mut bytes = [0; 3];
        found.content.read(1, 1, &mut bytes).expect("is read");
        assert_eq!(&bytes, b"eep");
        assert!(found.content.read(1, 2, &mut bytes).is_err(), "not beyond its end");
        assert!(find(Path::new("/")).is_err() && find(&top.join("none")).is_err());
    }

    #[test]
    fn a_file_that_has_changed_is_given_no_further() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, "first").expect("is written");
        let found = find(&path).expect("is there");
        fs::write(&path, "other and longer").expect("is written");
        assert!(found.content.read(0, 0, &mut [0; 2]).expect_err("has changed").to_string().contains("changed"));
    }
}
