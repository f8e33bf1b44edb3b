//! Writing a file or folder out: beside its place, checked, then renamed into it. Nothing is ever overwritten.

use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use iroh_blobs::api::blobs::{ExportMode, ExportOptions, ExportProgressItem};
use n0_future::{BufferedStreamExt, StreamExt};
use skein_event::BlobHash;

use crate::blobs::BlobsError;
use crate::blobs::drafts::Draft;
use crate::blobs::import::walk;
use crate::blobs::list::{self, Entry, Kind, is_name};
use crate::blobs::store::{Store, hash};

/// Files of a folder that are written at once.
const AT_ONCE: usize = 4;
/// How far a file is written, told so many times before it must be read.
const WRITTEN: usize = 64;
/// How many names are tried: "name", "name (2)" and so on.
const MAX_NAMES: u32 = 1000;

/// Writes `root` out under `name` in `to`; `early` is a file that was written already.
pub(crate) async fn export(
    store: &Store,
    root: BlobHash,
    folder: bool,
    name: &str,
    to: &Path,
    early: Option<Draft>,
) -> Result<PathBuf, BlobsError> {
    if !is_name(name) {
        return Err(BlobsError::Unfit(format!("{name:?} cannot be the name of a file")));
    }
    if !store.has(root, folder).await?.complete {
        return Err(BlobsError::Incomplete);
    }
    let to = &std::path::absolute(to).map_err(BlobsError::io(to.display().to_string()))?;
    tokio::fs::create_dir_all(to).await.map_err(BlobsError::io(to.display().to_string()))?;
    let draft = match early {
        Some(draft) => draft,
        None => write(store, root, folder, to).await?,
    };
    let (name, to) = (name.to_owned(), to.to_owned());
    let place = move || place(&draft, root, folder, &name, &to);
    tokio::task::spawn_blocking(place).await.map_err(BlobsError::store)?
}

/// Writes it beside its place.
async fn write(store: &Store, root: BlobHash, folder: bool, to: &Path) -> Result<Draft, BlobsError> {
    let (drafts, place) = (store.drafts.clone(), to.to_owned());
    let begin = move || drafts.begin(&place);
    let draft = tokio::task::spawn_blocking(begin).await.map_err(BlobsError::store)?;
    if folder {
        let entries = store.list(root).await?.ok_or(BlobsError::Incomplete)?;
        write_folder(store, draft.path(), &entries).await?;
    } else {
        write_file(store, root, draft.path()).await?;
    }
    Ok(draft)
}

/// Writes one file and reads it back: what a person is given was checked.
async fn write_file(store: &Store, blob: BlobHash, to: &Path) -> Result<(), BlobsError> {
    let shown = to.display().to_string();
    if hash(blob) == iroh_blobs::Hash::EMPTY {
        File::create_new(to).map_err(BlobsError::io(shown))?;
        return Ok(());
    }
    let (far, at) = mpsc::sync_channel(WRITTEN);
    let path = to.to_owned();
    let reading = tokio::task::spawn_blocking(move || hash_as_it_grows(&path, &at));
    let failed = |error: String| BlobsError::Store(format!("{shown}: {error}"));
    let mode = ExportMode::Copy;
    let options = ExportOptions { hash: hash(blob), mode, target: to.to_owned() };
    let steps = store.api().export_with_opts(options).stream().await;
    let mut steps = std::pin::pin!(steps);
    loop {
        match steps.next().await {
            // One that is not told is made up for by the next, and by the end.
            Some(ExportProgressItem::CopyProgress(bytes)) => drop(far.try_send(bytes)),
            Some(ExportProgressItem::Size(_)) => (),
            Some(ExportProgressItem::Done) => break,
            Some(ExportProgressItem::Error(error)) => return Err(failed(format!("{error:#}"))),
            None => return Err(failed("the store stopped".into())),
        }
    }
    drop(far);
    let read = reading.await.map_err(BlobsError::store)?;
    if read.map_err(BlobsError::io(shown))? == blob { Ok(()) } else { Err(BlobsError::Damaged("a file".into())) }
}

/// Reads a file back while it is being written: as far as it is told to be, and at last to its end.
fn hash_as_it_grows(path: &Path, written: &mpsc::Receiver<u64>) -> io::Result<BlobHash> {
    let mut hasher = blake3::Hasher::new();
    let mut file = None;
    for upto in written {
        let file = match &mut file {
            Some(file) => file,
            none => none.insert(File::open(path)?),
        };
        let more = upto.saturating_sub(hasher.count());
        hasher.update_reader(file.take(more))?;
    }
    let file = file.map_or_else(|| File::open(path), Ok)?;
    hasher.update_reader(file)?;
    Ok(BlobHash::from_bytes(*hasher.finalize().as_bytes()))
}

