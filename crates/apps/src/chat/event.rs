//! What is signed: a protocol. Variants and fields are never changed or moved, only added at the end of [`Event`].

use serde::{Deserialize, Serialize};
use skein_event::{CommunityId, EventId, MemberId, ObjectId, PayloadHash, Tick, statement};

/// The longest text of a message, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;
/// The longest name of a channel, in characters.
pub const MAX_NAME_CHARS: usize = 64;
/// The longest topic of a channel, in characters.
pub const MAX_TOPIC_CHARS: usize = 256;
/// The longest reaction, in bytes.
pub const MAX_WORD_BYTES: usize = 32;
/// The most members that one message calls by name.
pub const MAX_MENTIONS: usize = 64;
/// The most edits that one deletion erases along with the message.
pub const MAX_VERSIONS: usize = 256;

/// Everything that can happen in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A message.
    Said(Said),
    /// A message of the same member has another text from now on.
    Edited {
        /// The message.
        message: EventId,
        /// All of its new text.
        text: String,
        /// Whom the new text calls by name.
        mentions: Vec<MemberId>,
    },
    /// A message of the same member is taken back for good.
    Deleted(Deleted),
    /// A member's reaction to a message.
    Reacted {
        /// The message.
        message: EventId,
        /// An emoji or a short word.
        word: String,
        /// Whether it is there from now on.
        present: bool,
    },
    /// The channel is there, though nothing has been said in it yet.
    Opened {
        /// Its name: see [`channel_id`].
        name: String,
        /// What it is for; may be empty.
        topic: String,
    },
    /// The channel is shown under another name.
    Renamed {
        /// The name.
        name: String,
    },
    /// The channel is for something else.
    Described {
        /// What for; may be empty.
        topic: String,
    },
    /// The channel is put away, or taken out again.
    Archived {
        /// Whether it is put away.
        archived: bool,
    },
    /// A message is held up for everyone to see, or no longer.
    Pinned {
        /// The message.
        message: EventId,
        /// Whether it is pinned from now on.
        present: bool,
    },
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Markdown; never empty.
    pub text: String,
    /// The message whose thread this one is in.
    pub thread: Option<EventId>,
    /// The message that this one answers.
    pub reply: Option<EventId>,
    /// Whom it calls by name.
    pub mentions: Vec<MemberId>,
    /// The name of the channel, in the first message of a channel that its author does not know to have a name.
    pub channel: Option<String>,
}

/// A message is taken back. What must outlive the message's erased payload is said again here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The message.
    pub message: EventId,
    /// Its edits, which are erased with it.
    pub versions: Vec<EventId>,
    /// The message's tick: where "(deleted)" is shown.
    pub at: Tick,
    /// The thread that the message was in.
    pub thread: Option<EventId>,
    /// The first name of the channel: the message may have been the one that said it.
    pub channel: Option<String>,
}

/// The channel that is opened by this name. Two people who open a channel of the same name, apart from one another, are in
/// the same channel; and whoever says the name can be checked.
pub fn channel_id(community: &CommunityId, name: &str) -> ObjectId {
    let name = PayloadHash::of(name.as_bytes());
    let parts = [community.as_bytes(), name.as_bytes()];
    ObjectId::from_bytes(statement(
        "skein 2026 chat: the channel of this community that is opened by this name",
        &parts,
    ))
}
