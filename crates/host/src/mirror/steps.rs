//! Doing what a look found: fetching bytes, writing them beside, putting them in place; what gives way is kept.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use skein_app::{Kind as Refused, Refusal};
use skein_event::BlobHash;
use skein_mirror::{Step, What, settled};
use skein_net::Blobs;
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::disk::{self, Stopped, Top};
use super::engine::{Engine, broke};
use super::stat::Stat;
use crate::chance::now_ms;
use crate::core::Core;
use crate::desk::of_blobs;
use crate::hall::Hall;
use crate::pull::{Wanted, pull};
use crate::steer::Why;

/// How many steps are written down, then done, then written down as done.
const CHUNK: usize = 128;
/// Small files that are fetched and written at once: each takes some round trips. A large one takes the turns of several.
const AT_ONCE: usize = 32;
const LARGE_TAKES: u32 = 4;
/// What is large, in bytes.
const LARGE: u64 = 1 << 20;
/// How long nothing may come in before a file is put off.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a file is in memory at once, in bytes.
const BUFFER: usize = 256 << 10;

/// What was not done.
#[derive(Default)]
pub(super) struct Missed {
    /// Files whose bytes nobody who is there has.
    pub waiting: u64,
    /// Something changed on the disk meanwhile.
    pub changed: bool,
    /// What the disk would not do.
    pub problems: Vec<(String, String)>,
}

/// A step that can be done now.
struct Ready {
    step: Step,
    /// What lies beside, to be put in place.
    draft: Option<String>,
    /// What must be there.
    was: Option<Stat>,
}

enum Prepared {
    Ready(Ready),
    Changed,
    Waiting,
    Failed(Step, String),
}

/// Does all steps, in their order.
pub(super) async fn all(
    engine: &mut Engine,
    hall: &Arc<Hall>,
    top: Arc<Top>,
    steps: Vec<Step>,
) -> Result<Missed, Refusal> {
    let (total, mut done) = (steps.len(), 0);
    let mut missed = Missed::default();
    let mut steps = steps.into_iter().peekable();
    while steps.peek().is_some() {
        if engine.tie.settings().paused {
            missed.changed = true;
            break;
        }
        let chunk: Vec<Step> = steps.by_ref().take(CHUNK).collect();
        done += chunk.len();
        engine.stand(|stand| {
            let words = format!("Bringing this folder up to date: {done} of {total}.");
            stand.goes_on(words, done, total);
        });
        let ready = prepare_all(engine, hall, &top, chunk, &mut missed).await?;
        ready.iter().for_each(|ready| engine.ledger.intend(&ready.step.disk, ready.step.to.clone()));
        engine.write()?;
        let disk = top.clone();
        let doing = spawn_blocking(move || {
            let one = |ready: Ready| (do_one(&disk, &ready), ready);
            let done: Vec<_> = ready.into_iter().map(one).collect();
            disk.settle(done.iter().map(|(_, ready)| ready.step.disk.as_str()));
            done
        });
        for (result, ready) in doing.await.map_err(|error| broke(&error))? {
            take_over(engine, result, &ready, &mut missed);
        }
        engine.write()?;
    }
    Ok(missed)
}

