//! What is signed about shares: a protocol. The order of variants and fields is its format; tests pin the bytes.
//!
//! All events of a share have the share as their object; the first, `Shared`, creates it.

use serde::{Deserialize, Serialize};
use skein_event::{BlobHash, EventId};

/// Something said about a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Here is a file or folder for everyone. The author's device holds it.
    Shared {
        /// What it is.
        content: Content,
        /// What it is called.
        name: String,
        /// A word about it; may be empty.
        note: String,
    },
    /// The author's device now holds this version whole.
    Held {
        /// Which version.
        root: BlobHash,
    },
    /// The author's device no longer holds this version; if it is the current one, it no longer means to keep a copy
    /// either.
    Unheld {
        /// Which version.
        root: BlobHash,
    },
    /// The author's device means to hold a copy from now on, even if the share is taken back.
    Kept,
    /// The sharer calls it differently.
    Described {
        /// The sharing event: the item in feed and search that this changes.
        shared: EventId,
        /// What it is called from now on.
        name: String,
        /// The word about it from now on.
        note: String,
    },
    /// The sharer gives a new version. The author's device holds it.
    Replaced {
        /// What it is now.
        content: Content,
    },
    /// The sharer takes it back.
    Removed {
        /// The sharing event: the item in feed and search that this takes away.
        shared: EventId,
    },
}

/// A file or folder as its sharer describes it. Only the root is proven by what is fetched; the rest is a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The file's bytes, or the folder's list.
    pub root: BlobHash,
    /// Bytes of all its files.
    pub bytes: u64,
    /// How many files; 1 for a file.
    pub files: u64,
    /// Whether it is a folder.
    pub folder: bool,
}
