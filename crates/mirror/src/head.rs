//! What the log says of one path: heads, and changes that replace them.

use serde::{Deserialize, Serialize};
use skein_event::{BlobHash, DeviceId, EventId, MemberId, Tick};

/// Which change: its event, and its place in it.
pub type HeadId = (EventId, u32);
/// Which of two heads is shown at their path: the greater. Times are claims, so nothing but what is shown rests on it.
pub type Order = (Tick, HeadId);

/// The most heads that one change replaces; those beyond are replaced by a later one.
pub const MAX_OVER: usize = 64;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum What {
    /// A file.
    File {
        /// Its bytes.
        root: BlobHash,
        /// How many those are, by its author's word.
        bytes: u64,
        /// When it was last changed: milliseconds since 1970.
        modified_ms: u64,
        /// Whether it may be run.
        executable: bool,
    },
    /// A link, kept as text: it is never followed.
    Link {
        /// Where it leads.
        target: String,
    },
    /// A folder with nothing in it. Others are there because of what is in them.
    Folder,
    /// Nothing any more.
    Gone,
}

impl What {
    /// Whether both are the same for a person: dates aside.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { root, executable, .. }, Self::File { root: other, executable: runs, .. }) => {
                root == other && executable == runs
            }
            (a, b) => a == b,
        }
    }

    /// The bytes it needs.
    pub fn root(&self) -> Option<(BlobHash, u64)> {
        match self {
            Self::File { root, bytes, .. } => Some((*root, *bytes)),
            _ => None,
        }
    }
}

/// A change that nothing has replaced yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which.
    pub id: HeadId,
    /// Where.
    pub path: String,
    /// What.
    pub what: What,
    /// When, by its author's clock.
    pub tick: Tick,
    /// Whose.
    pub member: MemberId,
    /// Written where.
    pub device: DeviceId,
    /// How it is told from others of its path: "Ana's version, 22 Nov 14.03". No `/`, no controls.
    pub label: String,
}

impl Head {
    pub(crate) fn order(&self) -> Order {
        (self.tick, self.id)
    }
}

/// Something to be told to everyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub path: String,
    /// What is there from now on.
    pub what: What,
    /// What it replaces: all that its author saw there.
    pub over: Vec<HeadId>,
}