fn hash_file(path: &Path) -> io::Result<BlobHash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(BlobHash::from_bytes(*hasher.finalize().as_bytes()))
}

/// Writes a folder into a new one. The list was checked: its paths stay inside, and the folder is ours alone.
async fn write_folder(store: &Store, top: &Path, entries: &[Entry]) -> Result<(), BlobsError> {
    std::fs::create_dir(top).map_err(BlobsError::io(top.display().to_string()))?;
    for entry in entries.iter().filter(|entry| entry.kind == Kind::Folder) {
        let path = top.join(&entry.path);
        std::fs::create_dir(&path).map_err(BlobsError::io(&entry.path))?;
    }
    // Owned, so that the future can be sent to another thread: the compiler cannot see it through borrowed items.
    let files: Vec<_> = entries.iter().filter_map(|entry| Some((entry.clone(), entry.file()?.1))).collect();
    let written = n0_future::stream::iter(files)
        .map(|(entry, blob)| async move {
            let path = top.join(&entry.path);
            write_file(store, blob, &path).await?;
            let mode = Permissions::from_mode(u32::from(entry.mode) & 0o777);
            std::fs::set_permissions(&path, mode).map_err(BlobsError::io(&entry.path))
        })
        .buffered_unordered(AT_ONCE);
    let mut written = std::pin::pin!(written);
    while let Some(one) = written.next().await {
        one?;
    }
    // From the inside out; the owner can always enter, or could not even remove it.
    for entry in entries.iter().rev().filter(|entry| entry.kind == Kind::Folder) {
        let mode = Permissions::from_mode(u32::from(entry.mode) & 0o777 | 0o700);
        std::fs::set_permissions(top.join(&entry.path), mode).map_err(BlobsError::io(&entry.path))?;
    }
    Ok(())
}

/// Renames the draft to the first name that is free, or finds the same content under one of them.
fn place(draft: &Draft, root: BlobHash, folder: bool, name: &str, to: &Path) -> Result<PathBuf, BlobsError> {
    for number in 1..=MAX_NAMES {
        let path = to.join(numbered(name, number, folder));
        if path.symlink_metadata().is_ok() {
            if is_same(&path, root, folder) {
                return Ok(path);
            }
            continue;
        }
        match rename_to_new(draft.path(), &path, folder) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(BlobsError::io(path.display().to_string())(error)),
        }
    }
    Err(BlobsError::Unfit(format!("{} has too many things called {name}", to.display())))
}

/// Renames, but never onto something: a file by a second link, a folder (which cannot replace a full one) by renaming.
pub(crate) fn rename_to_new(from: &Path, to: &Path, folder: bool) -> io::Result<()> {
    if folder {
        return std::fs::rename(from, to).map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => io::ErrorKind::AlreadyExists.into(),
            _ => error,
        });
    }
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems know no second links; whether the name is free was looked up just before.
        Err(_) => std::fs::rename(from, to),
    }
}

fn is_same(path: &Path, root: BlobHash, folder: bool) -> bool {
    let Ok(data) = path.symlink_metadata() else { return false };
    if folder {
        data.is_dir() && hash_folder(path).is_ok_and(|found| found == root)
    } else {
        data.is_file() && hash_file(path).is_ok_and(|found| found == root)
    }
}

fn hash_folder(path: &Path) -> Result<BlobHash, BlobsError> {
    let walk = walk(path)?;
    if !walk.left_out.is_empty() {
        return Err(BlobsError::Unfit("there is more than a list can hold".into()));
    }
    let mut entries = Vec::with_capacity(walk.entries.len());
    for (path, mut entry) in walk.entries {
        if let Some((size, _)) = entry.file() {
            let hash = hash_file(&path).map_err(BlobsError::io(&entry.path))?;
            entry.kind = Kind::File { size, hash };
        }
        entries.push(entry);
    }
    let list = list::encode(&mut entries)?;
    Ok(BlobHash::from_bytes(*blake3::hash(&list).as_bytes()))
}

/// "name", then "name (2)" and so on; the number goes before a file's extension.
pub(crate) fn numbered(name: &str, number: u32, folder: bool) -> String {
    if number == 1 {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if !folder && !stem.is_empty() => format!("{stem} ({number}).{extension}"),
        _ => format!("{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_before_the_extension_of_files() {
        assert_eq!(numbered("a.tar", 1, false), "a.tar");
        assert_eq!(numbered("a.tar", 2, false), "a (2).tar");
        assert_eq!(numbered("a.tar", 3, true), "a.tar (3)");
        assert_eq!(numbered(".profile", 2, false), ".profile (2)");
    }
}
