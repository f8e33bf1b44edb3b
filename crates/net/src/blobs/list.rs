//! A folder as a list blob: relative paths, modes, sizes, hashes. Canonical, so that the same folder has the same root.
//!
//! A list comes from another person's device: the decoder refuses whatever could leave the folder, collide or swell.

use serde::{Deserialize, Serialize};
use skein_event::BlobHash;

use crate::blobs::BlobsError;

/// The longest list, in bytes.
pub(crate) const MAX_LIST_BYTES: u64 = 32 << 20;
/// The most entries of a list.
pub(crate) const MAX_ENTRIES: usize = 100_000;
/// The longest name of one file or folder, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 255;
/// The longest path, in bytes, and the deepest.
const MAX_PATH_BYTES: usize = 3000;
const MAX_DEPTH: usize = 64;
/// What a list begins with: a word and the version of the format.
const HEAD: &[u8] = b"skein folder\x01";

/// One file or folder in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Relative, parts joined by '/'.
    pub(crate) path: String,
    /// The rwx bits, 0 to 0o777.
    pub(crate) mode: u16,
    pub(crate) kind: Kind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Folder,
    File { size: u64, hash: BlobHash },
}

impl Entry {
    /// The file's size and hash.
    pub(crate) fn file(&self) -> Option<(u64, BlobHash)> {
        match self.kind {
            Kind::File { size, hash } => Some((size, hash)),
            Kind::Folder => None,
        }
    }
}

/// The list's bytes. Sorts the entries; they must be fit (see [`decode`]).
pub(crate) fn encode(entries: &mut [Entry]) -> Result<Vec<u8>, BlobsError> {
    entries.sort_by(|a, b| parts(&a.path).cmp(parts(&b.path)));
    check(entries)?;
    let mut bytes = HEAD.to_vec();
    bytes.extend_from_slice(&(entries.len() as u32).to_be_bytes());
    for entry in entries.iter() {
        let entry = postcard::to_stdvec(entry).map_err(BlobsError::store)?;
        bytes.extend_from_slice(&entry);
    }
    if bytes.len() as u64 > MAX_LIST_BYTES {
        return Err(bad("it is longer than 32 MiB"));
    }
    Ok(bytes)
}

/// Reads a list strictly: known version, sorted, no path twice, none that leaves the folder, nothing left over.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Entry>, BlobsError> {
    if bytes.len() as u64 > MAX_LIST_BYTES {
        return Err(bad("it is longer than 32 MiB"));
    }
    let rest = bytes.strip_prefix(HEAD).ok_or_else(|| bad("it is of an unknown kind or version"))?;
    let (count, mut rest) = rest.split_first_chunk().ok_or_else(|| bad("it ends early"))?;
    let count = u32::from_be_bytes(*count) as usize;
    if count > MAX_ENTRIES {
        return Err(bad("it has more than 100,000 entries"));
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let (entry, after) = postcard::take_from_bytes::<Entry>(rest).map_err(|_| bad("an entry is garbled"))?;
        if postcard::to_stdvec(&entry).is_ok_and(|canonical| canonical != rest[..rest.len() - after.len()]) {
            return Err(bad("an entry is not written the one right way"));
        }
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(bad("something follows its end"));
    }
    check(&entries)?;
    Ok(entries)
}

fn check(entries: &[Entry]) -> Result<(), BlobsError> {
    if entries.len() > MAX_ENTRIES {
        return Err(bad("it has more than 100,000 entries"));
    }
    let mut total: u64 = 0;
    for entry in entries {
        if entry.path.len() > MAX_PATH_BYTES || parts(&entry.path).count() > MAX_DEPTH {
            return Err(bad("a path is too long or too deep"));
        }
        if !parts(&entry.path).all(is_name) {
            return Err(bad("a path has a part that no file can be called"));
        }
        if entry.mode > 0o777 {
            return Err(bad("a mode has bits other than read, write, execute"));
        }
        let (size, _) = entry.file().unwrap_or((0, BlobHash::ZERO));
        total =
            total.checked_add(size).filter(|sum| *sum <= i64::MAX as u64).ok_or_else(|| bad("the sizes overflow"))?;
    }
    for pair in entries.windows(2) {
        if parts(&pair[0].path).cmp(parts(&pair[1].path)) != std::cmp::Ordering::Less {
            return Err(bad("its paths are not in order, or one is there twice"));
        }
    }
    // Every parent is listed before its children, as a folder: so no file stands where a folder must be.
    let folders: std::collections::HashSet<&str> =
        entries.iter().filter(|entry| entry.kind == Kind::Folder).map(|entry| entry.path.as_str()).collect();
    for entry in entries {
        if let Some((parent, _)) = entry.path.rsplit_once('/')
            && !folders.contains(parent)
        {
            return Err(bad("a file is in a folder that is not in the list"));
        }
    }
    Ok(())
}

