//! Fetching a file or folder from several holders at once: sizes first, then a folder's list, then all pieces.
//!
//! Every holder has a few slots that pull work from one plan. A holder that stalls or fails is let go for a while; new ones
//! join while it runs. What arrives is verified by the store against the hash before it counts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use iroh_blobs::api::remote::GetProgressItem;
use iroh_blobs::get::GetError;
use iroh_blobs::get::request::get_verified_size;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt, GetRequest, ObserveRequest};
use n0_future::StreamExt;
use skein_event::{BlobHash, DeviceId};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::blobs::lines::Line;
use crate::blobs::list::{Entry, MAX_LIST_BYTES};
use crate::blobs::pieces::{Job, PIECE, Plan};
use crate::blobs::store::hash;
use crate::blobs::{Blobs, BlobsError, Progress};
use crate::shared::random;

/// Who holds it and is connected now; asked again every second while a fetch runs. Must answer at once.
pub type Holders = Arc<dyn Fn() -> Vec<DeviceId> + Send + Sync>;

/// Requests that are under way with one holder.
const SLOTS: usize = 6;
/// Holders that are asked at once.
const MAX_HOLDERS: usize = 32;
/// Large blobs that are watched at one holder at once.
const MAX_WATCHED: usize = 64;
/// A holder that sends nothing for so long has stalled.
const STALL: Duration = Duration::from_secs(10);
/// How long a holder that stalled or failed is left alone.
const REST: Duration = Duration::from_secs(20);
/// How long a holder is believed not to have a blob that it refused.
const LACKS: Duration = Duration::from_secs(3);
/// How long a request may take at the speed seen before: longer runs save round trips, shorter ones share better.
const RUN: Duration = Duration::from_millis(500);
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
    /// The store failed under us: nothing that another holder could mend.
    broken: Option<String>,
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
        state: Mutex::new(State {
            plan,
            have: HashMap::new(),
            asked: HashSet::new(),
            lacks: HashMap::new(),
            resting: HashMap::new(),
            cancel: HashMap::new(),
            came: BTreeMap::new(),
            active: 0,
            broken: None,
        }),
        news: Notify::new(),
    });
    let total = wanted.iter().map(|(_, size)| size).sum();
    let mut meter = Meter::new(total, wanted.len() as u64, run.lock().plan.bytes_here());
    let (mut tasks, mut working) = (JoinSet::new(), HashSet::new());
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = tick.tick() => (),
            () = run.news.notified() => (),
            Some(ended) = tasks.join_next() => if let Ok(device) = ended {
                working.remove(&device);
            },
        }
        if let Some(why) = run.lock().broken.take() {
            return Err(BlobsError::Store(why));
        }
        if let Some(progress) = progress {
            meter.tell(&run, progress);
        }
        if run.lock().plan.is_complete() {
            return Ok(());
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

/// Asks one holder for work until nothing is left or it fails. Gives the holder back.
async fn draw_on(run: Arc<Run>, device: DeviceId) -> DeviceId {
    let line = match timeout(STALL, run.blobs.line(device)).await {
        Ok(Some(line)) => line,
        _ => {
            run.lock().resting.insert(device, Instant::now());
            return device;
        }
    };
    run.lock().active += 1;
    let mut tasks = JoinSet::new();
    for _ in 0..SLOTS {
        tasks.spawn(slot(run.clone(), device, line.clone()));
    }
    // The first slot that ends does so because the holder failed; dropping the others frees their work.
    let failed = tasks.join_next().await.is_some();
    tasks.shutdown().await;
    let mut state = run.lock();
    state.active -= 1;
    if failed {
        state.resting.insert(device, Instant::now());
    }
    state.asked.retain(|(holder, _)| *holder != device);
    state.have.retain(|(holder, _), _| *holder != device);
    drop(state);
    run.news.notify_waiters();
    device
}

/// A job that is given back when its task ends before it does.
struct Held {
    run: Arc<Run>,
    job: Option<Job>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            let mut state = self.run.lock();
            state.cancel.remove(&job.id);
            state.plan.failed(job);
            drop(state);
            self.run.news.notify_waiters();
        }
    }
}

/// One of a holder's slots: takes a job, fetches it, and so on. Returns when the holder has failed.
async fn slot(run: Arc<Run>, device: DeviceId, line: Arc<Line>) {
    let mut fit = 4;
    let mut watches = JoinSet::new();
    loop {
        if line.connection.close_reason().is_some() {
            return;
        }
        let mut news = std::pin::pin!(run.news.notified());
        news.as_mut().enable();
        let Some((job, cancel)) = next_job(&run, device, &line, fit, &mut watches) else {
            timeout(TICK, news).await.ok();
            continue;
        };
        let mut held = Held { run: run.clone(), job: Some(job) };
        let began = Instant::now();
        let outcome = tokio::select! {
            outcome = get(&run, device, &line, job) => outcome,
            () = cancel.cancelled() => Got::Overtaken,
        };
        match outcome {
            Got::All => {
                held.job = None;
                let (from, to) = run.lock().plan.bytes(job);
                let speed = (to - from) as f64 / began.elapsed().as_secs_f64().max(0.001);
                fit = (speed * RUN.as_secs_f64() / PIECE as f64) as u32;
                settle(&run, job);
            }
            Got::Overtaken => (),
            Got::Refused => {
                keep_what_came(&run, job).await;
                run.lock().lacks.insert((device, job.blob), Instant::now());
            }
            Got::Stalled => {
                keep_what_came(&run, job).await;
                return;
            }
        }
    }
}

fn settle(run: &Run, job: Job) {
    let mut state = run.lock();
    state.cancel.remove(&job.id);
    for other in state.plan.done(job) {
        if let Some(cancel) = state.cancel.get(&other) {
            cancel.cancel();
        }
    }
    let complete = state.plan.is_complete();
    drop(state);
    if complete {
        run.news.notify_waiters();
        run.news.notify_one();
    }
}

