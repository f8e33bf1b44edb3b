//! Tying, untying, pausing: what a person says about a folder of their computer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use skein_event::ObjectId;
use skein_mirror::Folder;
use skein_node::Answer;
use ts_rs::TS;

use super::answer::{LeftAlone, TieRow, TieState};
use super::disk::Top;
use super::engine::blocking;
use super::ledger::Settings;
use super::tie::{Meant, Tie};
use super::{look_after, mark};
use crate::core::Core;
use crate::desk::Items;
use crate::hall::Hall;

/// The most folders that are tied on one device.
const MAX_TIES: usize = 100;
/// The most patterns of one tied folder.
const MAX_PATTERNS: usize = 100;
/// How long whoever ties a folder is shown what goes on; it goes on without them.
const SHOWN: Duration = Duration::from_secs(600);
const TELL: Duration = Duration::from_millis(200);

/// What is to become of a tied folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Tying {
    /// Nothing is done until it goes on.
    Pause,
    /// It goes on.
    Resume,
    /// It goes on, and what is gone is gone for everybody.
    ResumeGone,
    /// It goes on, and what is gone comes back.
    ResumeBack,
    /// It is looked at now; answered when that is over.
    Look,
    /// It is tied no longer; all files stay where they are.
    Stop,
}

/// How a folder is to be tied.
pub(crate) struct Wish {
    pub dir: PathBuf,
    pub name: Option<String>,
    pub only: Vec<String>,
    pub without: Vec<String>,
    pub one_case: bool,
}

/// Ties a folder; shows what goes on until it is the same, or cannot be now.
pub(crate) async fn tie(core: &Arc<Core>, hall: Arc<Hall>, wish: Wish, items: &Items) -> Result<TieRow, Refusal> {
    if core.mirrors.all().len() >= MAX_TIES {
        return Err(Refusal::new(Kind::Limit, "a hundred folders are tied on this computer already")
            .hint("Untie one: `skein files sync stop DIR`."));
    }
    if wish.only.len() + wish.without.len() > MAX_PATTERNS {
        return Err(
            Refusal::new(Kind::Limit, "these are more than 100 patterns").hint("Use `.skeinignore` in the folder.")
        );
    }
    let dir = place(core, &wish.dir)?;
    let name = match wish.name {
        Some(name) => name,
        None => dir.file_name().and_then(|name| name.to_str()).map(String::from).ok_or_else(|| {
            Refusal::new(Kind::Usage, "this folder's name cannot be shown").hint("Give one: `--as NAME`.")
        })?,
    };
    let folder = find_or_make(core, &hall, &name).await?;
    let at = dir.clone();
    let made = blocking(move || {
        let top = Top::open(&at)?;
        let mark = mark::make(&top)?;
        Ok((mark, mark::folds(&top)?))
    });
    let (mark, folds) = made.await.map_err(|error| unfit(&dir, &error))?;
    let settings = Settings {
        community: hall.id,
        folder: folder.id,
        name: folder.name,
        dir,
        mark,
        only: wish.only,
        without: wish.without,
        folds: folds || wish.one_case,
        paused: false,
    };
    let id = core.mirrors.books.add(&settings)?;
    let tie = Arc::new(Tie::new(id, settings));
    core.mirrors.ties().insert(id, tie.clone());
    look_after(core, tie.clone());
    show(&tie, items).await;
    Ok(row(core, &tie))
}

/// Until it stands somehow, or nobody looks any more.
async fn show(tie: &Tie, items: &Items) {
    let until = tokio::time::Instant::now() + SHOWN;
    while tokio::time::Instant::now() < until && !items.is_gone() {
        let stand = tie.stand().clone();
        if !matches!(stand.state, TieState::New | TieState::Working) {
            return;
        }
        items.words(&tie.settings().name, stand.words);
        tokio::time::sleep(TELL).await;
    }
}

async fn find_or_make(core: &Arc<Core>, hall: &Arc<Hall>, name: &str) -> Result<Folder, Refusal> {
    let shelf = skein_apps::SHELF;
    let typed = name.to_owned();
    match core.read(hall, move |view, _| shelf.find(&typed, view)).await {
        Err(refusal) if refusal.kind == Kind::NotFound => (),
        found => return found,
    }
    match core.ask(hall.id, shelf.app(), shelf.make(name)).await? {
        Answer::Said { object, .. } => Ok(Folder { id: object, name: name.into() }),
        Answer::Do(_) => Err(Refusal::new(Kind::Failed, "the folder could not be made")),
    }
}

