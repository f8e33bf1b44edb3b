//! Looking at what another device holds without storing it here: how large it is, and whether the device can show any part of
//! it that is asked for. Every byte is checked against the root before it counts.
//!
//! A device that fetches from a third one while it is asked passes as a holder: what is shown is that it can be had there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::Connection;
use iroh_blobs::get::GetResult;
use iroh_blobs::get::fsm::{self, BlobContentNext, ConnectedNext, EndBlobNext};
use iroh_blobs::get::request::{get_blob, get_verified_size};
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt, GetRequest};
use skein_event::{BlobHash, DeviceId};
use tokio::time::timeout;

use crate::blobs::list::{self, Entry, MAX_LIST_BYTES};
use crate::blobs::store::{Store, hash};
use crate::blobs::{Blobs, BlobsError};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a store that is soon thrown away is swept.
const SELDOM: Duration = Duration::from_secs(120);
/// How many places of each file are asked for.
const PLACES: usize = 4;
/// How many files of a folder are asked for.
const FILES: usize = 3;
/// How much is asked for at each place, in bytes: what a holder reads and sends is at most this, times places and files.
const PLACE_BYTES: u64 = 16 << 10;

/// What came of asking a device to show what it says it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It showed every place that it was asked for: so many bytes, checked.
    Shown(u64),
    /// It could not be reached, or did not answer in time.
    Unreachable,
    /// It answered, and could not show it.
    Failed,
}

impl Blobs {
    /// The size of a file, or of a folder's list, as this device proves it; `None` if it cannot.
    pub async fn size_at(&self, device: DeviceId, root: BlobHash) -> Option<u64> {
        let asked = async {
            let line = self.line(device).await?;
            get_verified_size(&line.connection, &hash(root)).await.ok()
        };
        timeout(PATIENCE, asked).await.ok().flatten().map(|(size, _)| size)
    }

    /// The bytes of all files of a folder whose list is here, each counted once; `None` if the list is not here.
    ///
    /// # Errors
    /// If the list breaks the rules, or the store failed.
    pub async fn listed_bytes(&self, root: BlobHash) -> Result<Option<u64>, BlobsError> {
        let files = if self.store.part(root).await?.complete { self.store.files(root, true).await? } else { None };
        Ok(files.map(|files| files.values().fold(0, |sum: u64, size| sum.saturating_add(*size))))
    }

    /// Asks a device for some places of what it says it holds, chosen by `seed`.
    pub async fn prove(&self, device: DeviceId, root: BlobHash, folder: bool, seed: u64) -> Proof {
        let Ok(Some(line)) = timeout(PATIENCE, self.line(device)).await else { return Proof::Unreachable };
        match self.show(&line.connection, root, folder, &mut Dice(seed)).await {
            Ok(bytes) => Proof::Shown(bytes),
            Err(proof) => proof,
        }
    }

    async fn show(&self, line: &Connection, root: BlobHash, folder: bool, dice: &mut Dice) -> Result<u64, Proof> {
        if !folder {
            return place(line, root, dice).await;
        }
        let mut bytes = 0;
        for file in pick(&self.list_at(line, root).await?, dice) {
            bytes += place(line, file, dice).await?;
        }
        Ok(bytes)
    }

    /// A folder's list: from here if it is here, else from that device.
    async fn list_at(&self, line: &Connection, root: BlobHash) -> Result<Vec<Entry>, Proof> {
        // The device must show the list too, also where it is known.
        let (size, _) = answered(line, get_verified_size(line, &hash(root))).await?;
        if size > MAX_LIST_BYTES {
            return Err(Proof::Failed);
        }
        if let Ok(Some(entries)) = self.store.list(root).await {
            return Ok(entries);
        }
        let bytes = answered(line, get_blob(line.clone(), hash(root)).bytes()).await?;
        list::decode(&bytes).map_err(|_| Proof::Failed)
    }

    /// A store of its own in this folder, empty and shared with nobody, into which may be fetched as into this one. It must be
    /// closed with [`Blobs::close_scratch`].
    ///
    /// # Errors
    /// If it cannot be made.
    pub async fn scratch(&self, folder: &Path) -> Result<Self, BlobsError> {
        let store = Store::open(folder, SELDOM, self.store.steering.clone(), self.store.drafts.clone())
            .await
            .map_err(BlobsError::Store)?;
        Ok(Self { store: Arc::new(store), swarm: None, ..self.clone() })
    }

    /// Closes a store that [`Blobs::scratch`] made.
    pub async fn close_scratch(self) {
        self.store.close().await;
    }
}

/// What a device answers in time: a "no" of one that is there is a failure, silence is not.
async fn answered<T>(line: &Connection, asked: impl Future<Output = GetResult<T>>) -> Result<T, Proof> {
    match timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) if line.close_reason().is_none() => Err(Proof::Failed),
        _ => Err(Proof::Unreachable),
    }
}

/// Fetches some places of a file and throws them away; gives how many bytes came.
async fn place(line: &Connection, file: BlobHash, dice: &mut Dice) -> Result<u64, Proof> {
    let (size, _) = answered(line, get_verified_size(line, &hash(file))).await?;
    if size == 0 {
        return Ok(0);
    }
    let mut ranges = ChunkRanges::empty();
    for _ in 0..PLACES {
        let at = dice.below(size.div_ceil(PLACE_BYTES)) * PLACE_BYTES;
        ranges |= ChunkRanges::bytes(at..size.min(at + PLACE_BYTES));
    }
    answered(line, read(line, file, ranges)).await
}

async fn read(line: &Connection, file: BlobHash, ranges: ChunkRanges) -> GetResult<u64> {
    let request = GetRequest::blob_ranges(hash(file), ranges);
    let connected = fsm::start(line.clone(), request, Default::default()).next().await?;
    let ConnectedNext::StartRoot(start) = connected.next().await? else { return Ok(0) };
    let (mut content, _) = start.next().next().await?;
    let end = loop {
        match content.next().await {
            // What does not fit the root is an error here.
            BlobContentNext::More((next, item)) => {
                item?;
                content = next;
            }
            BlobContentNext::Done(end) => break end,
        }
    };
    match end.next() {
        EndBlobNext::Closing(closing) => Ok(closing.next().await?.payload_bytes_read),
        EndBlobNext::MoreChildren(_) => Ok(0),
    }
}

/// Some files of a folder, large ones rather than small ones.
fn pick(entries: &[Entry], dice: &mut Dice) -> Vec<BlobHash> {
    let files: Vec<(u64, BlobHash)> = entries.iter().filter_map(Entry::file).collect();
    let total = files.iter().fold(0, |sum: u64, (size, _)| sum.saturating_add(*size).saturating_add(1));
    let mut picked = Vec::new();
    for _ in 0..FILES.min(files.len()) {
        let mut at = dice.below(total);
        for (size, file) in &files {
            let width = size.saturating_add(1);
            if at < width {
                picked.push(*file);
                break;
            }
            at -= width;
        }
    }
    picked
}

/// Numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    /// A number below `n`; 0 if `n` is 0.
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % n.max(1)
    }
}