/// What no name may hold.
const FORBIDDEN: &[char] = if cfg!(windows) { &['/', '\0', '\\', ':'] } else { &['/', '\0'] };

/// Whether this can be the name of one file or folder.
pub(crate) fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= MAX_NAME_BYTES && !name.contains(FORBIDDEN)
}

fn parts(path: &str) -> std::str::Split<'_, char> {
    path.split('/')
}

fn bad(why: &str) -> BlobsError {
    BlobsError::List(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Entry {
        Entry { path: path.into(), mode: 0o644, kind: Kind::File { size: 3, hash: BlobHash::from_bytes([1; 32]) } }
    }

    fn folder(path: &str) -> Entry {
        Entry { path: path.into(), mode: 0o755, kind: Kind::Folder }
    }

    /// The bytes of a list that nobody checked.
    fn raw(entries: &[Entry]) -> Vec<u8> {
        let mut bytes = HEAD.to_vec();
        bytes.extend_from_slice(&(entries.len() as u32).to_be_bytes());
        for entry in entries {
            bytes.extend_from_slice(&postcard::to_stdvec(entry).expect("it is plain data"));
        }
        bytes
    }

    #[test]
    fn a_list_reads_back_in_one_order() {
        let mut entries = vec![file("b/x"), file("a"), folder("b"), file("b.txt"), folder("empty")];
        let bytes = encode(&mut entries).expect("it is fit");
        let read = decode(&bytes).expect("it is fit");
        assert_eq!(read, entries);
        let paths: Vec<_> = read.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["a", "b", "b/x", "b.txt", "empty"]);
        assert_eq!(encode(&mut read.into_iter().rev().collect::<Vec<_>>()).expect("it is fit"), bytes);
        assert!(decode(&encode(&mut []).expect("it is fit")).expect("an empty folder is one").is_empty());
    }

    #[test]
    fn hostile_paths_are_refused() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        let deep = ["d"; MAX_DEPTH + 1].join("/");
        for path in ["", ".", "..", "/etc/passwd", "../x", "a/../x", "a//b", "a/", "a\0b", &long, &deep] {
            assert!(decode(&raw(&[folder("a"), file(path)])).is_err(), "{path:?}");
            assert!(decode(&raw(&[file(path)])).is_err(), "{path:?} alone");
        }
    }

    #[test]
    fn hostile_shapes_are_refused() {
        let setuid = Entry { mode: 0o4755, ..file("a") };
        let huge = Entry { kind: Kind::File { size: u64::MAX, hash: BlobHash::ZERO }, ..file("a") };
        let cases = [
            vec![file("a"), file("a")],
            vec![file("b"), file("a")],
            vec![file("a"), file("a/b")],
            vec![file("a/b")],
            vec![setuid],
            vec![huge.clone(), Entry { path: "b".into(), ..huge }],
        ];
        for case in cases {
            assert!(decode(&raw(&case)).is_err(), "{case:?}");
        }
    }

    #[test]
    fn hostile_bytes_are_refused() {
        let good = raw(&[file("a"), file("b")]);
        for end in 0..good.len() {
            assert!(decode(&good[..end]).is_err(), "cut at {end}");
        }
        assert!(decode(&[good.as_slice(), &[0]].concat()).is_err(), "something follows");
        let mut other_version = good.clone();
        other_version[HEAD.len() - 1] = 2;
        assert!(decode(&other_version).is_err());
        let mut endless = HEAD.to_vec();
        endless.extend_from_slice(&u32::MAX.to_be_bytes());
        assert!(decode(&endless).is_err());
        // The path's length written in two bytes where one does.
        let mut wide = good.clone();
        let at = HEAD.len() + 4;
        wide.splice(at..=at, [0x81, 0x00]);
        assert!(decode(&wide).is_err());
    }
}