async fn prepare_all(
    engine: &Engine,
    hall: &Arc<Hall>,
    top: &Arc<Top>,
    chunk: Vec<Step>,
    missed: &mut Missed,
) -> Result<Vec<Ready>, Refusal> {
    let blobs = engine.core.wire.blobs()?.many();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let with_stats: Vec<_> =
        chunk.into_iter().map(|step| (engine.ledger.stats.get(&step.disk).copied(), step)).collect();
    let prepared: Vec<Prepared> = stream::iter(with_stats)
        .map(|(was, step)| {
            let (core, hall, top, blobs) = (engine.core.clone(), hall.clone(), top.clone(), blobs.clone());
            let turns = turns.clone();
            async move {
                let large = step.to.what.root().is_some_and(|(_, bytes)| bytes > LARGE);
                // Nobody closes it.
                let _turn = turns.acquire_many_owned(if large { LARGE_TAKES } else { 1 }).await.ok();
                prepare(&core, &hall, &blobs, top, step, was).await
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    // What is about to be written down as equal here is to be had from here too, after a kill as well.
    blobs.settle().await.map_err(|error| of_blobs(&error))?;
    let mut ready = Vec::new();
    for one in prepared {
        match one {
            Prepared::Ready(one) => ready.push(one),
            Prepared::Changed => missed.changed = true,
            Prepared::Waiting => missed.waiting += 1,
            Prepared::Failed(step, why) => missed.problems.push((step.disk, why)),
        }
    }
    Ok(ready)
}

async fn prepare(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    blobs: &Blobs,
    top: Arc<Top>,
    step: Step,
    was: Option<Stat>,
) -> Prepared {
    let was = match &step.from {
        What::Gone => None,
        // An empty folder is known by being one.
        What::Folder => top.stat(&step.disk).ok().flatten(),
        _ => was,
    };
    if step.from != What::Gone && was.is_none() {
        return Prepared::Changed;
    }
    let draft = match step.to.what.clone() {
        What::Gone | What::Folder => Ok(None),
        What::Link { target } => top.begin_link(&target).map(Some).map_err(|error| error.to_string()),
        What::File { root, modified_ms, executable, .. } => {
            match fetch(core, hall, blobs, root).await {
                Ok(true) => (),
                Ok(false) => return Prepared::Waiting,
                Err(refusal) => return Prepared::Failed(step, refusal.message),
            }
            write(blobs, &top, root, modified_ms, executable, was.as_ref()).await.map(Some)
        }
    };
    match draft {
        Ok(draft) => Prepared::Ready(Ready { step, draft, was }),
        Err(why) => Prepared::Failed(step, why),
    }
}

/// Gets the bytes here. Gives whether they are.
async fn fetch(core: &Arc<Core>, hall: &Arc<Hall>, blobs: &Blobs, root: BlobHash) -> Result<bool, Refusal> {
    if root == empty() || blobs.has(root, false).await.map_err(|error| of_blobs(&error))?.complete {
        return Ok(true);
    }
    if hall.known().up.is_empty() {
        return Ok(false);
    }
    match pull(core, hall, blobs, &Wanted { patience: PATIENCE, ..Wanted::new(root, false, Why::Folder) }, &mut |_| ())
        .await
    {
        Ok(()) => Ok(true),
        Err(refusal) if refusal.kind == Refused::Unreachable => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

fn empty() -> BlobHash {
    BlobHash::from_bytes(*blake3::hash(b"").as_bytes())
}

/// Writes the bytes beside, and checks them on the way.
async fn write(
    blobs: &Blobs,
    top: &Arc<Top>,
    root: BlobHash,
    modified_ms: u64,
    executable: bool,
    was: Option<&Stat>,
) -> Result<String, String> {
    let (file, draft) = top.begin().map_err(|error| error.to_string())?;
    match fill(blobs, file, root, modified_ms, executable, was.copied()).await {
        Ok(()) => Ok(draft),
        Err(why) => {
            top.give_up(&draft);
            Err(why)
        }
    }
}

async fn fill(
    blobs: &Blobs,
    mut file: std::fs::File,
    root: BlobHash,
    modified_ms: u64,
    executable: bool,
    was: Option<Stat>,
) -> Result<(), String> {
    let mut hasher = blake3::Hasher::new();
    if root != empty() {
        let (_, mut bytes) = blobs.read(root).await.map_err(|error| error.to_string())?;
        loop {
            let mut buffer = Vec::with_capacity(BUFFER);
            let read = (&mut bytes).take(BUFFER as u64).read_to_end(&mut buffer).await.map_err(|e| e.to_string())?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer);
            let writing = spawn_blocking(move || std::io::Write::write_all(&mut file, &buffer).map(|()| file));
            file = writing.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        }
    }
    if BlobHash::from_bytes(*hasher.finalize().as_bytes()) != root {
        return Err("it is damaged in Skein's own store on this computer".into());
    }
    let finishing = spawn_blocking(move || disk::finish(&file, modified_ms, executable, was.as_ref()));
    finishing.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())
}

/// Blocks. Gives what the file is known by from now on.
fn do_one(top: &Top, ready: &Ready) -> Result<Option<Stat>, Stopped> {
    let Ready { step, draft, was } = ready;
    let when_ms = now_ms();
    let done = match (&step.to.what, was, draft) {
        (What::Gone, Some(was), _) => top.take_away(&step.disk, was, when_ms).map(|()| None),
        (What::Gone, None, _) => Ok(None),
        (What::Folder, None, _) => top.make_folder(&step.disk).map(Some),
        (What::Folder, Some(was), _) => {
            top.take_away(&step.disk, was, when_ms).and_then(|()| top.make_folder(&step.disk).map(Some))
        }
        (_, was, Some(draft)) => top.put(draft, &step.disk, was.as_ref(), when_ms).map(Some),
        (_, _, None) => Err(Stopped::Changed),
    };
    if done.is_err()
        && let Some(draft) = draft
    {
        top.give_up(draft);
    }
    done
}

fn take_over(engine: &mut Engine, result: Result<Option<Stat>, Stopped>, ready: &Ready, missed: &mut Missed) {
    let path = &ready.step.disk;
    match result {
        Ok(stat) => {
            settled(&mut engine.ledger.base, &ready.step);
            let row = engine.ledger.base.get(path).cloned();
            return engine.ledger.set(path, row, stat);
        }
        Err(Stopped::Changed) => missed.changed = true,
        Err(Stopped::Failed(error)) => missed.problems.push((path.clone(), said(&error))),
    }
    // It was not done: what was last equal is what it was.
    let row = engine.ledger.base.get(path).cloned().map(|row| skein_mirror::Row { next: None, ..row });
    engine.ledger.set(path, row.filter(|row| row.what != What::Gone), ready.was);
}

fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::CrossesDevices => {
            "it lies on another disk than its folder: tie that folder by itself".into()
        }
        std::io::ErrorKind::StorageFull => "there is no more room on the disk".into(),
        _ if disk::is_nothing(error) => "something else lies where its folder should be".into(),
        _ => format!("it cannot be written: {error}"),
    }
}
