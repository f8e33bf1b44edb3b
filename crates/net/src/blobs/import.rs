//! Reading a file or folder in: copied into the store, so that later changes of the original change nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use iroh_blobs::BlobFormat;
use iroh_blobs::api::TempTag;
use iroh_blobs::api::blobs::{AddPathOptions, AddProgressItem, BlobStatus, ImportMode};
use n0_future::{BufferedStreamExt, StreamExt};
use skein_event::BlobHash;
use tokio::sync::watch;

use crate::blobs::list::{self, Entry, Kind, MAX_ENTRIES, is_name};
use crate::blobs::store::Store;
use crate::blobs::{BlobsError, Progress};

/// Files up to this size are read into memory on the way.
const SMALL: u64 = 64 << 10;
/// Files of a folder that are read in at once.
const AT_ONCE: usize = 4;
/// How many lines are kept about what was left out.
const MAX_LINES: usize = 20;

/// A file or folder that was read in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The file's bytes, or the folder's list.
    pub root: BlobHash,
    /// Its name.
    pub name: String,
    /// Bytes of all its files.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
    /// Whether it is a folder.
    pub folder: bool,
    /// What was left out and why, one line each; at most 20 lines and a line with the number of the others.
    pub left_out: Vec<String>,
}

/// What was found in a folder.
pub(crate) struct Walk {
    /// With the mode of each; hashes and sizes are yet to be filled in.
    pub(crate) entries: Vec<(PathBuf, Entry)>,
    pub(crate) bytes: u64,
    pub(crate) left_out: Vec<String>,
}

/// Reads a file or folder in.
pub(crate) async fn import(
    store: &Store,
    path: &Path,
    progress: &watch::Sender<Progress>,
) -> Result<Imported, BlobsError> {
    let path = std::path::absolute(path).map_err(BlobsError::io(path.display().to_string()))?;
    let data = tokio::fs::metadata(&path).await.map_err(BlobsError::io(path.display().to_string()))?;
    let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_name(name));
    let name = name.ok_or_else(|| BlobsError::Unfit(format!("{} has no name that can be shared", path.display())))?;
    if data.is_dir() {
        import_folder(store, &path, name, progress).await
    } else if data.is_file() {
        progress.send_modify(|p| (p.bytes_total, p.files_total) = (data.len(), 1));
        let (tag, root, bytes) = add_file(store, &path, progress).await?;
        store.keep_raw(root).await?;
        drop(tag);
        progress.send_modify(|p| (p.bytes_done, p.bytes_total, p.files_done) = (bytes, bytes, 1));
        Ok(Imported { root, name: name.into(), bytes, files: 1, folder: false, left_out: vec![] })
    } else {
        Err(BlobsError::Unfit(format!("{} is neither a file nor a folder", path.display())))
    }
}

async fn import_folder(
    store: &Store,
    path: &Path,
    name: &str,
    progress: &watch::Sender<Progress>,
) -> Result<Imported, BlobsError> {
    let top = path.to_owned();
    let walk = tokio::task::spawn_blocking(move || walk(&top)).await.map_err(BlobsError::store)??;
    let files = walk.entries.iter().filter(|(_, entry)| entry.file().is_some()).count() as u64;
    progress.send_modify(|p| (p.bytes_total, p.files_total) = (walk.bytes, files));
    let read = n0_future::stream::iter(walk.entries)
        .map(|(path, mut entry)| async move {
            if entry.kind == Kind::Folder {
                return Ok((None, entry));
            }
            let (tag, hash, size) = add_file(store, &path, progress).await?;
            entry.kind = Kind::File { size, hash };
            progress.send_modify(|p| p.files_done += 1);
            Ok((Some(tag), entry))
        })
        .buffered_unordered(AT_ONCE);
    let mut read = std::pin::pin!(read);
    // The tags keep the files until the folder's own tag does.
    let (mut tags, mut entries): (Vec<TempTag>, Vec<Entry>) = (vec![], vec![]);
    while let Some(one) = read.next().await {
        let (tag, entry) = one?;
        tags.extend(tag);
        entries.push(entry);
    }
    let list = list::encode(&mut entries)?;
    let tag = store.api().add_bytes(list).temp_tag().await.map_err(BlobsError::store)?;
    let root = BlobHash::from_bytes(*tag.hash().as_bytes());
    store.keep_raw(root).await?;
    store.keep_tree(root, &entries).await?;
    drop((tags, tag));
    let bytes = entries.iter().filter_map(Entry::file).map(|(size, _)| size).sum();
    progress.send_modify(|p| (p.bytes_done, p.bytes_total) = (bytes, bytes));
    Ok(Imported { root, name: name.into(), bytes, files, folder: true, left_out: walk.left_out })
}

