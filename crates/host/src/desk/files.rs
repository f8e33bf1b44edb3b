//! Files: read in before they are shared, fetched from whoever has them, put where the person wants them.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Instant;

use serde_json::Value;
use skein_app::{DynApp, Hold, Imported, Kind, Refusal};
use skein_event::{BlobHash, CommunityId};
use skein_net::{Blobs, BlobsError, Early, Progress as NetProgress};
use tokio::sync::watch;

use super::{Items, count};
use crate::core::Core;
use crate::hall::Hall;
use crate::pull::{Wanted, pull};
use crate::steer::Why;
use crate::{Fetched, Progress, Unit, background};

/// A future in a box: its type is short, and the compiler need not look into it.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Reads in the paths that a command names. Gives the command with what became of them, and their roots. Until it is told of them
/// the caller holds [`Core::taking_in`].
pub(super) async fn import(
    core: &Arc<Core>,
    app: &'static dyn DynApp,
    command: Value,
    from: From<'_>,
    items: &Items,
) -> Result<(Value, Vec<BlobHash>), Refusal> {
    let imports = app.imports(&command)?;
    if imports.is_empty() {
        return Ok((command, Vec::new()));
    }
    let blobs = core.wire.blobs()?;
    let (mut done, mut roots) = (Vec::new(), Vec::new());
    for import in imports {
        let path = from.read(import.path)?;
        let (progress, mut seen) = watch::channel(NetProgress::default());
        let mut reading: Boxed<'_, _> = Box::pin(blobs.import(&path, progress));
        let imported = loop {
            tokio::select! {
                imported = &mut reading => break imported,
                Ok(()) = seen.changed() => {
                    let now = seen.borrow_and_update().clone();
                    items.progress(shown("reading", &now, "read"));
                }
                () = items.gone() => return Err(Refusal::new(Kind::Failed, "given up: nobody waits for it")),
            }
        };
        let imported = match imported {
            Ok(imported) => imported,
            Err(error) => {
                let_go(core, &roots).await;
                return Err(of_blobs(&error));
            }
        };
        imported.left_out.iter().for_each(|line| items.words(&imported.name, format!("left out: {line}")));
        let skein_net::Imported { root, name, bytes, files, folder, .. } = imported;
        roots.push(root);
        done.push(Imported { root, name, bytes, files, folder });
    }
    Ok((app.imported(command, done)?, roots))
}

/// What was read in is not shared after all: its room is given back, unless something else needs it.
pub(super) async fn let_go(core: &Arc<Core>, roots: &[BlobHash]) {
    for root in roots {
        if let Err(refusal) = free(core, *root, None).await {
            tracing::warn!("room could not be given back: {refusal}");
        }
    }
}

/// Gives back the room of a root, unless a folder needs it, or a community other than `but` counts on this device's copy. The
/// one place where bytes are let go.
pub(crate) async fn free(core: &Arc<Core>, root: BlobHash, but: Option<CommunityId>) -> Result<(), Refusal> {
    if core.mirrors.count_on(core, root).await? {
        return Ok(());
    }
    let (rules, device) = (core.rules, core.device());
    // Who ever put bytes into a folder is told by its log for ever: for how long they are needed was asked just now.
    let shelf = skein_apps::SHELF.app();
    for hall in core.halls.all().into_iter().filter(|hall| Some(hall.id) != but) {
        let counts_on_us = core.read(&hall, move |view, _| {
            let apps = rules.apps.iter().filter(|app| app.name() != shelf);
            let holders = apps.map(|app| app.holders(&root, view));
            let all: Vec<_> = holders.collect::<Result<_, _>>()?;
            Ok(all.iter().flatten().any(|holder| *holder == device))
        });
        if counts_on_us.await? {
            return Ok(());
        }
    }
    core.wire.blobs()?.forget(root).await.map_err(|error| of_blobs(&error))
}

/// What was read in is shared now: others may fetch it, and this device says that it has it.
pub(super) async fn shared(core: &Arc<Core>, hall: &Arc<Hall>, roots: &[BlobHash]) {
    if roots.is_empty() {
        return;
    }
    background::refresh_blobs(core, hall).await;
    for root in roots {
        held(core, hall, *root, Hold::Own).await;
    }
}

