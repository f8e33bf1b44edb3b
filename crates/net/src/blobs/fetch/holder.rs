//! One holder's part in a fetch of small files: a few slots that pull work from the plan.

use std::sync::Arc;
use std::time::{Duration, Instant};

use iroh_blobs::api::remote::GetProgressItem;
use iroh_blobs::get::GetError;
use iroh_blobs::protocol::GetRequest;
use n0_future::StreamExt;
use skein_event::DeviceId;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Run, STALL, State, TICK};
use crate::blobs::lines::Line;
use crate::blobs::pieces::Job;
use crate::blobs::store::hash;

/// Requests that are under way with one holder.
const SLOTS: usize = 6;
/// How long a holder is believed not to have a blob that it refused.
const LACKS: Duration = Duration::from_secs(3);

/// Asks one holder for work until nothing is left or it fails. Gives the holder back.
pub(super) async fn draw_on(run: Arc<Run>, device: DeviceId) -> DeviceId {
    let line = match timeout(STALL, run.blobs.line(device)).await {
        Ok(Some(line)) => line,
        _ => {
            run.lock().resting.insert(device, Instant::now());
            return device;
        }
    };
    let mut tasks = JoinSet::new();
    for _ in 0..SLOTS {
        tasks.spawn(slot(run.clone(), device, line.clone()));
    }
    // The first slot that ends does so because the holder failed; dropping the others frees their work.
    let failed = tasks.join_next().await.is_some();
    tasks.shutdown().await;
    if failed {
        run.lock().resting.insert(device, Instant::now());
    }
    run.news.notify_waiters();
    device
}

/// A job that is given back when its task ends before it does.
struct Held {
    run: Arc<Run>,
    job: Job,
    done: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.run.lock();
        state.cancel.remove(&self.job.id);
        if !self.done {
            state.plan.failed(self.job);
        }
        drop(state);
        self.run.news.notify_waiters();
    }
}

/// One of a holder's slots: takes a job, fetches it, and so on. Returns when the holder has failed.
async fn slot(run: Arc<Run>, device: DeviceId, line: Arc<Line>) {
    loop {
        if line.connection.close_reason().is_some() {
            return;
        }
        let mut news = std::pin::pin!(run.news.notified());
        news.as_mut().enable();
        let Some((job, cancel)) = next_job(&run, device) else {
            timeout(TICK, news).await.ok();
            continue;
        };
        let mut held = Held { run: run.clone(), job, done: false };
        let outcome = tokio::select! {
            outcome = get(&run, device, &line, job) => outcome,
            () = cancel.cancelled() => Got::Overtaken,
        };
        match outcome {
            Got::All => {
                held.done = true;
                settle(&run, job);
            }
            Got::Overtaken => (),
            Got::Refused => drop(run.lock().lacks.insert((device, job.blob), Instant::now())),
            Got::Stalled => return,
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

/// Finds work for this holder.
fn next_job(run: &Run, device: DeviceId) -> Option<(Job, CancellationToken)> {
    let mut state = run.lock();
    let State { plan, lacks, .. } = &mut *state;
    let job = plan
        .take(device, Instant::now(), |blob| lacks.get(&(device, blob)).is_none_or(|since| since.elapsed() >= LACKS))?;
    let cancel = CancellationToken::new();
    state.cancel.insert(job.id, cancel.clone());
    Some((job, cancel))
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
    let request = GetRequest::blob(hash(run.wanted[job.blob]));
    let remote = run.blobs.store.api().remote();
    let mut steps = Box::pin(remote.execute_get(line.connection.clone(), request).stream());
    let mut counted = 0;
    loop {
        match timeout(STALL, steps.next()).await {
            Err(_) => return Got::Stalled,
            Ok(Some(GetProgressItem::Progress(bytes))) => {
                let new = bytes.saturating_sub(counted);
                counted = counted.max(bytes);
                run.came(device, job, bytes, new);
                // What is not read meanwhile waits in the connection's window, and then at the holder.
                run.blobs.store.steering.let_in(new).await;
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
