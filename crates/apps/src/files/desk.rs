//! The desk: what a person may do with shares. Local, free to change.

use std::path::PathBuf;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use skein_app::{Act, Draft, Import, Imported, Job, Kind, Me, Refusal, View};
use skein_event::{BlobHash, EventId, ObjectId};
use ts_rs::TS;

use super::event::{Content, Event};
use super::find::{self, Found};
use super::{answer, rows, rules};

/// What a person may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Share a file or folder with the community
    Add {
        /// The file or folder
        path: Import,
        /// What to call it; by default as it is called here
        #[arg(long)]
        #[ts(optional = nullable)]
        name: Option<String>,
        /// A word about it
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Fetch a share and put it into a folder
    Get {
        /// Its name, or the beginning of its id
        share: String,
        /// The folder to put it in; by default the one you are in
        #[arg(long, value_name = "DIR")]
        #[ts(optional = nullable)]
        to: Option<PathBuf>,
        /// An earlier version, by its number in `show`
        #[arg(long)]
        #[ts(optional = nullable)]
        version: Option<u32>,
    },
    /// Hold a copy on this device for the others, also of new versions, even if it is taken back
    Keep {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// Let this device's own copy go; what you have put elsewhere with `get` stays
    Drop {
        /// Its name, or the beginning of its id
        share: String,
        /// Also if nobody else is known to hold it: it may be lost for good
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        even_if_last: bool,
    },
    /// Call a share of yours differently
    Rename {
        /// Its name, or the beginning of its id
        share: String,
        /// The new name
        name: String,
        /// A new word about it; by default as before
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Give a new version of a share of yours; the old ones stay to be had
    Update {
        /// Its name, or the beginning of its id
        share: String,
        /// The file or folder as it is now
        path: Import,
    },
    /// Take a share of yours back: it goes from everybody's list and devices, but for those who keep it
    Rm {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// Say that this device holds a share whole
    #[command(hide = true)]
    Held {
        /// Its name, or the beginning of its id
        share: String,
        /// Which content
        #[arg(long)]
        root: BlobHash,
    },
    /// Say that this device no longer holds a share
    #[command(hide = true)]
    Unheld {
        /// Its name, or the beginning of its id
        share: String,
        /// Which content
        #[arg(long)]
        root: BlobHash,
    },
}

/// What a person may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// What is shared, the newest first
    Ls {
        /// Part of a name, or a pattern with * and ?
        #[ts(optional = nullable)]
        pattern: Option<String>,
        /// Also what was taken back
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        all: bool,
        /// How many at most (up to 10,000)
        #[arg(long, default_value_t = answer::LISTED)]
        #[serde(default = "answer::listed")]
        #[ts(as = "Option<_>", optional)]
        limit: usize,
    },
    /// One share: its versions and who holds it
    Show {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// Which devices hold a share, whose they are and since when
    Holders {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// What only you hold: what would be lost with your device
    Sole,
}

pub(super) fn decide(me: &Me, fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    match command {
        Command::Add { path, name, note } => add(me, fresh, &path, name, note, view),
        Command::Get { share, to, version } => get(&find::share(me, &share, view)?, to, version, view),
        Command::Keep { share } => keep(&find::share(me, &share, view)?),
        Command::Drop { share, even_if_last } => drop_copy(me, &find::share(me, &share, view)?, even_if_last, view),
        Command::Rename { share, name, note } => rename(me, &find::share(me, &share, view)?, name, note),
        Command::Update { share, path } => update(me, &find::share(me, &share, view)?, &path),
        Command::Rm { share } => {
            let found = find::share(me, &share, view)?;
            yours(me, &found)?;
            Ok(say(&found, Event::Removed { shared: found.share.event }))
        }
        Command::Held { share, root } => {
            let found = find::share(me, &share, view)?;
            had(&found, &root, view)?;
            Ok(say(&found, Event::Held { root }))
        }
        Command::Unheld { share, root } => {
            let found = find::share(me, &share, view)?;
            had(&found, &root, view)?;
            Ok(say(&found, Event::Unheld { root }))
        }
    }
}

fn say(found: &Found, event: Event) -> Act<Event> {
    Act::Say(Draft { object: found.share.id, event })
}

fn had(found: &Found, root: &BlobHash, view: &View<'_>) -> Result<(), Refusal> {
    let sql = "SELECT 1 FROM files_version WHERE object = ?1 AND root = ?2";
    match view.first(sql, (found.object, root.as_bytes()), |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(Refusal::new(Kind::NotFound, format!("\"{}\" never had that content", found.share.name))),
    }
}

fn read_in(path: &Import) -> Result<&Imported, Refusal> {
    path.done.as_ref().ok_or_else(|| {
        Refusal::new(Kind::Failed, format!("{} has not been read in", path.path.display())).hint("Try again.")
    })
}

fn content(done: &Imported) -> Result<Content, Refusal> {
    let files = if done.folder { done.files } else { 1 };
    let content = Content { root: done.root, bytes: done.bytes, files, folder: done.folder };
    rules::fits_claims(&content).map_err(|why| Refusal::new(Kind::Limit, why))?;
    Ok(content)
}

fn proper(name: &str, note: &str) -> Result<(), Refusal> {
    let refusal = |why: String, hint: &str| Err(Refusal::new(Kind::Usage, why).hint(hint));
    if let Err(why) = rules::fits_name(name) {
        return refusal(
            format!("it cannot be called that: {why}"),
            "Choose a plain name; `add` takes it with `--name`.",
        );
    }
    match rules::fits_note(note) {
        Ok(()) => Ok(()),
        Err(why) => refusal(why.into(), "Choose a shorter, plain note."),
    }
}

/// Sharing what is shared already only says that this device holds it, too.
fn add(
    me: &Me,
    fresh: ObjectId,
    path: &Import,
    name: Option<String>,
    note: Option<String>,
    view: &View<'_>,
) -> Result<Act<Event>, Refusal> {
    let done = read_in(path)?;
    let same = rows::shares(me, "v.root = ?2 AND s.removed IS NULL", done.root.as_bytes(), 1, view)?.pop();
    if let Some(same) = same {
        if !same.here {
            return Ok(Act::Say(Draft { object: same.id, event: Event::Held { root: done.root } }));
        }
        let message = format!("this is shared already, as \"{}\" by {}", same.name, same.by.name);
        return Err(Refusal::new(Kind::Conflict, message).hint(format!("See `skein files show {}`.", same.id.short())));
    }
    let (name, note) = (name.unwrap_or_else(|| done.name.clone()), note.unwrap_or_default());
    proper(&name, &note)?;
    Ok(Act::Say(Draft { object: fresh, event: Event::Shared { content: content(done)?, name, note } }))
}

fn get(found: &Found, to: Option<PathBuf>, version: Option<u32>, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let share = &found.share;
    if !share.here {
        stands(found)?;
    }
    let number = version.unwrap_or(share.version);
    let sql = "SELECT root, folder FROM files_version WHERE object = ?1 AND number = ?2";
    let wanted = view.first(sql, (found.object, number), |row| Ok((BlobHash::from_bytes(row.get(0)?), row.get(1)?)))?;
    let (root, folder) = wanted.ok_or_else(|| {
        Refusal::new(Kind::NotFound, format!("\"{}\" has no version {number}", share.name)).hint(format!(
            "Its versions are 1 to {}: `skein files show {}`.",
            share.version,
            share.id.short()
        ))
    })?;
    if !share.here && number == share.version && share.copies.devices == 0 {
        let message = format!("no device that belongs here is known to hold \"{}\" any more", share.name);
        return Err(Refusal::new(Kind::Unreachable, message)
            .hint(format!("Ask {} to share it again, or whoever may still have it.", share.by.name)));
    }
    let to = Some(to.unwrap_or_else(|| ".".into()));
    Ok(Act::Do(Job::Fetch { root, name: share.name.clone(), folder, share: share.id, to }))
}

fn stands(found: &Found) -> Result<(), Refusal> {
    let share = &found.share;
    if share.removed_ms.is_none() {
        return Ok(());
    }
    Err(Refusal::new(Kind::NotFound, format!("{} has taken \"{}\" back", share.by.name, share.name))
        .hint("Ask them to share it again."))
}

fn keep(found: &Found) -> Result<Act<Event>, Refusal> {
    let share = &found.share;
    if share.kept {
        return Err(Refusal::new(Kind::Conflict, format!("this device keeps \"{}\" already", share.name)));
    }
    if !share.here {
        stands(found)?;
    }
    Ok(say(found, Event::Kept))
}

fn drop_copy(me: &Me, found: &Found, even_if_last: bool, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let share = &found.share;
    if me.keeper && share.removed_ms.is_none() {
        let message = "this device is a keeper: it holds a copy of everything";
        return Err(Refusal::new(Kind::Conflict, message).hint("Start it without `--keeper` first: `skein up`."));
    }
    let versions = rows::versions(me, found.object, view)?;
    let held: Vec<_> = versions.iter().filter(|version| version.here).collect();
    if held.is_empty() {
        if share.kept {
            return Ok(say(found, Event::Unheld { root: share.root }));
        }
        return Err(Refusal::new(Kind::Conflict, format!("this device holds no copy of \"{}\"", share.name)));
    }
    let lost = share.removed_ms.is_none() && held.iter().any(|version| version.last && !version.needed);
    if lost && !even_if_last {
        let message = format!("this is the only known copy of \"{}\", or of an earlier version of it", share.name);
        return Err(Refusal::new(Kind::Conflict, message)
            .hint("Let another device `keep` it first; or lose it for good: add `--even-if-last`."));
    }
    let roots: Vec<_> = held.iter().filter(|version| !version.needed).map(|version| version.root).collect();
    if roots.is_empty() {
        return Ok(say(found, Event::Unheld { root: held[0].root })); // another share here has the same content
    }
    Ok(Act::Do(Job::Forget { roots, share: share.id }))
}

fn yours(me: &Me, found: &Found) -> Result<(), Refusal> {
    stands(found)?;
    let share = &found.share;
    if share.by.member == me.member {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::Denied,
        format!("\"{}\" was shared by {}: only they may change it", share.name, share.by.name),
    )
    .hint("Ask them, or share your own version of it."))
}

fn rename(me: &Me, found: &Found, name: String, note: Option<String>) -> Result<Act<Event>, Refusal> {
    yours(me, found)?;
    let share = &found.share;
    let note = note.unwrap_or_else(|| share.note.clone());
    proper(&name, &note)?;
    if name == share.name && note == share.note {
        return Err(Refusal::new(Kind::Conflict, format!("it is called \"{name}\" already")));
    }
    let shared: EventId = share.event;
    Ok(say(found, Event::Described { shared, name, note }))
}

fn update(me: &Me, found: &Found, path: &Import) -> Result<Act<Event>, Refusal> {
    yours(me, found)?;
    let (share, done) = (&found.share, read_in(path)?);
    if done.root == share.root {
        return Err(Refusal::new(Kind::Conflict, format!("\"{}\" has not changed", share.name)));
    }
    if share.version >= rules::MAX_VERSIONS {
        let message = format!("\"{}\" has {} versions: no more fit", share.name, share.version);
        return Err(Refusal::new(Kind::Limit, message).hint("Share it anew: `skein files add`."));
    }
    Ok(say(found, Event::Replaced { content: content(done)? }))
}