/// Lets every app say how this device holds a root, or that it no longer does.
pub(crate) async fn held(core: &Arc<Core>, hall: &Arc<Hall>, root: BlobHash, hold: Hold) {
    let (rules, me) = (core.rules, core.me(hall.id));
    let read = core.read(hall, move |view, _| {
        let mut commands = Vec::new();
        for app in rules.apps {
            commands.extend(app.held(&me, &root, hold, view)?.into_iter().map(|command| (app.name(), command)));
        }
        Ok(commands)
    });
    // If the others cannot be told now, they are told when the app's wants are looked at the next time.
    let Ok(commands) = read.await else { return };
    for (app, command) in commands {
        if let Err(refusal) = core.ask(hall.id, app, command).await {
            tracing::info!("the others could not be told what this device holds: {refusal}");
        }
    }
}

pub(super) async fn fetch(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    root: BlobHash,
    folder: bool,
    name: &str,
    to: Option<PathBuf>,
    items: &Items,
) -> Result<Fetched, Refusal> {
    let began = Instant::now();
    let mut last = Progress::default();
    let mut tell = |progress| {
        last = Progress { what: name.into(), ..progress };
        items.progress(last.clone());
    };
    let blobs = core.wire.blobs()?;
    let in_hand = InHand::new(core, root);
    let wanted = Wanted { name: name.into(), ..Wanted::new(root, folder, Why::Asked) };
    let early = to.as_deref().filter(|_| !folder).and_then(|to| blobs.export_early(root, to));
    let pulling = pull(core, hall, &blobs, &wanted, &mut tell);
    tokio::select! {
        pulled = pulling => pulled?,
        () = items.gone() => return Err(Refusal::new(Kind::Failed, "given up: nobody waits for it")),
    }
    held(core, hall, root, Hold::Own).await;
    drop(in_hand);
    let path = match to {
        Some(to) => Some(export(&blobs, early, root, folder, name, &to).await?),
        None => None,
    };
    let whole = blobs.has(root, folder).await.map_err(|error| of_blobs(&error))?;
    Ok(Fetched {
        name: name.into(),
        path: path.map(|path| path.display().to_string()),
        bytes: whole.bytes_total,
        took_ms: began.elapsed().as_millis() as u64,
        from: last.from,
    })
}

/// While somebody waits for something or is being given it, nothing of it is cleared away by itself.
pub(crate) struct InHand(Weak<Core>, BlobHash);

impl InHand {
    /// Somebody waits for it from now on.
    pub fn new(core: &Arc<Core>, root: BlobHash) -> Self {
        core.count_in_hand(root, 1);
        // What is given lives in the core itself.
        Self(Arc::downgrade(core), root)
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        if let Some(core) = self.0.upgrade() {
            core.count_in_hand(self.1, -1);
        }
    }
}

fn export<'a>(
    blobs: &'a Blobs,
    early: Option<Early>,
    root: BlobHash,
    folder: bool,
    name: &'a str,
    to: &'a Path,
) -> Boxed<'a, Result<PathBuf, Refusal>> {
    Box::pin(async move {
        let exported = match early {
            Some(early) => early.finish(name).await,
            None => blobs.export(root, folder, name, to).await,
        };
        exported.map_err(|error| of_blobs(&error))
    })
}

pub(super) async fn forget(core: &Arc<Core>, hall: &Arc<Hall>, roots: &[BlobHash]) -> Result<Value, Refusal> {
    for root in roots {
        // The others hear first: nobody should count on a copy that is gone.
        held(core, hall, *root, Hold::Not).await;
        free(core, *root, Some(hall.id)).await?;
    }
    Ok(Value::Null)
}

/// Where whoever asks stands, and how far they may reach.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct From<'a> {
    /// Relative paths start here; `None`: where the program stands.
    pub cwd: Option<&'a Path>,
    /// Only what lies in this folder may be read, and nothing is written.
    pub bounds: Option<&'a Path>,
}

