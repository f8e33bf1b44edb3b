//! Reading what changed into the store of files. A file that changes meanwhile is left for the next look.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use skein_app::Refusal;
use skein_event::BlobHash;
use skein_mirror::What;
use skein_net::{Blobs, Progress};
use tokio::sync::watch;

use super::disk::{self, Top};
use super::engine::{Engine, blocking};
use super::scan::Scanned;
use super::stat::{self, Stat};
use crate::chance::now_ms;
use crate::desk::of_blobs;

/// Files that are read at once.
const AT_ONCE: usize = 8;
/// A file that was changed so shortly before may be changed again without its date showing it, in nanoseconds.
const TOO_FRESH_NS: i128 = 40_000_000;

enum Read {
    Is(What, Stat),
    Changing,
    Half(BlobHash),
    Failed(io::Error),
}

/// Reads all that must be read. Gives whether some file was just being changed.
pub(super) async fn read(engine: &Engine, top: &Arc<Top>, scanned: &mut Scanned) -> Result<bool, Refusal> {
    let paths = std::mem::take(&mut scanned.fresh);
    if paths.is_empty() {
        return Ok(false);
    }
    let blobs = engine.core.wire.blobs()?.many();
    let known = Arc::new(Known::of(engine));
    let (total, mut done, mut changing) = (paths.len(), 0, false);
    let mut reading = stream::iter(paths)
        .map(|path| {
            let (top, blobs, known) = (top.clone(), blobs.clone(), known.clone());
            async move {
                let read = one(&blobs, top, path.clone(), &known).await;
                (path, read)
            }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((path, read)) = reading.next().await {
        done += 1;
        if done % 50 == 0 {
            engine.stand(|stand| stand.goes_on(format!("Reading: {done} of {total} files."), done, total));
        }
        match read {
            Read::Is(what, stat) => {
                scanned.stats.insert(path.clone(), stat);
                scanned.seen.at.insert(path, what);
            }
            Read::Changing => {
                changing = true;
                scanned.seen.unknown.insert(path);
            }
            Read::Half(root) => {
                changing = true;
                scanned.halves.push(root);
                scanned.seen.unknown.insert(path);
            }
            Read::Failed(error) => {
                scanned.problem(&path, format!("it cannot be read: {error}"));
                scanned.seen.unknown.insert(path);
            }
        }
    }
    drop(reading);
    // Before it is told: what others are told of is to be had from here, after a kill as well.
    blobs.settle().await.map_err(|error| of_blobs(&error))?;
    Ok(changing)
}

async fn one(blobs: &Blobs, top: Arc<Top>, path: String, known: &Known) -> Read {
    let (opened, place) = (top.clone(), path.clone());
    let begun = blocking(move || {
        let file = opened.read(&place)?;
        let stat = stat::stat_of(&file)?;
        Ok((file, stat))
    });
    let (file, before) = match begun.await {
        Ok(begun) => begun,
        Err(error) if disk::is_nothing(&error) => return Read::Changing,
        Err(error) => return Read::Failed(error),
    };
    let now_ns = i128::from(now_ms()) * 1_000_000;
    if (0..TOO_FRESH_NS).contains(&(now_ns - before.modified_ns)) {
        return Read::Changing;
    }
    let (root, fresh, file) = match take_in(blobs, file, &before, known).await {
        Ok(taken) => taken,
        Err(error) => return Read::Failed(error),
    };
    let after = blocking(move || Ok((stat::stat_of(&file)?, top.stat(&path)?)));
    match after.await {
        Ok((now, Some(there))) if now == before && there == before => {
            let modified_ms = u64::try_from(before.modified_ns / 1_000_000).unwrap_or(0);
            let (bytes, executable) = (before.size, before.executable());
            Read::Is(What::File { root, bytes, modified_ms, executable }, before)
        }
        // Half of one and half of another: nobody needs that.
        _ if fresh => Read::Half(root),
        _ => Read::Changing,
    }
}

/// What is in the store already: a file that was moved, or only touched, need not be taken in again.
struct Known {
    sizes: BTreeSet<u64>,
    roots: BTreeSet<BlobHash>,
}

impl Known {
    fn of(engine: &Engine) -> Self {
        let files = || engine.ledger.base.values().filter_map(|row| row.what.root());
        Self { sizes: files().map(|(_, bytes)| bytes).collect(), roots: files().map(|(root, _)| root).collect() }
    }
}

/// Gives the file's root, and whether it was not in the store before. Through the open file: whatever its path becomes, these
/// bytes are read and no other file's.
async fn take_in(blobs: &Blobs, file: File, stat: &Stat, known: &Known) -> io::Result<(BlobHash, bool, File)> {
    let mut file = file;
    if known.sizes.contains(&stat.size) {
        let hashing = blocking(move || {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(&file)?;
            Ok((BlobHash::from_bytes(*hasher.finalize().as_bytes()), file))
        });
        let (root, hashed) = hashing.await?;
        if known.roots.contains(&root) && blobs.has(root, false).await.is_ok_and(|has| has.complete) {
            return Ok((root, false, hashed));
        }
        file = hashed;
    }
    let (progress, _) = watch::channel(Progress::default());
    let imported = blobs.import(&disk::again(&file), progress).await;
    let imported = imported.map_err(|error| io::Error::other(error.to_string()))?;
    let fresh = !known.roots.contains(&imported.root);
    Ok((imported.root, fresh, file))
}
