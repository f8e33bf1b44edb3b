//! Backup and restore: who this person is, which communities they belong to, and, if asked, the communities' histories.
//!
//! The device's key is never in a backup: a restored device is a new one, so that no two devices ever write as one.

mod format;
pub(crate) mod fuzzing;
mod restore;
mod seal;
mod snapshot;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use skein_node::Presence;
use skein_store::Store;
use ts_rs::TS;

use crate::Standing;
use crate::chance::now_ms;
use crate::core::Core;
use crate::desk::Items;
use crate::hall::Hall;
use crate::link::Entry;
use format::{Chapter, MAX_COMMUNITIES, MAX_ENTRIES, Manifest};
pub use restore::restore;
pub(crate) use snapshot::Snapshot;

/// A backup was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackedUp {
    /// Where it is.
    pub path: String,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
    /// How many communities are in it.
    pub communities: u32,
    /// Whether their histories are in it too.
    pub full: bool,
    /// Whether it takes a passphrase to read it.
    pub sealed: bool,
}

/// A backup was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Restored {
    /// The person's name.
    pub name: String,
    /// When the backup was made.
    #[ts(type = "number")]
    pub made_ms: u64,
    /// The names of the communities that this device comes into as soon as others can be reached.
    pub communities: Vec<String>,
    /// Whether their histories came along.
    pub full: bool,
}

/// Words that nobody else knows. They never show in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct Passphrase(pub String);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Writes a backup into a file that is not there yet, for this user only.
///
/// # Errors
/// If the file is there already or cannot be written.
pub(crate) async fn backup(
    core: &Arc<Core>,
    to: &Path,
    full: bool,
    passphrase: Option<Passphrase>,
    items: &Items,
) -> Result<BackedUp, Refusal> {
    if std::fs::symlink_metadata(to).is_ok() {
        return Err(there_already(to));
    }
    let halls: Vec<Arc<Hall>> = core.halls.all().into_iter().filter(|hall| belongs(hall)).collect();
    if halls.len() > MAX_COMMUNITIES {
        return Err(Refusal::new(Kind::Limit, format!("a backup holds at most {MAX_COMMUNITIES} communities")));
    }
    let (mut chapters, mut snapshots) = (Vec::new(), Vec::new());
    for hall in &halls {
        let name = hall.known().name.clone();
        items.words("backup", format!("Reading {name}…"));
        let snapshot = if full { Some(Snapshot::take(core, hall).await?) } else { None };
        let entries = entries(core, hall).await?;
        let bytes = snapshot.as_ref().map(Snapshot::bytes);
        chapters.push(Chapter { community: hall.id, name, entries, snapshot: bytes });
        snapshots.extend(snapshot);
    }
    let manifest = Manifest {
        made_ms: now_ms(),
        name: core.settings().name.clone(),
        member: core.keys().member.to_bytes(),
        chapters,
    };
    items.words("backup", "Writing the file…");
    let (path, communities) = (to.to_owned(), halls.len() as u32);
    let sealed = passphrase.is_some();
    let writing = core.runtime.spawn_blocking(move || {
        let passphrase = passphrase.as_ref().map(|words| words.0.as_str());
        write(&path, &manifest, &snapshots, passphrase)
    });
    let bytes =
        writing.await.map_err(|error| Refusal::new(Kind::Failed, format!("the backup broke off: {error}")))??;
    Ok(BackedUp { path: to.display().to_string(), bytes, communities, full, sealed })
}

fn there_already(to: &Path) -> Refusal {
    Refusal::new(Kind::Conflict, format!("{} is there already", to.display()))
        .hint("Choose another name; an older backup is never overwritten.")
}

/// Communities that this person left, or never got into, need no way back.
fn belongs(hall: &Hall) -> bool {
    matches!(hall.known().standing, Standing::Member | Standing::Closed)
}

/// Whom a restored device may call: this device, and every member's device that ever said where it is.
async fn entries(core: &Arc<Core>, hall: &Arc<Hall>) -> Result<Vec<Entry>, Refusal> {
    let own = Entry::new(core.device(), &core.wire.addresses());
    let devices = hall.known().devices.clone();
    core.read(hall, move |_, reader| {
        let mut contacts = Store::contacts(reader.connection())?;
        contacts.sort_by_key(|contact| std::cmp::Reverse((contact.heard_ms, contact.device)));
        let mut entries = vec![own];
        for contact in contacts {
            let counts = devices.get(&contact.device).is_some_and(|device| device.cut.is_none());
            let presence = contact.presence.filter(|_| counts).and_then(|record| Presence::open(&record));
            if entries.len() < MAX_ENTRIES && entries.iter().all(|entry| entry.device != contact.device) {
                entries.extend(presence.map(|presence| Entry::new(presence.device, &presence.addresses)));
            }
        }
        Ok(entries)
    })
    .await
}

/// Writes the file beside its place, and puts it there when it is whole and on disk.
fn write(to: &Path, manifest: &Manifest, snapshots: &[Snapshot], passphrase: Option<&str>) -> Result<u64, Refusal> {
    let failed = |error: std::io::Error| crate::profile::failed("write", to, &error);
    let draft = Draft(beside(to)?);
    let file = crate::profile::create_private(&draft.0).map_err(failed)?;
    let mut out = seal::Writer::begin(std::io::BufWriter::new(file), passphrase)?;
    manifest.write(&mut out).map_err(failed)?;
    for snapshot in snapshots {
        let mut from = std::fs::File::open(snapshot.path()).map_err(failed)?;
        std::io::copy(&mut from, &mut out).map_err(failed)?;
    }
    let (mut file, bytes) = out.end().map_err(failed)?;
    file.flush().map_err(failed)?;
    file.get_ref().sync_all().map_err(failed)?;
    if std::fs::symlink_metadata(to).is_ok() {
        return Err(there_already(to)); // it appeared meanwhile
    }
    std::fs::rename(&draft.0, to).map_err(failed)?;
    if let Some(folder) = std::path::absolute(to).map_err(failed)?.parent() {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(bytes)
}

/// A name beside a file that nothing else has.
fn beside(path: &Path) -> Result<PathBuf, Refusal> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", random_name()?));
    Ok(name.into())
}

fn random_name() -> Result<String, Refusal> {
    let mut name = [0; 8];
    getrandom::fill(&mut name)
        .map_err(|error| Refusal::new(Kind::Failed, format!("the system gives no random numbers: {error}")))?;
    Ok(data_encoding::HEXLOWER.encode(&name))
}

/// A file that goes away again.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0); // it may never have been made
    }
}