impl From<'_> {
    /// The path of a file that is to be read, as it was typed.
    fn read(&self, path: PathBuf) -> Result<PathBuf, Refusal> {
        let Some(bounds) = self.bounds else { return Ok(self.cwd.map_or(path.clone(), |cwd| cwd.join(path))) };
        // As the system sees it: no link and no `..` leads out.
        let within = bounds.canonicalize().and_then(|bounds| Ok((path.canonicalize()?, bounds)));
        match within {
            Ok((path, bounds)) if path.starts_with(&bounds) && path != bounds => Ok(path),
            _ => Err(elsewhere("only what was sent from there can be shared from there")),
        }
    }

    /// The path of a file or folder that is to be written, as it was typed.
    pub fn to(&self, path: Option<PathBuf>) -> Result<Option<PathBuf>, Refusal> {
        match (path, self.bounds) {
            (Some(_), Some(_)) => Err(elsewhere("nothing can be put into a folder of your computer from there")),
            (path, _) => Ok(path.map(|path| self.cwd.map_or(path.clone(), |cwd| cwd.join(path)))),
        }
    }
}

fn elsewhere(why: &str) -> Refusal {
    Refusal::new(Kind::Denied, why).hint("Do this on your computer.")
}

/// How far reading or fetching is, as people see it.
pub(crate) fn shown(what: &str, progress: &NetProgress, done: &str) -> Progress {
    let files = match progress.files_total {
        // Of a single file the bytes say all.
        0 | 1 => String::new(),
        total => format!("{} of {}", progress.files_done, count(total, "file", "files")),
    };
    Progress {
        what: what.into(),
        done: progress.bytes_done,
        total: progress.bytes_total,
        unit: Unit::Bytes,
        rate_per_s: progress.rate,
        from: Vec::new(),
        words: if files.is_empty() { String::new() } else { format!("{files} {done}") },
    }
}

/// A refusal about files.
pub(crate) fn of_blobs(error: &BlobsError) -> Refusal {
    let refusal = |kind| Refusal::new(kind, error.to_string());
    match error {
        BlobsError::Io { why, .. } => match why.kind() {
            std::io::ErrorKind::NotFound => refusal(Kind::NotFound).hint("Look whether the path is right."),
            std::io::ErrorKind::StorageFull => refusal(Kind::Failed).hint("Make room on the disk and try again."),
            _ => refusal(Kind::Failed).hint("Look whether it can be read and written."),
        },
        BlobsError::Unfit(_) => refusal(Kind::Usage),
        BlobsError::Incomplete => refusal(Kind::Conflict).hint("Fetch it first: `skein files get`."),
        BlobsError::Stopped => crate::core::stopping(),
        BlobsError::Store(_) | BlobsError::List(_) | BlobsError::Damaged(_) => {
            refusal(Kind::Failed).hint("Run `skein doctor`.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_where_the_person_stands() {
        let from = From { cwd: Some(Path::new("/home/ana")), bounds: None };
        assert_eq!(from.read("notes".into()), Ok("/home/ana/notes".into()));
        assert_eq!(from.to(Some("/tmp/notes".into())), Ok(Some("/tmp/notes".into())));
        assert_eq!(From::default().to(None), Ok(None));
    }

    #[test]
    fn from_elsewhere_only_what_was_sent_is_read_and_nothing_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let (spool, other) = (folder.path().join("spool"), folder.path().join("spoolx"));
        for folder in [spool.join("batch"), other.clone()] {
            std::fs::create_dir_all(&folder).expect("is made");
            std::fs::write(folder.join("a.txt"), "words").expect("is written");
        }
        std::os::unix::fs::symlink(&other, spool.join("batch/link")).expect("is made");
        let from = From { cwd: Some(&other), bounds: Some(&spool) };
        assert_eq!(
            from.read(spool.join("batch/a.txt")),
            Ok(spool.join("batch/a.txt").canonicalize().expect("is there"))
        );
        for bad in ["a.txt", "/etc/passwd", "", "/"] {
            assert_eq!(from.read(bad.into()).expect_err(bad).kind, Kind::Denied);
        }
        for bad in [other.join("a.txt"), spool.join("../spoolx/a.txt"), spool.join("batch/link/a.txt"), spool.clone()] {
            assert_eq!(from.read(bad.clone()).expect_err("leads out").kind, Kind::Denied, "{bad:?}");
        }
        assert_eq!(from.to(Some(spool.join("batch"))).expect_err("writes").kind, Kind::Denied);
        assert_eq!(from.to(None), Ok(None));
    }
}
