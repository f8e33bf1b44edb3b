//! Fetching a file or folder from several holders at once: sizes first, then a folder's list, then all files: small ones
//! whole, each of somebody; large ones by pieces, through the swarm.
//!
//! A holder that stalls or fails is let go for a while; new ones join while it runs. What arrives is verified by the store
//! against the hash before it counts.

mod holder;
mod meter;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use iroh_blobs::get::request::get_verified_size;
use skein_event::{BlobHash, DeviceId};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::blobs::list::{Entry, MAX_LIST_BYTES};
use crate::blobs::pieces::{Job, Plan};
use crate::blobs::store::hash;
use crate::blobs::{Blobs, BlobsError, Progress};
use crate::shared::random;
use crate::swarm::{Fetched, look_up};
use holder::draw_on;
use meter::Meter;

/// Who holds it and is connected now; asked again every second while a fetch runs. Must answer at once.
pub type Holders = Arc<dyn Fn() -> Vec<DeviceId> + Send + Sync>;

/// Up to this size a file is fetched whole; a larger one by pieces.
const SMALL: u64 = 1 << 20;
/// Large files that are fetched at a time.
const MAX_LARGE: usize = 16;
/// How often new holders of a large file are looked for.
const LOOK: Duration = Duration::from_secs(1);
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
            if let Some(swarm) = &blobs.swarm {
                swarm.call(device).await;
            }
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
    /// The small blobs, which are fetched whole.
    wanted: Vec<BlobHash>,
    state: Mutex<State>,
    /// Something is free again, or done.
    news: Notify,
}

struct State {
    plan: Plan<DeviceId>,
    /// How far the large ones are, which the swarm fetches.
    large: Vec<Fetched>,
    lacks: HashMap<(DeviceId, usize), Instant>,
    resting: HashMap<DeviceId, Instant>,
    cancel: HashMap<u64, CancellationToken>,
    came: BTreeMap<DeviceId, u64>,
    /// The store failed under us: nothing that another holder could mend.
    broken: Option<String>,
}

impl State {
    /// Nothing was fetched yet.
    fn new(plan: Plan<DeviceId>, large: Vec<Fetched>) -> Self {
        Self {
            plan,
            large,
            lacks: HashMap::new(),
            resting: HashMap::new(),
            cancel: HashMap::new(),
            came: BTreeMap::new(),
            broken: None,
        }
    }

    fn is_complete(&self) -> bool {
        self.plan.is_complete() && self.large.iter().all(|large| large.whole)
    }

    fn bytes_here(&self) -> u64 {
        self.plan.bytes_here() + self.large.iter().map(|large| large.bytes).sum::<u64>()
    }

    fn files_here(&self) -> u64 {
        self.plan.blobs_here() + self.large.iter().filter(|large| large.whole).count() as u64
    }

    /// What came from each holder.
    fn came(&self) -> BTreeMap<DeviceId, u64> {
        let mut came = self.came.clone();
        for (device, bytes) in self.large.iter().flat_map(|large| &large.came) {
            *came.entry(*device).or_default() += bytes;
        }
        came
    }
}

impl Run {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many bytes of a job have come by now, so many of them new.
    fn came(&self, device: DeviceId, job: Job, bytes: u64, new: u64) {
        let mut state = self.lock();
        state.plan.arrived(job, bytes);
        *state.came.entry(device).or_default() += new;
    }
}

/// Fetches all these blobs; returns when they are here.
async fn run(
    blobs: &Blobs,
    wanted: Vec<(BlobHash, u64)>,
    holders: &Holders,
    progress: Option<&watch::Sender<Progress>>,
) -> Result<(), BlobsError> {
    let total = wanted.iter().map(|(_, size)| size).sum();
    let files = wanted.len() as u64;
    let whole = |size: u64| size <= SMALL || blobs.swarm.is_none();
    let (small, large): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(_, size)| whole(*size));
    let state = State::new(prepare(blobs, &small).await?, begun(blobs, &large).await?);
    let wanted = small.iter().map(|(blob, _)| *blob).collect();
    let run = Arc::new(Run { blobs: blobs.clone(), wanted, state: Mutex::new(state), news: Notify::new() });
    let (mut tasks, mut working, mut pieces) = (JoinSet::new(), HashSet::new(), JoinSet::new());
    let turns = Arc::new(Semaphore::new(MAX_LARGE));
    for (at, (blob, size)) in large.into_iter().enumerate() {
        pieces.spawn(by_pieces(run.clone(), turns.clone(), at, blob, size, holders.clone()));
    }
    let mut meter = Meter::new(total, files, run.lock().bytes_here());
    let mut tick = tokio::time::interval(TICK);
    loop {
        let looked = tokio::select! {
            _ = tick.tick() => true,
            () = run.news.notified() => false,
            Some(_) = pieces.join_next() => false,
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
        let complete = run.lock().is_complete();
        let no_small = run.lock().plan.is_complete();
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
        for device in holders().into_iter().filter(|_| !no_small) {
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
    for (at, (blob, _)) in wanted.iter().enumerate() {
        if blobs.store.part(*blob).await?.complete {
            plan.here(at);
        }
    }
    Ok(plan)
}

/// How much is here of the large ones: known before the swarm has looked, so that nobody is told less meanwhile.
async fn begun(blobs: &Blobs, large: &[(BlobHash, u64)]) -> Result<Vec<Fetched>, BlobsError> {
    let mut begun = Vec::with_capacity(large.len());
    for (blob, _) in large {
        begun.push(Fetched { bytes: blobs.store.part(*blob).await?.bytes_have, ..Fetched::default() });
    }
    Ok(begun)
}

/// Fetches one large blob through the swarm.
async fn by_pieces(run: Arc<Run>, turns: Arc<Semaphore>, at: usize, blob: BlobHash, size: u64, holders: Holders) {
    let (Ok(_turn), Some(swarm)) = (turns.acquire().await, &run.blobs.swarm) else { return };
    let told = |state: Fetched| {
        let mut all = run.lock();
        if let Some(why) = &state.broken {
            all.broken.get_or_insert(why.clone());
        }
        all.large[at] = state;
        drop(all);
        run.news.notify_one();
    };
    let Some((layout, have)) = look_up(&run.blobs.store, blob, Some(size)).await else {
        return told(Fetched { broken: Some("it cannot be read".into()), ..Fetched::default() });
    };
    if have.is_full() {
        return told(Fetched { bytes: size, whole: true, ..Fetched::default() });
    }
    let _comes = run.blobs.store.steering.comes(blob, size);
    let Some(mut seen) = swarm.fetch(blob, layout, have).await else { return };
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = look.tick() => swarm.holders(blob, holders().into_iter().take(MAX_HOLDERS).collect()).await,
            changed = seen.changed() => {
                let state = seen.borrow_and_update().clone();
                let ended = changed.is_err() || state.whole || state.broken.is_some();
                told(state);
                if ended {
                    return;
                }
            }
        }
    }
}
