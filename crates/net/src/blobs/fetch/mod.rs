//! Fetching a file or folder from several holders at once: sizes first, then a folder's list, then all pieces.
//!
//! A holder that stalls or fails is let go for a while; new ones join while it runs. What arrives is verified by the store
//! against the hash before it counts.

mod holder;
mod meter;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use iroh_blobs::get::request::get_verified_size;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt};
use skein_event::{BlobHash, DeviceId};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::blobs::list::{Entry, MAX_LIST_BYTES};
use crate::blobs::pieces::{PIECE, Plan};
use crate::blobs::store::hash;
use crate::blobs::{Blobs, BlobsError, Progress};
use crate::shared::random;
use holder::draw_on;
use meter::Meter;

/// Who holds it and is connected now; asked again every second while a fetch runs. Must answer at once.
pub type Holders = Arc<dyn Fn() -> Vec<DeviceId> + Send + Sync>;

/// Holders that are asked at once.
const MAX_HOLDERS: usize = 32;
/// A holder that sends nothing for so long has stalled.
const STALL: Duration = Duration::from_secs(10);
/// How long a holder that stalled or failed is left alone.
const REST: Duration = Duration::from_secs(20);
/// How often progress is told and new holders are looked for.
const TICK: Duration = Duration::from_millis(200);

/// Fetches `root`.
pub(crate) async fn fetch(
    blobs: &Blobs,
    root: BlobHash,
    folder: bool,
    holders: Holders,
    progress: watch::Sender<Progress>,
) -> Result<(), BlobsError> {
    let store = &blobs.store;
    store.keep_raw(root).await?;
    if !store.part(root).await?.complete {
        let size = size_of(blobs, root, folder, &holders).await?;
        let told = (!folder).then_some(&progress);
        run(blobs, vec![(root, size)], &holders, told).await?;
    }
    if !folder {
        let size = store.part(root).await?.bytes_total;
        return finish(&progress, size, 1);
    }
    let entries = store.list(root).await?.ok_or(BlobsError::Incomplete)?;
    store.keep_tree(root, &entries).await?;
    let files: BTreeMap<BlobHash, u64> =
        entries.iter().filter_map(Entry::file).map(|(size, file)| (file, size)).collect();
    run(blobs, files.iter().map(|(file, size)| (*file, *size)).collect(), &holders, Some(&progress)).await?;
    for (file, size) in &files {
        let part = store.part(*file).await?;
        if !part.complete || part.bytes_total != *size {
            return Err(BlobsError::List("a file has another size than it says".into()));
        }
    }
    finish(&progress, files.values().sum(), files.len() as u64)
}

fn finish(progress: &watch::Sender<Progress>, bytes: u64, files: u64) -> Result<(), BlobsError> {
    progress.send_modify(|p| {
        (p.bytes_done, p.bytes_total, p.files_done, p.files_total) = (bytes, bytes, files, files);
    });
    Ok(())
}

/// Learns the size of a root, from what is here or from a holder, which proves it.
async fn size_of(blobs: &Blobs, root: BlobHash, folder: bool, holders: &Holders) -> Result<u64, BlobsError> {
    let limit = if folder { MAX_LIST_BYTES } else { i64::MAX as u64 };
    let bits = blobs.store.api().observe(hash(root)).await.map_err(BlobsError::store)?;
    let mut known = bits.validated_size().filter(|size| *size > 0);
    while known.is_none() {
        for device in holders() {
            let asked = async {
                let line = blobs.line(device).await?;
                get_verified_size(&line.connection, &hash(root)).await.ok()
            };
            if let Ok(Some((size, _))) = timeout(STALL, asked).await {
                known = Some(size);
                break;
            }
        }
        if known.is_none() {
            sleep(Duration::from_secs(1)).await;
        }
        blobs.running()?;
    }
    match known {
        Some(size) if size <= limit => Ok(size),
        Some(_) if folder => Err(BlobsError::List("it is longer than 32 MiB".into())),
        _ => Err(BlobsError::Unfit("its size cannot be".into())),
    }
}

/// What all tasks of one run share.
struct Run {
    blobs: Blobs,
    wanted: Vec<BlobHash>,
    state: Mutex<State>,
    /// Something is free again, or done.
    news: Notify,
}