/// Where the folder is, if it may be tied.
fn place(core: &Core, dir: &Path) -> Result<PathBuf, Refusal> {
    match std::fs::create_dir(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(unfit(dir, &error)),
        _ => (),
    }
    let dir = dir.canonicalize().map_err(|error| unfit(dir, &error))?;
    if !dir.is_dir() {
        return Err(Refusal::new(Kind::Usage, format!("{} is not a folder", dir.display())));
    }
    let shown = dir.display();
    let own = core.profile.folder().canonicalize().unwrap_or_else(|_| core.profile.folder().to_owned());
    if dir.starts_with(&own) || own.starts_with(&dir) {
        return Err(Refusal::new(Kind::Denied, format!("Skein keeps its own files in {shown}"))
            .hint("Tie another folder, one with nothing but what everybody may have."));
    }
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    if dir.parent().is_none() || home.is_some_and(|home| home.starts_with(&dir)) {
        return Err(Refusal::new(
            Kind::Denied,
            format!("everything of yours is in {shown}: every member would get it"),
        )
        .hint("Tie a folder in it, one with nothing but what everybody may have."));
    }
    for tie in core.mirrors.all() {
        let other = tie.settings().dir;
        if dir.starts_with(&other) || other.starts_with(&dir) {
            let why = format!("{shown} and {} cannot both be tied: one is in the other", other.display());
            let why = if dir == other { format!("{shown} is tied already") } else { why };
            return Err(Refusal::new(Kind::Conflict, why)
                .hint(format!("Untie that one first: `skein files sync stop {}`.", other.display())));
        }
    }
    Ok(dir)
}

fn unfit(dir: &Path, error: &std::io::Error) -> Refusal {
    let kind = if super::disk::is_nothing(error) { Kind::NotFound } else { Kind::Failed };
    Refusal::new(kind, format!("{} cannot be tied: {error}", dir.display()))
        .hint("Look whether the folder is there and can be written.")
}

/// All tied folders, or the one at this place.
pub(crate) fn ties(core: &Core, dir: Option<&Path>) -> Result<Vec<TieRow>, Refusal> {
    match dir {
        Some(dir) => {
            let tie = core.mirrors.at(dir)?;
            Ok(vec![row(core, &tie)])
        }
        None => Ok(core.mirrors.all().iter().map(|tie| row(core, tie)).collect()),
    }
}

/// What is to become of a tied folder.
pub(crate) async fn change(core: &Arc<Core>, dir: &Path, what: Tying, items: &Items) -> Result<TieRow, Refusal> {
    let tie = core.mirrors.at(dir)?;
    let mut settings = tie.settings();
    settings.paused = what == Tying::Pause;
    match what {
        Tying::Stop => {
            tie.end.cancel();
            core.mirrors.ties().remove(&tie.id);
            core.mirrors.books.forget(tie.id)?;
            return Ok(row(core, &tie));
        }
        Tying::ResumeGone => tie.say_meant(Meant::Gone),
        Tying::ResumeBack => tie.say_meant(Meant::Back),
        Tying::Look => settings.paused = tie.settings().paused,
        Tying::Pause | Tying::Resume => (),
    }
    core.mirrors.books.change(tie.id, &settings)?;
    tie.set(settings);
    look_now(&tie, items).await;
    Ok(row(core, &tie))
}

/// Has it looked at; gives back when a look that began after this is over.
async fn look_now(tie: &Tie, items: &Items) {
    // A look may be under way that began before: the second one to end began after.
    for _ in 0..if tie.is_busy() { 2 } else { 1 } {
        let looked = tie.looked.notified();
        tie.moved.notify_one();
        tokio::select! {
            () = looked => (),
            () = tokio::time::sleep(SHOWN) => return,
            () = items.gone() => return,
        }
    }
}

/// How a tied folder stands.
pub(crate) fn row(core: &Core, tie: &Tie) -> TieRow {
    let (settings, stand) = (tie.settings(), tie.stand().clone());
    let name = core.halls.get(&settings.community).map(|hall| hall.known().name.clone()).unwrap_or_default();
    let folder: ObjectId = settings.folder;
    TieRow {
        dir: settings.dir.display().to_string(),
        name: settings.name,
        folder: folder.to_string(),
        community: settings.community.to_string(),
        community_name: name,
        state: stand.state,
        words: stand.words,
        next: stand.next,
        done: stand.done,
        total: stand.total,
        files: stand.files,
        bytes: stand.bytes,
        conflicts: stand.conflicts,
        waiting: stand.waiting,
        problems: stand.problems.into_iter().map(|(path, why)| LeftAlone { path, why }).collect(),
        only: settings.only,
        without: settings.without,
        equal_ms: stand.equal_ms,
    }
}
