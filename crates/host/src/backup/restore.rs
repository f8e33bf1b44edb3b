//! Restore: a backup becomes a fresh device of the same person, in a folder where nobody lives yet.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use skein_app::{Kind, Refusal};
use skein_event::{CommunityId, SecretKey};
use skein_store::{Reader as StoreReader, Store};

use super::Restored;
use super::format::{Chapter, Manifest, damaged, unreadable};
use super::seal::{self, Reader};
use crate::doctor::check_history;
use crate::record::Record;
use crate::{Profile, Settings};

/// Puts a backup back into `profile`, which must be fresh. Start the host on it afterwards: it makes this device a key of
/// its own and comes into each community as a further device of the member. `label` is what the device is called.
///
/// Nothing is kept if it fails.
///
/// # Errors
/// A folder in use, a file that is no backup, is damaged, or takes another passphrase; a full disk.
pub fn restore(profile: &Profile, from: &Path, passphrase: Option<&str>, label: &str) -> Result<Restored, Refusal> {
    if is_used(profile)? {
        return Err(Refusal::new(Kind::Conflict, format!("somebody lives in {} already", profile.folder().display()))
            .hint("Restore into a fresh folder: `--data-dir FOLDER`."));
    }
    // All of it is looked at before any of it is believed.
    open(from, passphrase)?.finish_all()?;
    let mut backup = open(from, passphrase)?;
    let manifest = Manifest::read(&mut backup)?;
    let mut undo = Undo(Vec::new());
    for chapter in &manifest.chapters {
        undo.0.push(profile.community(&chapter.community));
        put_back(profile, chapter, &mut backup, label)?;
    }
    backup.finish()?;
    let mut settings = Settings { name: manifest.name.clone(), ..Settings::default() };
    if !label.is_empty() {
        settings.label = label.into();
    }
    profile.save(&settings)?;
    // Last: a folder with this key is somebody's.
    profile.set_member(&SecretKey::from_bytes(manifest.member))?;
    undo.0.clear();
    let full = manifest.chapters.iter().any(|chapter| chapter.snapshot.is_some());
    let communities = manifest.chapters.into_iter().map(|chapter| chapter.name).collect();
    Ok(Restored { name: manifest.name, made_ms: manifest.made_ms, communities, full })
}

fn is_used(profile: &Profile) -> Result<bool, Refusal> {
    let keys = ["member.key", "device.key"].iter().any(|key| profile.folder().join(key).exists());
    Ok(keys || !profile.all_communities()?.is_empty())
}

fn open(from: &Path, passphrase: Option<&str>) -> Result<Reader<BufReader<File>>, Refusal> {
    let file = File::open(from).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Refusal::new(Kind::NotFound, format!("there is no file {}", from.display())),
        _ => crate::profile::failed("read", from, &error),
    })?;
    Reader::begin(BufReader::new(file), passphrase)
}

impl Reader<BufReader<File>> {
    /// Reads all of it for its checksum's sake.
    fn finish_all(mut self) -> Result<(), Refusal> {
        std::io::copy(&mut self, &mut std::io::sink()).map_err(|error| seal::refusal(&error))?;
        self.finish()
    }
}

/// Makes a community's file, with its history if the backup has it.
fn put_back(profile: &Profile, chapter: &Chapter, backup: &mut impl Read, label: &str) -> Result<(), Refusal> {
    let path = profile.community(&chapter.community);
    if let Some(bytes) = chapter.snapshot {
        copy(backup, bytes, &path)?;
        check(&path, &chapter.community)?;
    }
    let failed = |error| crate::trouble::of_store(&path, &error);
    let mut store = Store::open(&path).map_err(failed)?;
    let label = if label.is_empty() { Settings::default().label } else { label.into() };
    Record::further(&label, &chapter.name, chapter.entries.clone()).write(&mut store).map_err(failed)?;
    // The views are made again from the log: what a file says they are is not believed.
    forget_views(&mut store).map_err(failed)
}

fn forget_views(store: &mut Store) -> Result<(), skein_store::StoreError> {
    store.begin(skein_store::Durability::Own)?;
    for app in skein_apps::APPS {
        store.set(&format!("schema:{}", app.name()), b"")?;
    }
    store.commit()
}

fn copy(backup: &mut impl Read, bytes: u64, path: &Path) -> Result<(), Refusal> {
    let failed = |error: std::io::Error| crate::profile::failed("write", path, &error);
    let mut file = crate::profile::create_private(path).map_err(failed)?;
    let (mut left, mut chunk) = (bytes, vec![0; 64 << 10]);
    while left > 0 {
        let want = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = backup.read(&mut chunk[..want]).map_err(|error| unreadable(&error))?;
        if read == 0 {
            return Err(damaged());
        }
        file.write_all(&chunk[..read]).map_err(failed)?;
        left -= read as u64;
    }
    file.sync_all().map_err(failed)
}

/// The history must be whole, and that of the community that the backup says.
fn check(path: &Path, community: &CommunityId) -> Result<(), Refusal> {
    let reader = StoreReader::open(path).map_err(|error| crate::trouble::of_store(path, &error))?;
    let troubles = check_history(&reader, community)?;
    match troubles.first() {
        None => Ok(()),
        Some(trouble) => Err(Refusal::new(Kind::Failed, format!("a history in this backup is not right: {trouble}"))
            .hint("Take an older backup, or one without histories: the others have them.")),
    }
}

/// Files that are removed again, unless all went well.
struct Undo(Vec<PathBuf>);

impl Drop for Undo {
    fn drop(&mut self) {
        for path in &self.0 {
            for tail in ["", "-wal", "-shm"] {
                let mut file = path.clone().into_os_string();
                file.push(tail);
                let _ = std::fs::remove_file(file); // not all of them were made
            }
        }
    }
}
