//! What is signed: a protocol, whose bytes are pinned by tests. New variants go at the end.

use serde::{Deserialize, Serialize};
use skein_event::EventId;

/// Something that happened to an entry. All events of an entry have it as their object; `Added` creates it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Somebody wrote it down.
    Added {
        /// What it says.
        text: String,
    },
    /// Whoever wrote it took it back.
    Removed {
        /// The event that wrote it down: the item in feed and search that this takes away.
        added: EventId,
    },
}
