//! The blob store of this device: what is kept, by which tag, and how much of it is whole.
//!
//! Tags: "raw/ROOT" keeps the root's own blob; "tree/ROOT" keeps a hash sequence of a folder's list and files. Whatever has
//! no tag is swept up.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use iroh_blobs::api::blobs::{BlobStatus, EncodedItem};
use iroh_blobs::hashseq::HashSeq;
use iroh_blobs::protocol::ChunkRanges;
use iroh_blobs::store::GcConfig;
use iroh_blobs::store::fs::FsStore;
use iroh_blobs::store::fs::options::Options;
use iroh_blobs::{BlobFormat, Hash, HashAndFormat};
use n0_future::StreamExt;
use skein_event::BlobHash;
use tokio::sync::Semaphore;

use crate::blobs::drafts::Drafts;
use crate::blobs::early::Takers;
use crate::blobs::gate::Index;
use crate::blobs::list::{self, Entry, MAX_LIST_BYTES};
use crate::blobs::{BlobsError, Completeness};
use crate::steer::Steering;
use crate::swarm::{READ_AT_ONCE, STORE_AT_ONCE};

/// The store and what is known about it.
pub(crate) struct Store {
    fs: FsStore,
    folder: PathBuf,
    pub(crate) index: Index,
    pub(crate) steering: Arc<Steering>,
    pub(crate) drafts: Arc<Drafts>,
    pub(crate) early: Takers,
    /// Turns to read a piece, to let the store take part of one in, or begin to give one out.
    pub(crate) reads: Semaphore,
    pub(crate) takes_in: Semaphore,
    pub(crate) gives_out: Semaphore,
}

