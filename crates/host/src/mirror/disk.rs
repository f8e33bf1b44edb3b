//! A tied folder's disk: every touch goes through the folder itself, part by part, and never through a link.
//!
//! Nothing is written over: what gives way is exchanged in one step and kept among the old versions. Before and after it is
//! looked at whether it was what was meant; if not, it is put back.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, Timespec, Timestamps};
use rustix::io::Errno;
use skein_mirror::{PRIVATE, parent};

use super::stat::{Kind, Stat, of, same_file, stat_in};

/// Half-written files, within [`PRIVATE`].
pub(super) const NEW: &str = ".skein/new";
/// Old versions, within [`PRIVATE`].
pub(super) const VERSIONS: &str = ".skein/versions";

/// Why a step was not done.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Something else is there than was meant: it is looked at anew.
    Changed,
    /// The disk said no.
    Failed(io::Error),
}

impl From<Errno> for Stopped {
    fn from(error: Errno) -> Self {
        Self::Failed(error.into())
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// The top of a tied folder, held open.
pub(super) struct Top {
    fd: OwnedFd,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Top {
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { fd: rustix::fs::open(path, FOLDER, Mode::empty())? })
    }

    /// A folder within; with `make`, made with those above it. A link or file on the way is an error.
    pub fn folder(&self, path: Option<&str>, make: bool) -> io::Result<OwnedFd> {
        let mut fd = self.fd.as_fd().try_clone_to_owned()?;
        for part in path.into_iter().flat_map(|path| path.split('/')) {
            let flags = FOLDER | OFlags::NOFOLLOW;
            let opened = match rustix::fs::openat(&fd, part, flags, Mode::empty()) {
                Err(Errno::NOENT) if make => {
                    match rustix::fs::mkdirat(&fd, part, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => (),
                        Err(error) => return Err(error.into()),
                    }
                    rustix::fs::openat(&fd, part, flags, Mode::empty())
                }
                opened => opened,
            };
            fd = opened?;
        }
        Ok(fd)
    }

    /// What is at a path; `None`: nothing, or nothing can be there.
    pub fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        match self.folder(parent(path), false) {
            Ok(folder) => stat_in(&folder, name(path)),
            Err(error) if is_nothing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a file for reading; never a link, a pipe or a folder.
    pub fn read(&self, path: &str) -> io::Result<File> {
        let folder = self.folder(parent(path), false)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&folder, name(path), flags, Mode::empty())?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    pub fn target(&self, path: &str) -> io::Result<String> {
        let folder = self.folder(parent(path), false)?;
        let target = rustix::fs::readlinkat(&folder, name(path), Vec::new())?;
        target.into_string().map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// A fresh file that is still to be filled; gives its name among the new ones too.
    pub fn begin(&self) -> io::Result<(File, String)> {
        let folder = self.folder(Some(NEW), true)?;
        let name = format!("w{:016x}", random()?);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&folder, name.as_str(), flags, Mode::from_raw_mode(0o666))?;
        Ok((File::from(file), name))
    }

    pub fn begin_link(&self, target: &str) -> io::Result<String> {
        let folder = self.folder(Some(NEW), true)?;
        let name = format!("w{:016x}", random()?);
        rustix::fs::symlinkat(target, &folder, name.as_str())?;
        Ok(name)
    }

    pub fn give_up(&self, draft: &str) {
        if let Ok(folder) = self.folder(Some(NEW), false) {
            rustix::fs::unlinkat(&folder, draft, AtFlags::empty()).ok();
        }
    }

    /// Puts a finished draft at its path, where nothing is (`was` is `None`) or what was there then. Gives what it is known by.
    /// A power cut may take it back until [`Top::settle`].
    pub fn put(&self, draft: &str, path: &str, was: Option<&Stat>, when_ms: u64) -> Result<Stat, Stopped> {
        let (drafts, folder) = (self.folder(Some(NEW), false)?, self.folder(parent(path), true)?);
        let name = name(path);
        if stat_in(&folder, name)? != was.copied() {
            return Err(Stopped::Changed);
        }
        match was {
            None => match rustix::fs::renameat_with(&drafts, draft, &folder, name, RenameFlags::NOREPLACE) {
                Ok(()) => (),
                Err(Errno::EXIST) => return Err(Stopped::Changed),
                Err(Errno::INVAL | Errno::NOSYS) => link_new(&drafts, draft, &folder, name)?,
                Err(error) => return Err(error.into()),
            },
            Some(was) if was.kind == Kind::Folder => {
                rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR).map_err(|_| Stopped::Changed)?;
                rustix::fs::renameat(&drafts, draft, &folder, name)?;
            }
            Some(was) => self.exchange(&drafts, draft, &folder, path, was, when_ms)?,
        }
        stat_in(&folder, name)?.ok_or(Stopped::Changed)
    }

    fn exchange(
        &self,
        drafts: &OwnedFd,
        draft: &str,
        folder: &OwnedFd,
        path: &str,
        was: &Stat,
        when_ms: u64,
    ) -> Result<(), Stopped> {
        // From here on the name holds something whole: after a kill it is kept, not thrown away.
        let whole = draft.replacen('w', "x", 1);
        rustix::fs::renameat(drafts, draft, drafts, whole.as_str())?;
        let swap = || rustix::fs::renameat_with(drafts, whole.as_str(), folder, name(path), RenameFlags::EXCHANGE);
        match swap() {
            Ok(()) => (),
            Err(Errno::INVAL | Errno::NOSYS) => {
                // A file system that cannot exchange: the old one is moved first, and its place is empty for a moment. What
                // was about to be put there is written down already.
                self.set_aside_in(folder, path, when_ms)?;
                return rustix::fs::renameat(drafts, whole.as_str(), folder, name(path)).map_err(Stopped::from);
            }
            Err(error) => {
                rustix::fs::renameat(drafts, whole.as_str(), drafts, draft).ok();
                return Err(error.into());
            }
        }
        let old = stat_in(drafts, &whole)?;
        if !old.is_some_and(|old| same_file(&old, was)) {
            // Somebody saved it in the last moment: theirs goes back.
            swap()?;
            rustix::fs::renameat(drafts, whole.as_str(), drafts, draft).ok();
            return Err(Stopped::Changed);
        }
        self.keep(drafts, &whole, path, when_ms).map_err(Stopped::from)
    }

    /// Takes away what is at a path, and keeps it among the old versions.
    pub fn take_away(&self, path: &str, was: &Stat, when_ms: u64) -> Result<(), Stopped> {
        let folder = match self.folder(parent(path), false) {
            Err(error) if is_nothing(&error) => return Err(Stopped::Changed),
            folder => folder?,
        };
        if was.kind == Kind::Folder {
            return match rustix::fs::unlinkat(&folder, name(path), AtFlags::REMOVEDIR) {
                Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
                Err(error) => Err(error.into()),
            };
        }
        if stat_in(&folder, name(path))?.as_ref() != Some(was) {
            return Err(Stopped::Changed);
        }
        let (place, kept) = self.set_aside_in(&folder, path, when_ms)?;
        if !stat_in(&place, &kept)?.is_some_and(|now| same_file(&now, was)) {
            rustix::fs::renameat_with(&place, kept.as_str(), &folder, name(path), RenameFlags::NOREPLACE)?;
            return Err(Stopped::Changed);
        }
        self.leave_empty(parent(path));
        Ok(())
    }

    /// Waits until what was put at these paths, or taken away there, is on the disk: once for each folder.
    pub fn settle<'a>(&self, paths: impl Iterator<Item = &'a str>) {
        let folders: BTreeSet<Option<&str>> = paths.map(parent).collect();
        for folder in folders.into_iter().filter_map(|folder| self.folder(folder, false).ok()) {
            rustix::fs::fsync(&folder).ok(); // some file systems cannot; the next look would find it missing
        }
    }

