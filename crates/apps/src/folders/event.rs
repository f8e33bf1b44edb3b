//! What is signed about folders: a protocol. The order of variants and fields is its format; tests pin the bytes.
//!
//! All events of a folder have it as their object; `Made` creates it. A change says what it replaces, so nothing about a
//! folder depends on the order in which its events arrive.

use serde::{Deserialize, Serialize};
use skein_event::{BlobHash, EventId};

/// Something said about a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Here is a folder that every member may have on their computers, and change.
    Made {
        /// What it is called.
        name: String,
    },
    /// Something in it changed, on the author's device.
    Changed {
        /// The changes: each to a path of its own.
        changes: Vec<Change>,
    },
}

/// One path, and what is there from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Parts with `/` between.
    pub path: String,
    /// What is there.
    pub what: What,
    /// The changes of this path that the author had seen, and that this one replaces.
    pub over: Vec<Over>,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Nothing any more.
    Gone,
    /// A file. The author's device holds its bytes.
    File {
        /// Its bytes.
        root: BlobHash,
        /// How many.
        bytes: u64,
        /// When it was last changed, in milliseconds since 1970.
        modified_ms: u64,
        /// Whether it may be run.
        executable: bool,
    },
    /// A link.
    Link {
        /// Where it leads, as text.
        target: String,
    },
    /// A folder with nothing in it.
    Folder,
}

/// An earlier change: its event, and its place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// The event.
    pub event: EventId,
    /// Its place among the event's changes, from 0.
    pub place: u32,
}