/// Adds one file; the tag keeps it until something else does.
async fn add_file(
    store: &Store,
    path: &Path,
    progress: &watch::Sender<Progress>,
) -> Result<(TempTag, BlobHash, u64), BlobsError> {
    let shown = path.display().to_string();
    let data = tokio::fs::metadata(path).await.map_err(BlobsError::io(&shown))?;
    if data.len() <= SMALL {
        let bytes = tokio::fs::read(path).await.map_err(BlobsError::io(&shown))?;
        let size = bytes.len() as u64;
        let tag = store.api().add_bytes(bytes).temp_tag().await.map_err(BlobsError::store)?;
        progress.send_modify(|p| p.bytes_done += size);
        let root = BlobHash::from_bytes(*tag.hash().as_bytes());
        return Ok((tag, root, size));
    }
    let options = AddPathOptions { path: path.to_owned(), format: BlobFormat::Raw, mode: ImportMode::Copy };
    let mut steps = store.api().add_path_with_opts(options).stream().await;
    let mut counted = 0;
    while let Some(step) = steps.next().await {
        match step {
            AddProgressItem::OutboardProgress(at) => {
                progress.send_modify(|p| p.bytes_done += at.saturating_sub(counted));
                counted = counted.max(at);
            }
            AddProgressItem::Done(tag) => {
                let root = BlobHash::from_bytes(*tag.hash().as_bytes());
                let size = match store.api().status(tag.hash()).await.map_err(BlobsError::store)? {
                    BlobStatus::Complete { size } => size,
                    _ => return Err(BlobsError::Damaged(shown)),
                };
                progress.send_modify(|p| p.bytes_done += size.saturating_sub(counted));
                return Ok((tag, root, size));
            }
            AddProgressItem::Error(why) => return Err(BlobsError::Io { what: shown, why }),
            _ => (),
        }
    }
    Err(BlobsError::Store("it stopped in the middle of a file".into()))
}

/// Lists what is in a folder. Symbolic links, special files and names that are no text are left out, with a line each.
pub(crate) fn walk(top: &Path) -> Result<Walk, BlobsError> {
    let mut walk = Walk { entries: vec![], bytes: 0, left_out: vec![] };
    let mut left_out = 0_usize;
    let mut open = vec![(top.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        let inside = std::fs::read_dir(&folder).map_err(BlobsError::io(folder.display().to_string()))?;
        for item in inside {
            let item = item.map_err(BlobsError::io(folder.display().to_string()))?;
            let path = item.path();
            let data = item.metadata().map_err(BlobsError::io(path.display().to_string()))?;
            let mut leave_out = |why: &str| {
                left_out += 1;
                if left_out <= MAX_LINES {
                    walk.left_out.push(format!("{}: {why}", path.display()));
                }
            };
            let name = item.file_name();
            let Some(name) = name.to_str().filter(|name| is_name(name)) else {
                leave_out("its name is not text that every computer can write");
                continue;
            };
            let relative = format!("{prefix}{name}");
            let mode = (data.permissions().mode() & 0o777) as u16;
            let kind = if data.is_dir() {
                open.push((path.clone(), format!("{relative}/")));
                Kind::Folder
            } else if data.is_file() {
                walk.bytes += data.len();
                Kind::File { size: data.len(), hash: BlobHash::ZERO }
            } else {
                leave_out(if data.is_symlink() { "links are not followed" } else { "it is not a plain file" });
                continue;
            };
            if walk.entries.len() >= MAX_ENTRIES {
                return Err(BlobsError::Unfit(format!("{} has more than 100,000 files and folders", top.display())));
            }
            walk.entries.push((path, Entry { path: relative, mode, kind }));
        }
    }
    if left_out > MAX_LINES {
        walk.left_out.push(format!("and {} more", left_out - MAX_LINES));
    }
    Ok(walk)
}