struct State {
    plan: Plan<DeviceId>,
    /// What large blobs' holders said that they have. Missing: not asked yet.
    have: HashMap<(DeviceId, usize), ChunkRanges>,
    asked: HashSet<(DeviceId, usize)>,
    lacks: HashMap<(DeviceId, usize), Instant>,
    resting: HashMap<DeviceId, Instant>,
    cancel: HashMap<u64, CancellationToken>,
    came: BTreeMap<DeviceId, u64>,
    active: u64,
    /// Runs of large blobs that are under way with each holder.
    large: HashMap<DeviceId, usize>,
    /// The store failed under us: nothing that another holder could mend.
    broken: Option<String>,
}

impl State {
    fn new(plan: Plan<DeviceId>) -> Self {
        Self {
            plan,
            have: HashMap::new(),
            asked: HashSet::new(),
            lacks: HashMap::new(),
            resting: HashMap::new(),
            cancel: HashMap::new(),
            came: BTreeMap::new(),
            active: 0,
            large: HashMap::new(),
            broken: None,
        }
    }
}

impl Run {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fetches all these blobs; returns when they are here.
async fn run(
    blobs: &Blobs,
    wanted: Vec<(BlobHash, u64)>,
    holders: &Holders,
    progress: Option<&watch::Sender<Progress>>,
) -> Result<(), BlobsError> {
    let plan = prepare(blobs, &wanted).await?;
    let run = Arc::new(Run {
        blobs: blobs.clone(),
        wanted: wanted.iter().map(|(blob, _)| *blob).collect(),
        state: Mutex::new(State::new(plan)),
        news: Notify::new(),
    });
    let total = wanted.iter().map(|(_, size)| size).sum();
    let mut meter = Meter::new(total, wanted.len() as u64, run.lock().plan.bytes_here());
    let (mut tasks, mut working) = (JoinSet::new(), HashSet::new());
    let mut tick = tokio::time::interval(TICK);
    loop {
        let looked = tokio::select! {
            _ = tick.tick() => true,
            () = run.news.notified() => false,
            Some(ended) = tasks.join_next() => {
                if let Ok(device) = ended {
                    working.remove(&device);
                }
                false
            }
        };
        if let Some(why) = run.lock().broken.take() {
            return Err(BlobsError::Store(why));
        }
        let complete = run.lock().plan.is_complete();
        if let Some(progress) = progress.filter(|_| looked || complete) {
            meter.tell(&run, progress);
        }
        if complete {
            return Ok(());
        }
        if !looked {
            continue;
        }
        blobs.running()?;
        for device in holders() {
            let rested = run.lock().resting.get(&device).is_none_or(|since| since.elapsed() >= REST);
            if rested && working.len() < MAX_HOLDERS && working.insert(device) {
                tasks.spawn(draw_on(run.clone(), device));
            }
        }
    }
}

/// A plan without what is here already.
async fn prepare(blobs: &Blobs, wanted: &[(BlobHash, u64)]) -> Result<Plan<DeviceId>, BlobsError> {
    let mut plan = Plan::new(wanted.iter().map(|(_, size)| *size), random());
    for (at, (blob, size)) in wanted.iter().enumerate() {
        let part = blobs.store.part(*blob).await?;
        if part.complete {
            (0..size.div_ceil(PIECE) as u32).for_each(|piece| plan.here(at, piece));
        } else if part.bytes_have > 0 {
            let bits = blobs.store.api().observe(hash(*blob)).await.map_err(BlobsError::store)?;
            note_here(&mut plan, at, &bits.ranges);
        }
    }
    Ok(plan)
}

/// Notes which pieces of a blob are wholly within these ranges.
fn note_here(plan: &mut Plan<DeviceId>, at: usize, ranges: &ChunkRanges) {
    let size = plan.size(at);
    for piece in 0..size.div_ceil(PIECE) as u32 {
        if ranges.is_superset(&piece_ranges(piece, 1, size)) {
            plan.here(at, piece);
        }
    }
}

fn piece_ranges(first: u32, count: u32, size: u64) -> ChunkRanges {
    let from = u64::from(first) * PIECE;
    ChunkRanges::bytes(from..(from + u64::from(count) * PIECE).min(size))
}
