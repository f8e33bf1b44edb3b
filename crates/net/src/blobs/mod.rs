//! Files: read in, fetched from several holders at once, written out; kept by their blake3 hash.
//!
//! A file's root is the hash of its bytes. A folder's root is the hash of its list. Everything kept has a tag; the rest is
//! swept up. Who may have what is decided by the host's door, asked about roots.

mod coming;
pub(crate) mod drafts;
pub(crate) mod early;
pub(crate) mod export;
mod fetch;
pub(crate) mod gate;
mod import;
mod lines;
pub(crate) mod list;
mod pieces;
mod prove;
pub(crate) mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use skein_event::{BlobHash, DeviceId};
use tokio::sync::watch;

use crate::config::{Config, NetError};
use crate::shared::Shared;
use crate::steer::{Rank, Steering};
pub use coming::Content;
use drafts::Drafts;
pub use early::Early;
pub use fetch::Holders;
pub use import::Imported;
pub use iroh_blobs::api::blobs::BlobReader as Reader;
pub use prove::Proof;
use store::Store;

/// Why something could not be done with a file.
#[derive(Debug, thiserror::Error)]
pub enum BlobsError {
    /// The file system said no.
    #[error("{what}: {why}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// The blob store failed.
    #[error("the store of files failed: {0}")]
    Store(String),
    /// What was given cannot be shared.
    #[error("{0}")]
    Unfit(String),
    /// A folder's list breaks the rules: its maker's doing.
    #[error("the folder's list is not valid: {0}")]
    List(String),
    /// Not all of it is here.
    #[error("not all of it is on this device yet")]
    Incomplete,
    /// What is stored is not what it should be.
    #[error("{0} is damaged on this device's disk")]
    Damaged(String),
    /// The network is shutting down.
    #[error("the network is shutting down")]
    Stopped,
}

impl BlobsError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |why| Self::Io { what, why }
    }

    pub(crate) fn store(error: impl std::fmt::Display) -> Self {
        Self::Store(format!("{error:#}"))
    }
}

/// How far an import or a fetch is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Bytes that are here, those from before included.
    pub bytes_done: u64,
    /// Bytes of everything; 0 until it is known.
    pub bytes_total: u64,
    /// Files that are whole.
    pub files_done: u64,
    /// All files; 0 until it is known.
    pub files_total: u64,
    /// Bytes a second over the last seconds.
    pub rate: f64,
    /// Bytes that came from each holder in this fetch.
    pub holders: Vec<(DeviceId, u64)>,
}

/// How much of a file or folder is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Bytes that are here.
    pub bytes_have: u64,
    /// Bytes of everything; 0 if not known.
    pub bytes_total: u64,
    /// Nothing is missing.
    pub complete: bool,
}

/// The files of this device. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    pub(crate) store: Arc<Store>,
    pub(crate) shared: Weak<Shared>,
    lines: Arc<lines::Lines>,
    /// Not for a store that is shared with nobody: it fetches whole files.
    pub(crate) swarm: Option<crate::swarm::Handle>,
    /// Whether everything that comes in is written down before it is said to be here.
    settles: bool,
}

impl Blobs {
    pub(crate) async fn open(config: &Config, shared: &Arc<Shared>) -> Result<Self, NetError> {
        let (device, folder) = (config.key.device(), config.blobs.clone());
        let drafts = tokio::task::spawn_blocking(move || Drafts::of(&device, &folder)).await;
        let drafts = drafts.map_err(|error| NetError::Blobs(error.to_string()))?;
        let steering = Arc::new(Steering::new(config.upload_bytes_per_s));
        let store = Store::open(&config.blobs, config.sweep, steering, drafts).await.map_err(NetError::Blobs)?;
        let store = Arc::new(store);
        let swarm = Some(crate::swarm::start(shared, &store));
        Ok(Self { store, shared: Arc::downgrade(shared), lines: Arc::default(), swarm, settles: true })
    }

    pub(crate) async fn close(&self) {
        self.store.close().await;
    }

    /// The same files, for taking in many at once: what a kill may not lose needs [`Blobs::settle`] when all are in. Writing
    /// each one down by itself takes longer than reading it.
    pub fn many(&self) -> Self {
        Self { settles: false, ..self.clone() }
    }

    /// Waits until what came in so far is written down: from then on a kill loses nothing of it.
    pub async fn settle(&self) -> Result<(), BlobsError> {
        self.store.settle().await
    }

    async fn settle_each(&self) -> Result<(), BlobsError> {
        if self.settles { self.settle().await } else { Ok(()) }
    }

    /// A connection to a holder, shared with whoever else fetches from it; `None` if it cannot be had.
    async fn line(&self, device: DeviceId) -> Option<Arc<lines::Line>> {
        let shared = self.shared.upgrade().filter(|shared| !shared.stop.is_cancelled())?;
        self.lines.get(&shared, device).await
    }

    /// Whether the network still runs.
    fn running(&self) -> Result<(), BlobsError> {
        let shared = self.shared.upgrade().filter(|shared| !shared.stop.is_cancelled());
        shared.map(|_| ()).ok_or(BlobsError::Stopped)
    }

