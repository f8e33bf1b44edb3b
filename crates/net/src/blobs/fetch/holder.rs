//! One holder's part in a fetch: a few slots that pull work from the plan, and a look at what the holder has.

use std::sync::Arc;
use std::time::{Duration, Instant};

use iroh_blobs::api::remote::GetProgressItem;
use iroh_blobs::get::GetError;
use iroh_blobs::protocol::{ChunkRanges, GetRequest, ObserveRequest};
use n0_future::StreamExt;
use skein_event::DeviceId;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Run, STALL, State, TICK, note_here, piece_ranges};
use crate::blobs::lines::Line;
use crate::blobs::pieces::{Job, PIECE};
use crate::blobs::store::hash;

/// Requests that are under way with one holder.
const SLOTS: usize = 6;
/// Of these, for runs of large blobs: two keep the line full; more would only break up what arrives in one go.
const LARGE_SLOTS: usize = 2;
/// Large blobs that are watched at one holder at once.
const MAX_WATCHED: usize = 64;
/// How long a holder is believed not to have a blob that it refused.
const LACKS: Duration = Duration::from_secs(3);
/// How long a request may take at the speed seen before: longer runs save round trips, shorter ones share better.
const RUN: Duration = Duration::from_secs(1);

/// Asks one holder for work until nothing is left or it fails. Gives the holder back.
pub(super) async fn draw_on(run: Arc<Run>, device: DeviceId) -> DeviceId {
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
    device: DeviceId,
    job: Job,
    done: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.run.lock();
        state.cancel.remove(&self.job.id);
        if state.plan.size(self.job.blob) > PIECE
            && let Some(busy) = state.large.get_mut(&self.device)
        {
            *busy = busy.saturating_sub(1);
        }
        if !self.done {
            state.plan.failed(self.job);
        }
        drop(state);
        self.run.news.notify_waiters();
    }
}

/// One of a holder's slots: takes a job, fetches it, and so on. Returns when the holder has failed.
async fn slot(run: Arc<Run>, device: DeviceId, line: Arc<Line>) {
    let mut fit = 8;
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
        let mut held = Held { run: run.clone(), device, job, done: false };
        let began = Instant::now();
        let outcome = tokio::select! {
            outcome = get(&run, device, &line, job) => outcome,
            () = cancel.cancelled() => Got::Overtaken,
        };
        match outcome {
            Got::All => {
                held.done = true;
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
    let State { plan, have, asked, lacks, active, large, .. } = &mut *state;
    let full = large.get(&device).is_some_and(|busy| *busy >= LARGE_SLOTS);
    let length = plan.run_length(fit, *active * LARGE_SLOTS as u64);
    let watched = asked.iter().filter(|(holder, _)| *holder == device).count();
    let mut ask = None;
    let job = plan.take(device, length, Instant::now(), |blob, size, piece| {
        if lacks.get(&(device, blob)).is_some_and(|since| since.elapsed() < LACKS) {
            return false;
        }
        if size <= PIECE {
            return true;
        }
        if full {
            return false;
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
    if plan.size(job.blob) > PIECE {
        *large.entry(device).or_default() += 1;
    }
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
