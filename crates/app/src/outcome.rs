//! What an app answers with: acts, verdicts, refusals, lines, wants, jobs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use skein_event::{BlobHash, EventId, ObjectId, Tick};
use ts_rs::TS;

/// What a command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act<E> {
    /// An event for everyone.
    Say(Draft<E>),
    /// Something for this device alone.
    Do(Job),
}

/// An event that is still to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft<E> {
    /// What it is about.
    pub object: ObjectId,
    /// What is said.
    pub event: E,
}

/// Something for this device alone: it leaves no event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// Fetch a file or folder from those who hold it, and put it at `to` (if given).
    Fetch {
        /// What to fetch.
        root: BlobHash,
        /// The name to give it, a proper one: no path, no control characters.
        name: String,
        /// Whether it is a folder.
        folder: bool,
        /// The share it belongs to.
        share: ObjectId,
        /// In which folder to put it, as the person typed it: relative to where they stand. `None` keeps it in the device's
        /// store only.
        to: Option<PathBuf>,
    },
    /// Forget this device's own copies of files or folders.
    Forget {
        /// What to forget.
        roots: Vec<BlobHash>,
        /// The share they belong to.
        share: ObjectId,
    },
    /// Ask those who hold files or folders to show it; with `whole`, fetch each from them into a scratch place and check it.
    Drill {
        /// What is looked at; at most [`MAX_DRILLS`].
        drills: Vec<Drill>,
        /// Whether each is fetched whole.
        whole: bool,
    },
    /// Remember, on this person's own devices only, up to where an object has been read.
    Mark {
        /// What was read.
        object: ObjectId,
        /// Up to when.
        tick: Tick,
    },
    /// Remember something on this device alone, for the app whose command it was. It leaves no event, and no other device is
    /// ever told, not even one of the same person.
    Note {
        /// Under what name: at most [`MAX_NOTE_KEY_BYTES`].
        key: String,
        /// What; at most [`MAX_NOTE_BYTES`]. `None` forgets it.
        value: Option<String>,
    },
    /// Do several things, one after the other, until one is refused: each is an app's command of its own.
    Each {
        /// What they are, in the plural, for whoever waits: "rows".
        what: String,
        /// The commands, as JSON; at most [`crate::MAX_EACH`]. They lead to events or notes, not to further jobs.
        commands: Vec<serde_json::Value>,
    },
    /// Call another program's server, then give the command again with what it answered ([`crate::App::replied`]). At most
    /// four calls for one command.
    Call {
        /// The call.
        call: crate::Call,
        /// The command that is given again.
        command: serde_json::Value,
    },
    /// Nothing is to be done; this is what whoever asked should know.
    Tell {
        /// In their words.
        words: String,
    },
}

/// The most files and folders of one [`Job::Drill`].
pub const MAX_DRILLS: usize = 100;
/// The longest name of a [`Job::Note`], in bytes.
pub const MAX_NOTE_KEY_BYTES: usize = 200;
/// The longest [`Job::Note`], in bytes.
pub const MAX_NOTE_BYTES: usize = 4_000;

/// How an event is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Accept,
    /// It does not count, and why; it is kept and passed on all the same.
    Reject(String),
}

impl Verdict {
    /// Accepts if `good`, else rejects with this reason.
    pub fn unless(good: bool, why: &str) -> Self {
        if good { Self::Accept } else { Self::Reject(why.into()) }
    }
}

/// What kind of trouble a refusal is; each has its own exit code and HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What was asked makes no sense as it stands.
    Usage,
    /// What it names is not here.
    NotFound,
    /// What it names could be several things.
    Ambiguous,
    /// The rules do not let this person do that.
    Denied,
    /// It clashes with how things stand now.
    Conflict,
    /// Nobody who could help can be reached.
    Unreachable,
    /// The program is not running.
    NotRunning,
    /// A limit is reached.
    Limit,
    /// The disk, the store or the program failed.
    Failed,
}