    /// Reads a file or folder in: copied, hashed, kept. The same content gives the same root and takes no more room. Once it
    /// returns, a kill loses nothing of it.
    pub async fn import(&self, path: &Path, progress: watch::Sender<Progress>) -> Result<Imported, BlobsError> {
        let imported = import::import(&self.store, path, &progress).await?;
        self.settle_each().await?;
        Ok(imported)
    }

    /// Fetches a file or folder from whoever of the holders has parts of it; returns when it is whole.
    ///
    /// Waits for holders as long as there are none; drop the future to give up. What arrived is kept, over a kill too, and
    /// a later fetch goes on from there.
    pub async fn fetch(
        &self,
        root: BlobHash,
        folder: bool,
        holders: Holders,
        progress: watch::Sender<Progress>,
    ) -> Result<(), BlobsError> {
        fetch::fetch(self, root, folder, holders, progress).await?;
        self.settle_each().await
    }

    /// Writes a file or folder out under `name` in the folder `to`; gives the path.
    ///
    /// Written beside and renamed. Never overwrites: where `name` exists with other content, " (2)" and so on is added.
    /// Of modes only the rwx bits are kept.
    pub async fn export(&self, root: BlobHash, folder: bool, name: &str, to: &Path) -> Result<PathBuf, BlobsError> {
        export::export(&self.store, root, folder, name, to, None).await
    }

    /// Begins to write a file out that is about to come: [`Early::finish`] then has little left to do. `None` if it cannot now;
    /// then [`Blobs::export`] does all of it at the end.
    pub fn export_early(&self, root: BlobHash, to: &Path) -> Option<Early> {
        Early::begin(&self.store, root, to)
    }

    /// Opens a file that is whole here, for reading; gives its length too.
    pub async fn read(&self, root: BlobHash) -> Result<(u64, Reader), BlobsError> {
        let has = self.store.has(root, false).await?;
        if has.complete {
            Ok((has.bytes_total, self.store.api().blobs().reader(iroh_blobs::Hash::from_bytes(*root.as_bytes()))))
        } else {
            Err(BlobsError::Incomplete)
        }
    }

    /// Opens a file for reading that is whole here, or that is coming by pieces: then what is read waits until it has come, and is
    /// fetched before the rest. Gives its length too.
    ///
    /// # Errors
    /// If it is neither.
    pub async fn open_content(&self, root: BlobHash) -> Result<(u64, Box<dyn Content>), BlobsError> {
        match self.read(root).await {
            Ok((bytes, reader)) => Ok((bytes, Box::new(reader))),
            Err(BlobsError::Incomplete) => {
                let size = self.store.steering.size_of(root).ok_or(BlobsError::Incomplete)?;
                Ok((size, Box::new(coming::Coming::new(self.store.clone(), root, size))))
            }
            Err(error) => Err(error),
        }
    }

    /// Limits for all files together, in bytes a second, from now on; `None` for none. At least 1,024.
    pub fn limit(&self, up: Option<u64>, down: Option<u64>) {
        self.store.steering.up.set(up);
        self.store.steering.down.set(down);
    }

    /// Lets all files rest, or go on: nothing is given, nothing fetched by pieces. What is fetched whole ends.
    pub fn rest(&self, rests: bool) {
        self.store.steering.rest(rests);
    }

    /// Which of what is being fetched comes first: by roots; what is not named is [`Rank::Asked`]. Replaces what was said before.
    pub fn rank(&self, ranks: HashMap<BlobHash, Rank>) {
        self.store.steering.rank(ranks);
    }

    /// The files of a folder whose list is here: their paths in it, sizes and roots, in the order of the list.
    pub async fn files(&self, root: BlobHash) -> Result<Vec<(String, u64, BlobHash)>, BlobsError> {
        let entries = self.store.list(root).await?.ok_or(BlobsError::Incomplete)?;
        let files = entries.into_iter().filter_map(|entry| entry.file().map(|(size, root)| (entry.path, size, root)));
        Ok(files.collect())
    }

    /// Lets a file or folder go; the room is freed within minutes, but for what other roots need.
    pub async fn forget(&self, root: BlobHash) -> Result<(), BlobsError> {
        // The store does not give back what is open in it, and would take nothing in in its place.
        for blob in self.store.forget(root).await? {
            if let Some(swarm) = &self.swarm {
                swarm.let_go(blob).await;
            }
        }
        Ok(())
    }

    /// The files and folders' lists that are kept here or yet to come: all that were taken in and not let go.
    pub async fn kept(&self) -> Result<Vec<BlobHash>, BlobsError> {
        self.store.kept().await
    }

    /// How much of it is here.
    pub async fn has(&self, root: BlobHash, folder: bool) -> Result<Completeness, BlobsError> {
        self.store.has(root, folder).await
    }

    /// What the store takes on the disk, in bytes.
    pub async fn stored_bytes(&self) -> u64 {
        self.store.stored_bytes().await
    }

    /// Reads everything of a root again and checks it: false if anything is missing or damaged.
    pub async fn verify(&self, root: BlobHash, folder: bool) -> bool {
        self.store.verify(root, folder).await
    }
}