    /// Folders in which nothing is left go too.
    fn leave_empty(&self, mut path: Option<&str>) {
        while let Some(folder) = path {
            let Ok(above) = self.folder(parent(folder), false) else { return };
            if rustix::fs::unlinkat(&above, name(folder), AtFlags::REMOVEDIR).is_err() {
                return;
            }
            path = parent(folder);
        }
    }

    fn set_aside_in(&self, folder: &OwnedFd, path: &str, when_ms: u64) -> io::Result<(OwnedFd, String)> {
        self.aside(folder, name(path), path, when_ms)
    }

    /// Keeps a file under the path that it had.
    fn keep(&self, from: &OwnedFd, at: &str, path: &str, when_ms: u64) -> io::Result<()> {
        self.aside(from, at, path, when_ms).map(|_| ())
    }

    fn aside(&self, from: &OwnedFd, at: &str, path: &str, when_ms: u64) -> io::Result<(OwnedFd, String)> {
        let place = match parent(path) {
            Some(parent) => format!("{VERSIONS}/{parent}"),
            None => VERSIONS.to_owned(),
        };
        let place = self.folder(Some(&place), true)?;
        for number in 0..1_000 {
            let kept = super::versions::kept_name(name(path), when_ms, number);
            match rustix::fs::renameat_with(from, at, &place, kept.as_str(), RenameFlags::NOREPLACE) {
                Ok(()) => return Ok((place, kept)),
                Err(Errno::EXIST) => continue,
                Err(Errno::INVAL | Errno::NOSYS) if stat_in(&place, &kept)?.is_none() => {
                    rustix::fs::renameat(from, at, &place, kept.as_str())?;
                    return Ok((place, kept));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub fn make_folder(&self, path: &str) -> Result<Stat, Stopped> {
        let folder = self.folder(Some(path), true)?;
        Ok(of(&rustix::fs::fstat(&folder)?))
    }

    /// What a kill left half-done: half-written files go, whole ones are kept.
    pub fn tidy_up(&self, when_ms: u64) -> io::Result<()> {
        let folder = match self.folder(Some(NEW), false) {
            Err(error) if is_nothing(&error) => return Ok(()),
            folder => folder?,
        };
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&folder)? {
            names.extend(entry?.file_name().to_str().map(String::from));
        }
        for name in names.iter().filter(|name| !matches!(name.as_str(), "." | "..")) {
            if name.starts_with('x') {
                self.keep(&folder, name, "left over", when_ms)?;
            } else {
                rustix::fs::unlinkat(&folder, name.as_str(), AtFlags::empty()).ok(); // only room is lost
            }
        }
        Ok(())
    }

    /// The names in a folder, with what each is; those that are no text apart.
    pub fn list(&self, path: Option<&str>) -> io::Result<Listed> {
        let folder = self.folder(path, false)?;
        let mut listed = Listed::default();
        for entry in rustix::fs::Dir::read_from(&folder)? {
            let entry = entry?;
            match entry.file_name().to_str() {
                Ok("." | "..") => continue,
                Ok(name) => match stat_in(&folder, name) {
                    Ok(Some(stat)) => listed.entries.push((name.into(), stat)),
                    Ok(None) => (),
                    Err(_) => listed.unreadable.push(name.into()),
                },
                Err(_) => listed.no_text.push(entry.file_name().to_string_lossy().into_owned()),
            }
        }
        listed.entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(listed)
    }
}

/// What is in a folder.
#[derive(Default)]
pub(super) struct Listed {
    pub entries: Vec<(String, Stat)>,
    pub unreadable: Vec<String>,
    pub no_text: Vec<String>,
}

/// Where an open file can be opened again, whatever happens to its path.
pub(super) fn again(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
    Path::new(folder).join(file.as_raw_fd().to_string())
}

/// Gives a draft its date and its rights, those of the file that it replaces, and waits until it is on the disk.
pub(super) fn finish(file: &File, modified_ms: u64, executable: bool, was: Option<&Stat>) -> io::Result<()> {
    let fresh = rustix::fs::fstat(file)?.st_mode & 0o777;
    let mode = was.filter(|was| was.kind == Kind::File).map_or(fresh, |was| was.mode as _);
    let mode = if executable { mode | ((mode & 0o444) >> 2) } else { mode & !0o111 };
    if mode != fresh {
        rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?;
    }
    let at = Timespec { tv_sec: (modified_ms / 1_000) as i64, tv_nsec: ((modified_ms % 1_000) * 1_000_000) as _ };
    // A date that this disk cannot write is no reason to have no file.
    rustix::fs::futimens(file, &Timestamps { last_access: at, last_modification: at }).ok();
    file.sync_all()
}

pub(super) fn is_nothing(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn link_new(drafts: &OwnedFd, draft: &str, folder: &OwnedFd, name: &str) -> Result<(), Stopped> {
    match rustix::fs::linkat(drafts, draft, folder, name, AtFlags::empty()) {
        Ok(()) => Ok(rustix::fs::unlinkat(drafts, draft, AtFlags::empty())?),
        Err(Errno::EXIST) => Err(Stopped::Changed),
        // Whether the name is free was looked up just before.
        Err(_) => Ok(rustix::fs::renameat(drafts, draft, folder, name)?),
    }
}

pub(super) fn random() -> io::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(u64::from_le_bytes(bytes))
}

/// The program's own folder within the tied one.
pub(super) fn own(path: &str) -> bool {
    path == PRIVATE || path.starts_with(".skein/")
}