/// A "no" that says what, why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of trouble.
    pub kind: Kind,
    /// What happened and why.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: String::new() }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::new(Kind::Failed, format!("the store failed: {fault}"))
            .hint("Run `skein doctor`; nothing that was confirmed is lost.")
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Fault::from(error).into()
    }
}

/// The store failed under an app. Never used for bad input.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Fault(#[from] pub rusqlite::Error);

/// What feed, search and notices know of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The item: the event itself, or the earlier event that it changes.
    pub about: EventId,
    /// The item's text from now on; `None` takes it away for good.
    pub text: Option<String>,
    /// What kind of item, in one word: "message", "file".
    pub kind: String,
}

/// What a person has not seen yet of what others did. Counted up to a thousand or so: nobody reads such a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// How many items.
    pub items: u32,
    /// How many times this person was called by name.
    pub mentions: u32,
}

/// A level-triggered wish: the host keeps trying until the rows no longer say so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Want {
    /// Have this file or folder on this device.
    Blob {
        /// What to have.
        root: BlobHash,
        /// Whether it is a folder.
        folder: bool,
        /// The share it belongs to.
        share: ObjectId,
    },
    /// No longer have this file or folder on this device: nobody shares it any more.
    Gone {
        /// What to forget.
        root: BlobHash,
        /// The share it belonged to.
        share: ObjectId,
    },
    /// Have this file or folder on this device for the others, out of the room that it offers. Whoever shared it said how
    /// large it is: what turns out larger is not taken.
    Spare {
        /// What to have.
        root: BlobHash,
        /// Whether it is a folder.
        folder: bool,
        /// The share it belongs to.
        share: ObjectId,
        /// The most bytes that all its files may have.
        most_bytes: u64,
        /// The most bytes that a folder's list may have.
        most_list_bytes: u64,
    },
    /// No longer have this file or folder on this device, which took it for the others: enough of them have it. It goes only
    /// once so many of them have shown that they do.
    Over {
        /// What to forget.
        root: BlobHash,
        /// Whether it is a folder.
        folder: bool,
        /// The share it belongs to.
        share: ObjectId,
        /// Who says that they hold it.
        others: Vec<skein_event::DeviceId>,
        /// How many of them must show it.
        needed: usize,
    },
}

impl Want {
    /// What it is about.
    pub fn root(&self) -> BlobHash {
        let (Self::Blob { root, .. } | Self::Gone { root, .. } | Self::Spare { root, .. } | Self::Over { root, .. }) =
            self;
        *root
    }
}

/// How this device holds something, after a [`Job`] or a [`Want`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Whole, for its person: it never goes by itself.
    Own,
    /// Whole, for the others, on account of this share.
    Spare(ObjectId),
    /// Not, and it will not: it is not as this share says.
    Unfit(ObjectId),
    /// Not, or no longer.
    Not,
}

/// What is asked of those who hold something, to see that they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// What they say they hold.
    pub root: BlobHash,
    /// Whether it is a folder.
    pub folder: bool,
    /// What it is called.
    pub name: String,
    /// Its bytes, as its sharer says.
    pub bytes: u64,
    /// The devices that say they hold it, and what each is called.
    pub holders: Vec<(skein_event::DeviceId, String)>,
}

/// A path on this computer that a command names, and what became of it when it was read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Import {
    /// Where it is.
    pub path: PathBuf,
    /// Filled in by the host.
    #[ts(type = "null", optional = nullable)]
    pub done: Option<Imported>,
}

impl From<String> for Import {
    fn from(path: String) -> Self {
        Self { path: path.into(), done: None }
    }
}

/// A file or folder that was read into the device's blob store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The file's bytes, or the folder's list.
    pub root: BlobHash,
    /// Its name.
    pub name: String,
    /// Bytes of all its files.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
    /// Whether it is a folder.
    pub folder: bool,
}

/// A device and a share that it holds whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Who holds it.
    pub device: skein_event::DeviceId,
    /// What it holds.
    pub root: BlobHash,
}
