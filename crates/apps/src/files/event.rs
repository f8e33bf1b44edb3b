//! What is signed about shares: a protocol. The order of variants and fields is its format; tests pin the bytes.
//!
//! All events of a share have the share as their object; the first, `Shared`, creates it. What is asked of the whole
//! community, and what a device offers, have objects of their own: [`copies_id`], [`room_id`].

use serde::{Deserialize, Serialize};
use skein_event::{BlobHash, CommunityId, DeviceId, EventId, ObjectId, statement};

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
    /// So many copies are asked for: about [`copies_id`] of every share, by any member; about a share of this one, by its
    /// sharer. The latest word counts.
    CopiesWanted {
        /// How many; `None`: nothing is asked for, or of a share: as many as of every other.
        copies: Option<u32>,
    },
    /// The author's device has room for what others share; about [`room_id`]. It is said again now and then: so the others
    /// know that the device is still there.
    RoomOffered {
        /// What its person offers, in bytes; 0: none.
        bytes: u64,
        /// How much of that its disk allows.
        fits: u64,
    },
    /// The author's device now holds this version whole, for the others: it lets it go when enough of them hold it.
    HeldForOthers {
        /// Which version.
        root: BlobHash,
    },
    /// The author's device will not take this version: it is larger than its sharer says.
    Unfit {
        /// Which version.
        root: BlobHash,
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

/// The object that the community's own [`Event::CopiesWanted`] is about.
pub fn copies_id(community: &CommunityId) -> ObjectId {
    ObjectId::from_bytes(statement(
        "skein 2026 files: how many copies this community asks for",
        &[community.as_bytes()],
    ))
}

/// The object that a device's [`Event::RoomOffered`] is about.
pub fn room_id(community: &CommunityId, device: &DeviceId) -> ObjectId {
    let parts = [community.as_bytes(), device.as_bytes()];
    ObjectId::from_bytes(statement("skein 2026 files: the room that this device offers to this community", &parts))
}