impl Store {
    /// Opens the store and reads which folders it keeps.
    pub(crate) async fn open(
        folder: &Path,
        sweep: Duration,
        steering: Arc<Steering>,
        drafts: Arc<Drafts>,
    ) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut options = Options::new(folder);
        options.gc = Some(GcConfig { interval: sweep, add_protected: None });
        let opened = FsStore::load_with_opts(folder.join("blobs.db"), options).await;
        let fs = opened.map_err(|error| format!("{}: {error:#}", folder.display()))?;
        let [reads, takes_in, gives_out] = [READ_AT_ONCE, STORE_AT_ONCE, STORE_AT_ONCE].map(Semaphore::new);
        let folder = folder.to_owned();
        let (index, early) = (Index::default(), Takers::default());
        let store = Self { fs, folder, index, steering, drafts, early, reads, takes_in, gives_out };
        store.read_index().await.map_err(|error| error.to_string())?;
        Ok(store)
    }

    pub(crate) fn api(&self) -> &iroh_blobs::api::Store {
        &self.fs
    }

    pub(crate) async fn close(&self) {
        if let Err(error) = self.fs.shutdown().await {
            tracing::warn!("the store of files did not close cleanly: {error:#}");
        }
    }

    /// Waits until what was taken in so far is written down: from then on it is here whenever the program ends. The store itself
    /// gathers for half a second.
    pub(crate) async fn settle(&self) -> Result<(), BlobsError> {
        self.fs.sync_db().await.map_err(BlobsError::store)
    }

    async fn read_index(&self) -> Result<(), BlobsError> {
        let mut tags = self.fs.tags().list_prefix("tree/").await.map_err(BlobsError::store)?;
        while let Some(tag) = tags.next().await {
            let tag = tag.map_err(BlobsError::store)?;
            let root = std::str::from_utf8(&tag.name.0[5..]).ok().and_then(|text| text.parse().ok());
            let (Some(root), Ok(bytes)) = (root, self.fs.get_bytes(tag.hash).await) else { continue };
            let children = HashSeq::new(bytes).into_iter().flatten().map(|hash| BlobHash::from_bytes(*hash.as_bytes()));
            self.index.add(root, children);
        }
        Ok(())
    }

    /// Keeps the root's own blob, here or yet to come.
    pub(crate) async fn keep_raw(&self, root: BlobHash) -> Result<(), BlobsError> {
        let value = HashAndFormat { hash: hash(root), format: BlobFormat::Raw };
        self.fs.tags().set(tag("raw", root), value).await.map_err(BlobsError::store)
    }

    /// Keeps a folder's list and files, here or yet to come, and lets those be fetched who may fetch the root.
    pub(crate) async fn keep_tree(&self, root: BlobHash, entries: &[Entry]) -> Result<(), BlobsError> {
        let files = entries.iter().filter_map(|entry| entry.file().map(|(_, child)| child));
        let sequence: HashSeq = std::iter::once(root).chain(files.clone()).map(hash).collect();
        let bytes: Bytes = sequence.into_inner();
        let kept =
            self.fs.add_bytes_with_opts((bytes, BlobFormat::HashSeq)).temp_tag().await.map_err(BlobsError::store)?;
        self.fs.tags().set(tag("tree", root), kept.hash_and_format()).await.map_err(BlobsError::store)?;
        self.index.add(root, files);
        Ok(())
    }

    /// The roots whose own blobs are kept, in no order.
    pub(crate) async fn kept(&self) -> Result<Vec<BlobHash>, BlobsError> {
        let mut tags = self.fs.tags().list_prefix("raw/").await.map_err(BlobsError::store)?;
        let mut kept = Vec::new();
        while let Some(tag) = tags.next().await {
            let tag = tag.map_err(BlobsError::store)?;
            kept.push(BlobHash::from_bytes(*tag.hash.as_bytes()));
        }
        Ok(kept)
    }

    /// Keeps a root no longer. Gives all blobs that it alone kept, and some that something else may keep, too.
    pub(crate) async fn forget(&self, root: BlobHash) -> Result<Vec<BlobHash>, BlobsError> {
        for kind in ["raw", "tree"] {
            self.fs.tags().delete(tag(kind, root)).await.map_err(BlobsError::store)?;
        }
        let mut gone = self.index.remove(root);
        gone.push(root);
        Ok(gone)
    }

    /// A folder's list, if it is here.
    pub(crate) async fn list(&self, root: BlobHash) -> Result<Option<Vec<Entry>>, BlobsError> {
        match self.fs.status(hash(root)).await.map_err(BlobsError::store)? {
            BlobStatus::Complete { size } if size > MAX_LIST_BYTES => {
                Err(BlobsError::List("it is longer than 32 MiB".into()))
            }
            BlobStatus::Complete { .. } => {
                let bytes = self.fs.get_bytes(hash(root)).await.map_err(BlobsError::store)?;
                list::decode(&bytes).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The different files of a folder, with their sizes; or the file itself, with its size if known.
    pub(crate) async fn files(
        &self,
        root: BlobHash,
        folder: bool,
    ) -> Result<Option<BTreeMap<BlobHash, u64>>, BlobsError> {
        if !folder {
            return Ok(Some(BTreeMap::from([(root, 0)])));
        }
        let Some(entries) = self.list(root).await? else { return Ok(None) };
        Ok(Some(entries.iter().filter_map(Entry::file).map(|(size, hash)| (hash, size)).collect()))
    }

    /// The bytes of a blob that are here, its size if known, and whether it is whole.
    pub(crate) async fn part(&self, blob: BlobHash) -> Result<Completeness, BlobsError> {
        match self.fs.status(hash(blob)).await.map_err(BlobsError::store)? {
            BlobStatus::NotFound => Ok(Completeness::default()),
            BlobStatus::Complete { size } => Ok(Completeness { bytes_have: size, bytes_total: size, complete: true }),
            BlobStatus::Partial { size } => {
                let bits = self.fs.observe(hash(blob)).await.map_err(BlobsError::store)?;
                let bytes_have = bits.total_bytes();
                Ok(Completeness { bytes_have, bytes_total: size.unwrap_or(0), complete: false })
            }
        }
    }

    pub(crate) async fn has(&self, root: BlobHash, folder: bool) -> Result<Completeness, BlobsError> {
        let Some(files) = self.files(root, folder).await? else { return Ok(Completeness::default()) };
        let mut all = Completeness { complete: true, ..Completeness::default() };
        for (file, size) in files {
            let part = self.part(file).await?;
            all.bytes_have += part.bytes_have;
            all.bytes_total += if folder { size } else { part.bytes_total };
            all.complete &= part.complete;
        }
        Ok(all)
    }

    pub(crate) async fn stored_bytes(&self) -> u64 {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || on_disk(&folder)).await.unwrap_or_default()
    }

    pub(crate) async fn verify(&self, root: BlobHash, folder: bool) -> bool {
        let mut all = vec![root];
        if folder {
            let Ok(Some(files)) = self.files(root, true).await else { return false };
            all.extend(files.into_keys());
        }
        for blob in all {
            if !self.verify_blob(blob).await {
                return false;
            }
        }
        true
    }

    async fn verify_blob(&self, blob: BlobHash) -> bool {
        let Ok(Completeness { bytes_total, complete: true, .. }) = self.part(blob).await else { return false };
        // Reading it out encoded checks every group of chunks against the tree, and the tree against the hash.
        let mut items = self.fs.export_bao(hash(blob), ChunkRanges::all()).stream();
        let mut bytes = 0;
        while let Some(item) = items.next().await {
            match item {
                EncodedItem::Error(_) => return false,
                EncodedItem::Leaf(leaf) => bytes += leaf.data.len() as u64,
                _ => (),
            }
        }
        bytes == bytes_total
    }
}

fn on_disk(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let one = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => on_disk(&entry.path()),
        Ok(data) => data.blocks() * 512,
        Err(_) => 0,
    };
    entries.flatten().map(one).sum()
}

fn tag(kind: &str, root: BlobHash) -> String {
    format!("{kind}/{root}")
}

/// The same 32 bytes as the store's type.
pub(crate) fn hash(blob: BlobHash) -> Hash {
    Hash::from_bytes(*blob.as_bytes())
}
