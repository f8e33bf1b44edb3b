//! What a file is known by without reading it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;

/// What a file is known by without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Stat {
    pub kind: Kind,
    pub inode: u64,
    pub size: u64,
    pub modified_ns: i128,
    pub changed_ns: i128,
    /// The rwx bits.
    pub mode: u32,
}

impl Stat {
    pub fn executable(&self) -> bool {
        self.mode & 0o100 != 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Kind {
    File,
    Link,
    Folder,
    Other,
}

pub(super) fn stat_of(file: &File) -> io::Result<Stat> {
    Ok(of(&rustix::fs::fstat(file)?))
}

/// The same file with the same bytes: being moved changes the time of its last change.
pub(super) fn same_file(a: &Stat, b: &Stat) -> bool {
    a.inode == b.inode && a.size == b.size && a.modified_ns == b.modified_ns && a.kind == b.kind
}

pub(super) fn stat_in(folder: &OwnedFd, name: &str) -> io::Result<Option<Stat>> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(of(&stat))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[allow(clippy::unnecessary_cast, reason = "the fields' types differ from system to system")]
pub(super) fn of(stat: &rustix::fs::Stat) -> Stat {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Symlink => Kind::Link,
        FileType::Directory => Kind::Folder,
        _ => Kind::Other,
    };
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Stat {
        kind,
        inode: stat.st_ino as u64,
        size: stat.st_size as u64,
        modified_ns: nanos(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        changed_ns: nanos(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        mode: stat.st_mode as u32 & 0o777,
    }
}
