//! What a `.torrent` file says, as far as we need it. The bytes are a stranger's: nothing of them is used before it passed here.

use data_encoding::HEXLOWER;
use sha1::{Digest, Sha1};

use crate::bencode::{self, Dict, Value};
use crate::error::TorrentError;
use crate::magnet::{MAX_TRACKERS, is_tracker};
use crate::names;

/// The longest `.torrent` file, in bytes.
pub const MAX_TORRENT_BYTES: usize = 8 << 20;
/// The most files in one torrent.
pub(crate) const MAX_FILES: usize = 10_000;
/// The smallest and the largest piece, in bytes: the engine divides by the one, and keeps a bit for each 16 KiB of all.
pub(crate) const PIECE_BYTES: std::ops::RangeInclusive<i64> = 1 << 10..=64 << 20;
/// The length of a piece's hash, in bytes.
pub(crate) const HASH_BYTES: usize = 20;

/// One file of a torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The folders that it is in, and its name; of a single file, its name.
    pub path: Vec<String>,
    /// How large it is.
    pub bytes: u64,
    /// It only fills up a piece, and is never written.
    pub padding: bool,
}

/// A torrent's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The bytes of its inner part: what its hash is of.
    pub(crate) info: Vec<u8>,
    pub(crate) hash: [u8; HASH_BYTES],
    /// What the file or the folder is called.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// What is in it.
    pub files: Vec<File>,
    /// Where it says that others can be found, as URLs.
    pub trackers: Vec<String>,
}

impl Meta {
    /// Reads a `.torrent` file.
    ///
    /// # Errors
    /// If it is none, or one that is not taken: see `docs/decisions/0024-torrents.md`.
    pub fn read(bytes: &[u8]) -> Result<Self, TorrentError> {
        if bytes.len() > MAX_TORRENT_BYTES {
            return Err(TorrentError::unfit("this torrent is larger than 8 MiB"));
        }
        let value = bencode::read(bytes).ok_or(TorrentError::Unreadable("it is damaged, or something else"))?;
        let dict = value.dict().ok_or(TorrentError::Unreadable("it is something else"))?;
        let (info, raw) =
            dict.get(b"info".as_slice()).ok_or(TorrentError::Unreadable("it says nothing of any file"))?;
        let info = info.dict().ok_or(TorrentError::Unreadable("it says nothing of any file"))?;
        Self::of_info(info, raw, trackers(dict))
    }

    fn of_info(info: &Dict<'_>, raw: &[u8], trackers: Vec<String>) -> Result<Self, TorrentError> {
        let get = |key: &str| info.get(key.as_bytes()).map(|(value, _)| value);
        let bytes = |key: &str| get(key).and_then(Value::bytes);
        let Some(pieces) = bytes("pieces") else {
            let newer = get("meta version").is_some() || get("file tree").is_some();
            return Err(if newer {
                TorrentError::unfit("this torrent is of the second version only, which Skein does not take yet")
            } else {
                TorrentError::Unreadable("it has no pieces")
            });
        };
        let name = bytes("name.utf-8").or(bytes("name")).ok_or(TorrentError::Unreadable("it has no name"))?;
        let name = names::name(name)?;
        let (folder, files) = match (get("length"), get("files")) {
            (Some(_), None) => (false, vec![of_file(info, vec![name.clone()])?]),
            (None, Some(files)) => (true, of_files(files)?),
            _ => return Err(TorrentError::Unreadable("it is not clear what it holds")),
        };
        names::together(&files)?;
        let piece = get("piece length").and_then(Value::int).filter(|piece| PIECE_BYTES.contains(piece));
        let piece = piece.ok_or(TorrentError::unfit("this torrent's pieces have no size that is taken"))? as u64;
        let all =
            files.iter().try_fold(0u64, |sum, file| sum.checked_add(file.bytes)).filter(|all| *all <= i64::MAX as u64);
        let all = all.ok_or(TorrentError::unfit("this torrent claims to be larger than anything"))?;
        if all == 0 {
            return Err(TorrentError::unfit("this torrent is empty"));
        }
        if pieces.len() % HASH_BYTES != 0 || (pieces.len() / HASH_BYTES) as u64 != all.div_ceil(piece) {
            return Err(TorrentError::Unreadable("its pieces do not fit its size"));
        }
        Ok(Self { info: raw.to_vec(), hash: Sha1::digest(raw).into(), name, folder, files, trackers })
    }

