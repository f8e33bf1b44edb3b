//! Writing a file out while it still comes: what the store took in is written beside its place, too, and read back at once, so
//! that at the end next to nothing is left to copy.
//!
//! Nothing waits for it: what it is too slow for is copied at the end, and if it fails, all of it is written then, as if it had
//! never been. Only what was checked against the file's hash may be given to it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use iroh_blobs::api::blobs::EncodedItem;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt};
use n0_future::StreamExt;
use skein_event::BlobHash;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::blobs::BlobsError;
use crate::blobs::drafts::{Draft, Drafts};
use crate::blobs::export::export;
use crate::blobs::store::{Store, hash};

/// Files that are written early at a time; others are written at the end.
const MAX_FILES: usize = 8;
/// Parts of a file that wait to be written, each 256 KiB at most, so 64 MiB for all files; what comes then is copied at the end.
const MAX_WAITING: usize = 32;

enum Job {
    /// Writes this at this place.
    Write(u64, Bytes),
    /// Says which of so many bytes were not written.
    Missing(u64, oneshot::Sender<ChunkRanges>),
}

/// Files that are written out while they come.
#[derive(Default)]
pub(crate) struct Takers(Mutex<HashMap<BlobHash, mpsc::Sender<Job>>>);

impl Takers {
    /// These bytes of a file are with the store.
    pub(crate) fn give(&self, file: BlobHash, at: u64, bytes: &Bytes) {
        if let Some(taker) = self.all().get(&file) {
            // What is lost here is missing at the end.
            taker.try_send(Job::Write(at, bytes.clone())).ok();
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<BlobHash, mpsc::Sender<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is written out while it comes. If it is dropped, nothing is left of it.
pub struct Early {
    seat: Seat,
    to: PathBuf,
    writing: JoinHandle<io::Result<Option<Draft>>>,
}

/// A file's place among the takers. When it is given up, nobody has jobs for the file any more, and what writes it ends.
struct Seat {
    store: Arc<Store>,
    file: BlobHash,
    jobs: mpsc::Sender<Job>,
}

impl Early {
    /// From now on, what comes of this file is written into the folder `to`; `None` if that is being done already, or for too
    /// many files. Nothing is made there before something comes.
    pub(crate) fn begin(store: &Arc<Store>, file: BlobHash, to: &Path) -> Option<Self> {
        let to = std::path::absolute(to).ok()?;
        let (seat, queue) = Seat::take(store, file)?;
        let (drafts, folder) = (store.drafts.clone(), to.clone());
        let writing = tokio::task::spawn_blocking(move || write(&drafts, &folder, queue));
        Some(Self { seat, to, writing })
    }

    /// Puts the file in its place under `name`, now that all of it has come, as `Blobs::export` does.
    pub async fn finish(self, name: &str) -> Result<PathBuf, BlobsError> {
        let Self { seat, to, writing } = self;
        let (store, file) = (seat.store.clone(), seat.file);
        let draft = match complete(seat, writing).await {
            Ok(draft) => draft,
            Err(why) => {
                tracing::info!("{} is written anew: {why}", to.display());
                None
            }
        };
        export(&store, file, false, name, &to, draft).await
    }
}

/// Copies what is missing. Gives the whole file; `None` if nothing of it was written.
async fn complete(seat: Seat, writing: JoinHandle<io::Result<Option<Draft>>>) -> Result<Option<Draft>, String> {
    let whole = seat.store.part(seat.file).await.map_err(|error| error.to_string())?;
    let (ask, missing) = oneshot::channel();
    // If it has stopped, it says itself why; what it did not take is dropped here, or nobody would ever answer.
    drop(seat.jobs.send(Job::Missing(whole.bytes_total, ask)).await);
    if let Ok(missing) = missing.await {
        if missing == ChunkRanges::bytes(..whole.bytes_total) {
            return Ok(None);
        }
        seat.copy(missing).await?;
    }
    drop(seat);
    let draft = writing.await.map_err(|error| error.to_string())?;
    draft.map_err(|error| error.to_string())
}

impl Seat {
    fn take(store: &Arc<Store>, file: BlobHash) -> Option<(Self, mpsc::Receiver<Job>)> {
        let mut all = store.early.all();
        let full = all.len() >= MAX_FILES;
        let Entry::Vacant(free) = all.entry(file) else { return None };
        if full {
            return None;
        }
        let (jobs, queue) = mpsc::channel(MAX_WAITING);
        free.insert(jobs.clone());
        Some((Self { store: store.clone(), file, jobs }, queue))
    }

    async fn copy(&self, missing: ChunkRanges) -> Result<(), String> {
        if missing.is_empty() {
            return Ok(());
        }
        // Encoded, since then the store checks what it gives.
        let mut items = self.store.api().export_bao(hash(self.file), missing).stream();
        while let Some(item) = items.next().await {
            match item {
                EncodedItem::Leaf(leaf) => {
                    self.jobs.send(Job::Write(leaf.offset, leaf.data)).await.map_err(|_| "it stopped".to_owned())?;
                }
                EncodedItem::Error(error) => return Err(error.to_string()),
                _ => (),
            }
        }
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.store.early.all().remove(&self.file);
    }
}

/// Writes what comes, and reads it back. Blocks.
fn write(drafts: &Arc<Drafts>, to: &Path, mut jobs: mpsc::Receiver<Job>) -> io::Result<Option<Draft>> {
    let mut begun: Option<Begun> = None;
    let mut written = ChunkRanges::empty();
    while let Some(job) = jobs.blocking_recv() {
        match job {
            Job::Write(at, bytes) => {
                let begun = match &mut begun {
                    Some(begun) => begun,
                    none => none.insert(Begun::new(drafts, to)?),
                };
                begun.write(at, &bytes)?;
                written |= ChunkRanges::bytes(at..at + bytes.len() as u64);
            }
            Job::Missing(size, ask) => drop(ask.send(ChunkRanges::bytes(..size) - written.clone())),
        }
    }
    begun.map(Begun::end).transpose()
}

/// A file that is half written.
struct Begun {
    draft: Draft,
    file: File,
    back: Vec<u8>,
    changed: SystemTime,
}

impl Begun {
    fn new(drafts: &Arc<Drafts>, to: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(to)?;
        let draft = drafts.begin(to);
        let file = File::options().read(true).write(true).create_new(true).open(draft.path())?;
        let changed = file.metadata()?.modified()?;
        Ok(Self { draft, file, back: Vec::new(), changed })
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write_all_at(bytes, at)?;
        self.back.resize(bytes.len(), 0);
        self.file.read_exact_at(&mut self.back, at)?;
        if self.back != bytes {
            return Err(io::Error::other("what was written is not what is read"));
        }
        self.changed = self.file.metadata()?.modified()?;
        Ok(())
    }

    /// Nobody else may have written into it: it can lie in a person's folder for hours.
    fn check(&self) -> io::Result<()> {
        let same = self.file.metadata()?.modified()? == self.changed;
        if same { Ok(()) } else { Err(io::Error::other("somebody else has changed it")) }
    }

    fn end(self) -> io::Result<Draft> {
        self.check()?;
        let (here, there) = (self.file.metadata()?, self.draft.path().symlink_metadata()?);
        let same = (here.dev(), here.ino()) == (there.dev(), there.ino());
        if same { Ok(self.draft) } else { Err(io::Error::other("somebody else has put another in its place")) }
    }
}
