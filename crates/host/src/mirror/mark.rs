//! The mark in a tied folder: by it the program knows that the folder is the one it was, and not an empty place where a disk
//! should be.

use std::io::{self, Read, Write};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use skein_mirror::PRIVATE;

use super::disk::{Top, is_nothing, random};

const PATH: &str = ".skein/mark";
/// The longest mark that is read, in bytes.
const MAX_BYTES: u64 = 1_024;
const WORDS: &str = "Skein knows this folder by the line above. Old versions of its files are in `versions`.\n";

/// The folder with this mark; none if it is away: nothing is there, or another one.
pub(super) fn open(dir: &Path, mark: &str) -> io::Result<Option<Top>> {
    let top = match Top::open(dir) {
        Err(error) if is_nothing(&error) => return Ok(None),
        top => top?,
    };
    Ok((read(&top)?.as_deref() == Some(mark)).then_some(top))
}

/// What stands in it.
fn read(top: &Top) -> io::Result<Option<String>> {
    let mut text = String::new();
    match top.read(PATH) {
        Ok(file) => drop(file.take(MAX_BYTES).read_to_string(&mut text)?),
        Err(error) if is_nothing(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    Ok(text.lines().next().map(String::from))
}

/// Writes one where there is none; gives the one that is there.
pub(super) fn make(top: &Top) -> io::Result<String> {
    if let Some(mark) = read(top)? {
        return Ok(mark);
    }
    let mark = format!("{:016x}{:016x}", random()?, random()?);
    let folder = top.folder(Some(PRIVATE), true)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&folder, "mark", flags, Mode::from_raw_mode(0o666))?;
    let mut file = std::fs::File::from(file);
    file.write_all(format!("{mark}\n{WORDS}").as_bytes())?;
    file.sync_all()?;
    rustix::fs::fsync(&folder).ok(); // some file systems cannot; the mark is then made again
    Ok(mark)
}

/// Whether the disk takes small letters and capitals for the same.
pub(super) fn folds(top: &Top) -> io::Result<bool> {
    Ok(top.stat(".SKEIN")?.is_some() && top.stat(PRIVATE)?.is_some())
}