    /// A torrent of this inner part.
    pub(crate) fn of_bytes(info: &[u8]) -> Result<Self, TorrentError> {
        Self::read(&[b"d4:info", info, b"e"].concat())
    }

    /// Its hash, as it is written.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&self.hash)
    }

    /// The bytes of all its files, but for what only fills up.
    pub fn bytes(&self) -> u64 {
        self.files.iter().filter(|file| !file.padding).map(|file| file.bytes).sum()
    }

    /// How many files it has.
    pub fn count(&self) -> u64 {
        self.files.iter().filter(|file| !file.padding).count() as u64
    }

    /// As a `.torrent` file that names these trackers and no others.
    pub fn write(&self, trackers: &[String]) -> Vec<u8> {
        let mut out = b"d".to_vec();
        if let Some(first) = trackers.first() {
            bencode::put(&mut out, b"announce");
            bencode::put(&mut out, first.as_bytes());
            bencode::put(&mut out, b"announce-list");
            out.push(b'l');
            for tracker in trackers {
                out.push(b'l');
                bencode::put(&mut out, tracker.as_bytes());
                out.push(b'e');
            }
            out.push(b'e');
        }
        bencode::put(&mut out, b"info");
        out.extend_from_slice(&self.info);
        out.push(b'e');
        out
    }
}

/// The trackers that it names; what is no address of one is passed over.
fn trackers(dict: &Dict<'_>) -> Vec<String> {
    let get = |key: &str| dict.get(key.as_bytes()).map(|(value, _)| value);
    let tiers = get("announce-list").and_then(Value::list).unwrap_or_default();
    let listed = tiers.iter().filter_map(Value::list).flatten().chain(get("announce"));
    let mut trackers = Vec::new();
    for text in listed.filter_map(Value::bytes).filter_map(|bytes| std::str::from_utf8(bytes).ok()) {
        if trackers.len() < MAX_TRACKERS && is_tracker(text) && !trackers.iter().any(|known| known == text) {
            trackers.push(text.to_owned());
        }
    }
    trackers
}

fn of_files(files: &Value<'_>) -> Result<Vec<File>, TorrentError> {
    let files = files.list().filter(|files| !files.is_empty()).ok_or(TorrentError::Unreadable("it has no files"))?;
    if files.len() > MAX_FILES {
        return Err(TorrentError::unfit(format!("this torrent has more than {MAX_FILES} files")));
    }
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let file = file.dict().ok_or(TorrentError::Unreadable("one of its files has no description"))?;
        let get = |key: &str| file.get(key.as_bytes()).and_then(|(value, _)| value.list());
        let path = get("path.utf-8").or(get("path")).filter(|path| !path.is_empty());
        let path = path.ok_or(TorrentError::Unreadable("one of its files has no name"))?;
        let part = |part: &Value<'_>| names::name(part.bytes().unwrap_or_default());
        all.push(of_file(file, path.iter().map(part).collect::<Result<_, _>>()?)?);
    }
    Ok(all)
}

fn of_file(file: &Dict<'_>, path: Vec<String>) -> Result<File, TorrentError> {
    let get = |key: &str| file.get(key.as_bytes()).map(|(value, _)| value);
    let bytes = get("length").and_then(Value::int).and_then(|bytes| u64::try_from(bytes).ok());
    let bytes = bytes.ok_or(TorrentError::Unreadable("one of its files has no size"))?;
    let marks = get("attr").and_then(Value::bytes).unwrap_or_default();
    if marks.contains(&b'l') || get("symlink path").is_some() {
        return Err(TorrentError::unfit("this torrent holds links to other files, which are not taken"));
    }
    Ok(File { path, bytes, padding: marks.contains(&b'p') })
}

#[cfg(test)]
#[path = "meta_tests.rs"]
mod tests;
