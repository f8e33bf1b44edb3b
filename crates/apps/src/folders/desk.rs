//! The desk: what a person may do with folders, and ask. Local, free to change.
//!
//! Who ties a folder of their computer to one of these needs no other command; these are for looking, and for a member who
//! has no computer tied.

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use skein_app::{Act, Draft, Import, Kind, Me, Refusal, View};
use skein_event::{EventId, ObjectId};
use skein_mirror::{Folder, Placement, place};
use ts_rs::TS;

use super::event::{Change, Event, Over, What};
use super::{find, rows, rules, show};

/// What a person may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Make a folder that every member may have on their computers
    Make {
        /// What to call it
        name: String,
    },
    /// Put a file into a folder, without having the folder on this computer
    Put {
        /// The folder: its name, or the beginning of its id
        folder: String,
        /// The file
        file: Import,
        /// Where in the folder; by default at its top, as it is called here
        #[arg(long = "at", value_name = "PATH")]
        #[ts(optional = nullable)]
        at: Option<String>,
    },
    /// Take a file out of a folder, on everybody's computers; they keep the old version for a while
    Rm {
        /// The folder: its name, or the beginning of its id
        folder: String,
        /// Where it is in the folder
        path: String,
    },
    /// Keep one version of what two changed at once, for everybody; the others go to the old versions
    Keep {
        /// The folder: its name, or the beginning of its id
        folder: String,
        /// The version to keep: its path, as `show` lists it
        path: String,
        /// Its bytes, if it is to be kept only if it is still as it was seen
        #[arg(long, hide = true)]
        #[ts(optional = nullable)]
        root: Option<String>,
    },
    /// Tell changes that were made on a disk
    #[command(hide = true)]
    Change {
        /// The folder's id
        folder: String,
        /// The changes, as JSON
        changes: String,
    },
}

/// What a person may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// The folders that every member may have on their computers
    Ls,
    /// What is in one of them
    Show {
        /// The folder: its name, or the beginning of its id
        folder: String,
    },
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Folders.
    Folders(Vec<FolderRow>),
    /// One folder.
    Folder {
        /// Which.
        folder: FolderRow,
        /// What is in it, in the order of paths; at most 10,000.
        entries: Vec<EntryRow>,
    },
}

/// A folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FolderRow {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// How many files are in it.
    #[ts(type = "number")]
    pub files: u64,
    /// How many bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// How many of the files are another version of one that was changed by two at once.
    #[ts(type = "number")]
    pub conflicts: u64,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EntryRow {
    /// Where.
    pub path: String,
    /// Its bytes; 0 of what is no file.
    #[ts(type = "number")]
    pub bytes: u64,
    /// When it was last changed, in milliseconds since 1970; 0 of what is no file.
    #[ts(type = "number")]
    pub modified_ms: u64,
    /// "file", "link" or "folder".
    pub kind: String,
    /// The file's bytes, to be opened.
    pub root: String,
    /// Another version of the file at this path, which two people changed at once; else empty.
    pub other_of: String,
}

/// The most entries that one answer holds.
const MAX_ENTRIES: usize = 10_000;

pub(super) fn decide(me: &Me, fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    match command {
        Command::Make { name } => {
            rules::fits_name(&name).map_err(|why| Refusal::new(Kind::Usage, why).hint("Choose a plain name."))?;
            if rows::folders(view)?.iter().any(|(_, folder)| folder.name == name) {
                return Err(Refusal::new(Kind::Conflict, format!("there is a folder called \"{name}\" already"))
                    .hint(format!("Have it on this computer: `skein files sync DIR --as \"{name}\"`.")));
            }
            Ok(say(fresh, Event::Made { name }))
        }
        Command::Put { folder, file, at } => {
            let folder = find::folder(&folder, view)?;
            let done = file.done.ok_or_else(|| Refusal::new(Kind::Failed, "the file was not read"))?;
            if done.folder {
                return Err(Refusal::new(Kind::Usage, "this is a folder")
                    .hint("Have the whole folder on this computer: `skein files sync DIR`."));
            }
            let what = What::File { root: done.root, bytes: done.bytes, modified_ms: me.now_ms, executable: false };
            one(&folder, at.unwrap_or(done.name), what, view)
        }
        Command::Rm { folder, path } => {
            let folder = find::folder(&folder, view)?;
            if !placed(&folder, view)?.at.values().any(|placed| placed.path == path) {
                return Err(Refusal::new(Kind::NotFound, format!("there is no \"{path}\" in {}", folder.name))
                    .hint(format!("See what there is: `skein folders show \"{}\"`.", folder.name)));
            }
            one(&folder, path, What::Gone, view)
        }
        Command::Keep { folder, path, root } => keep(&find::folder(&folder, view)?, &path, root.as_deref(), view),
        Command::Change { folder, changes } => change(&folder, &changes, view),
    }
}

fn say(object: ObjectId, event: Event) -> Act<Event> {
    Act::Say(Draft { object, event })
}