/// Finds work for this holder. Large blobs are watched at the holder, so that it is asked only for what it has.
fn next_job(
    run: &Arc<Run>,
    device: DeviceId,
    line: &Arc<Line>,
    fit: u32,
    watches: &mut JoinSet<()>,
) -> Option<(Job, CancellationToken)> {
    let mut state = run.lock();
    let State { plan, have, asked, lacks, active, .. } = &mut *state;
    let length = plan.run_length(fit, *active * SLOTS as u64);
    let watched = asked.iter().filter(|(holder, _)| *holder == device).count();
    let mut ask = None;
    let job = plan.take(device, length, Instant::now(), |blob, size, piece| {
        if lacks.get(&(device, blob)).is_some_and(|since| since.elapsed() < LACKS) {
            return false;
        }
        if size <= PIECE {
            return true;
        }
        match (have.get(&(device, blob)), piece) {
            (Some(ranges), Some(piece)) => ranges.is_superset(&piece_ranges(piece, 1, size)),
            (Some(_), None) => true,
            (None, _) => {
                if watched < MAX_WATCHED && !asked.contains(&(device, blob)) {
                    ask.get_or_insert(blob);
                }
                false
            }
        }
    });
    if let Some(blob) = ask {
        asked.insert((device, blob));
        watches.spawn(watch_holder(run.clone(), device, line.clone(), blob));
    }
    let job = job?;
    let cancel = CancellationToken::new();
    state.cancel.insert(job.id, cancel.clone());
    Some((job, cancel))
}

/// Follows what a holder has of a large blob, until that is all of it or the blob is here.
async fn watch_holder(run: Arc<Run>, device: DeviceId, line: Arc<Line>, blob: usize) {
    let request = ObserveRequest::new(hash(run.wanted[blob]));
    let mut bits = Box::pin(run.blobs.store.api().remote().observe(line.connection.clone(), request));
    let mut look = tokio::time::interval(Duration::from_secs(1));
    loop {
        let update = tokio::select! {
            update = bits.next() => update,
            _ = look.tick() => if run.lock().plan.needs(blob) { continue } else { break },
        };
        let mut state = run.lock();
        let Some(Ok(update)) = update else {
            state.lacks.insert((device, blob), Instant::now());
            break;
        };
        let whole = update.is_complete();
        *state.have.entry((device, blob)).or_insert_with(ChunkRanges::empty) |= update.ranges;
        drop(state);
        run.news.notify_waiters();
        if whole {
            return;
        }
    }
    let mut state = run.lock();
    state.asked.remove(&(device, blob));
    state.have.remove(&(device, blob));
}

/// How a request ended.
enum Got {
    All,
    Overtaken,
    /// The holder does not have it, or does not give it.
    Refused,
    /// The holder sent nothing for too long, or is gone.
    Stalled,
}

async fn get(run: &Run, device: DeviceId, line: &Line, job: Job) -> Got {
    let size = run.lock().plan.size(job.blob);
    let ranges = piece_ranges(job.first, job.count, size);
    let request = GetRequest::blob_ranges(hash(run.wanted[job.blob]), ranges);
    let remote = run.blobs.store.api().remote();
    let mut steps = Box::pin(remote.execute_get(line.connection.clone(), request).stream());
    let mut counted = 0;
    loop {
        match timeout(STALL, steps.next()).await {
            Err(_) => return Got::Stalled,
            Ok(Some(GetProgressItem::Progress(bytes))) => {
                let mut state = run.lock();
                state.plan.arrived(job, bytes);
                *state.came.entry(device).or_default() += bytes.saturating_sub(counted);
                counted = counted.max(bytes);
            }
            Ok(Some(GetProgressItem::Done(_))) => return Got::All,
            Ok(Some(GetProgressItem::Error(error))) => {
                let alive = line.connection.close_reason().is_none();
                if alive && matches!(error, GetError::LocalFailure { .. }) {
                    run.lock().broken.get_or_insert(format!("{error:#}"));
                    run.news.notify_one();
                }
                return if alive { Got::Refused } else { Got::Stalled };
            }
            Ok(None) => return Got::Refused,
        }
    }
}

/// A request broke off: what it brought is here all the same.
async fn keep_what_came(run: &Run, job: Job) {
    if let Ok(bits) = run.blobs.store.api().observe(hash(run.wanted[job.blob])).await {
        note_here(&mut run.lock().plan, job.blob, &bits.ranges);
    }
}

/// Tells how far it is.
struct Meter {
    total: u64,
    files: u64,
    marks: std::collections::VecDeque<(Instant, u64)>,
}

impl Meter {
    fn new(total: u64, files: u64, here: u64) -> Self {
        Self { total, files, marks: [(Instant::now(), here)].into() }
    }

    fn tell(&mut self, run: &Run, progress: &watch::Sender<Progress>) {
        let state = run.lock();
        let here = state.plan.bytes_here().min(self.total);
        let files_done = state.plan.blobs_here();
        let holders = state.came.iter().map(|(device, bytes)| (*device, *bytes)).collect();
        drop(state);
        let now = Instant::now();
        while self.marks.len() > 1 && self.marks[0].0.elapsed() > Duration::from_secs(3) {
            self.marks.pop_front();
        }
        let (since, before) = self.marks[0];
        let rate = here.saturating_sub(before) as f64 / (now - since).as_secs_f64().max(0.05);
        self.marks.push_back((now, here));
        progress.send_modify(|p| {
            *p = Progress {
                bytes_done: here,
                bytes_total: self.total,
                files_done,
                files_total: self.files,
                rate,
                holders,
            };
        });
    }
}