/// One path: whatever is there is replaced.
fn one(folder: &Folder, path: String, what: What, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let object = rows::object(&folder.id, view)?.unwrap_or_default();
    let heads = rows::heads(object, view)?;
    let over = heads.iter().filter(|head| head.path == path).take(skein_mirror::MAX_OVER);
    let over = over.map(|head| Over { event: head.id.0, place: head.id.1 }).collect();
    let change = Change { path, what, over };
    rules::fits(&change).map_err(|why| Refusal::new(Kind::Usage, why))?;
    Ok(say(folder.id, Event::Changed { changes: vec![change] }))
}

/// Of several versions of a path, this one replaces all.
fn keep(folder: &Folder, path: &str, root: Option<&str>, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let mut placement = placed(folder, view)?;
    let list = format!("See what there is: `skein folders show \"{}\"`.", folder.name);
    let Some(chosen) = placement.at.remove(path) else {
        return Err(Refusal::new(Kind::NotFound, format!("there is no \"{path}\" in {}", folder.name)).hint(list));
    };
    if !placement.at.values().any(|other| other.path == chosen.path) {
        return Err(Refusal::new(Kind::Conflict, format!("there is no other version of \"{path}\"")).hint(list));
    }
    let now = chosen.what.root().map(|(root, _)| root.to_string());
    if root.is_some_and(|seen| now.as_deref() != Some(seen)) {
        return Err(Refusal::new(Kind::Conflict, format!("\"{path}\" was changed just now")).hint(list));
    }
    one(folder, chosen.path, said(chosen.what), view)
}

fn change(folder: &str, changes: &str, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let folder = find::folder(folder, view)?;
    let garbled = |_| Refusal::new(Kind::Usage, "these changes cannot be understood");
    let changes: Vec<skein_mirror::Change> = serde_json::from_str(changes).map_err(garbled)?;
    let changes: Vec<Change> = changes.into_iter().map(written).collect();
    for change in &changes {
        rules::fits(change).map_err(|why| Refusal::new(Kind::Usage, format!("{}: {why}", change.path)))?;
    }
    if changes.is_empty() || changes.len() > rules::MAX_CHANGES {
        return Err(Refusal::new(Kind::Limit, "these are no changes, or too many for one telling"));
    }
    Ok(say(folder.id, Event::Changed { changes }))
}

/// As it is signed.
pub(super) fn written(change: skein_mirror::Change) -> Change {
    let over = change.over.into_iter().map(|(event, place): (EventId, u32)| Over { event, place }).collect();
    Change { path: change.path, what: said(change.what), over }
}

fn said(what: skein_mirror::What) -> What {
    match what {
        skein_mirror::What::Gone => What::Gone,
        skein_mirror::What::Folder => What::Folder,
        skein_mirror::What::Link { target } => What::Link { target },
        skein_mirror::What::File { root, bytes, modified_ms, executable } => {
            What::File { root, bytes, modified_ms, executable }
        }
    }
}

/// A folder as a disk that tells all names apart would hold it.
fn placed(folder: &Folder, view: &View<'_>) -> Result<Placement, Refusal> {
    let object = rows::object(&folder.id, view)?.unwrap_or_default();
    let mut heads = rows::heads(object, view)?;
    show::label(&mut heads, view)?;
    Ok(place(&heads, false))
}

fn row(folder: &Folder, placement: &Placement) -> FolderRow {
    let sizes = placement.at.values().filter_map(|placed| placed.what.root());
    let (files, bytes) = sizes.fold((0, 0_u64), |(n, sum), (_, bytes)| (n + 1, sum.saturating_add(bytes)));
    let conflicts = placement.conflicts() as u64;
    FolderRow { id: folder.id, name: folder.name.clone(), files, bytes, conflicts }
}

pub(super) fn query(query: &Query, view: &View<'_>) -> Result<Answer, Refusal> {
    match query {
        Query::Ls => {
            let mut folders = Vec::new();
            for (_, folder) in rows::folders(view)? {
                folders.push(row(&folder, &placed(&folder, view)?));
            }
            Ok(Answer::Folders(folders))
        }
        Query::Show { folder } => {
            let folder = find::folder(folder, view)?;
            let placement = placed(&folder, view)?;
            let entries = placement.at.iter().take(MAX_ENTRIES).map(|(path, placed)| {
                let (kind, bytes, modified_ms, root) = match &placed.what {
                    skein_mirror::What::File { root, bytes, modified_ms, .. } => {
                        ("file", *bytes, *modified_ms, root.to_string())
                    }
                    skein_mirror::What::Link { .. } => ("link", 0, 0, String::new()),
                    _ => ("folder", 0, 0, String::new()),
                };
                let other_of = if placed.beside { placed.path.clone() } else { String::new() };
                EntryRow { path: path.clone(), bytes, modified_ms, kind: kind.into(), root, other_of }
            });
            Ok(Answer::Folder { folder: row(&folder, &placement), entries: entries.collect() })
        }
    }
}
