//! What nodes say to one another, and its bytes. Every length is bounded before anything is allocated for it.

use serde::{Deserialize, Serialize};
use skein_event::{DeviceId, EventId, ObjectId, Sealed, Tick};

/// The longest frame in bytes, all kinds.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// The most bytes of events in one frame. Every frame that was accepted can be sent on within this.
pub const MAX_EVENTS_BYTES: usize = 640 * 1024;
/// The most events in one frame.
pub const MAX_EVENTS_PER_FRAME: usize = 4_096;
/// The most claims in one frame; a longer frontier takes several.
pub const MAX_CLAIMS: usize = 4_096;
/// The most read marks, or ids asked for, in one frame.
pub const MAX_ITEMS: usize = 1_024;
/// The longest signal in bytes.
pub const MAX_SIGNAL_BYTES: usize = 32 * 1024;
/// The longest presence record in bytes.
pub const MAX_PRESENCE_BYTES: usize = 2 * 1024;

/// What a device says it has of one log: its height, and the head, since heights alone cannot see a fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Whose log.
    pub author: DeviceId,
    /// How many events.
    pub height: u64,
    /// The newest of them.
    pub head: EventId,
}

/// One message from node to node, about one community.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Frame {
    /// What I have, and what my clock says. `whole`: all of it begins here; else only what changed, or the next part.
    Have {
        /// The logs.
        claims: Vec<Claim>,
        /// Whether this begins a whole frontier.
        whole: bool,
        /// Whether it ends here.
        last: bool,
        /// The sender's clock, in milliseconds since 1970.
        now_ms: u64,
    },
    /// What you lack, in my order of arrival. The last event of each log is signed and so proves those below it.
    Events(Vec<Sealed>),
    /// I have dealt with one `Events` frame: you may send one more.
    Got,
    /// Please send the payloads of these events: they came without.
    Ask(Vec<EventId>),
    /// The payloads that you asked for.
    Payloads(Vec<(EventId, Vec<u8>)>),
    /// Something that is not kept: typing, presence.
    Signal {
        /// The app.
        app: String,
        /// What it is about.
        object: ObjectId,
        /// What is said.
        bytes: Vec<u8>,
    },
    /// Where devices can be found, as they signed it.
    Presence(Vec<Vec<u8>>),
    /// Up to where this person has read: only between devices of one member.
    Marks(Vec<(ObjectId, Tick)>),
}

/// Why bytes are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than allowed.
    #[error("a message is longer than allowed")]
    TooLong,
    /// Not a frame.
    #[error("a message cannot be read")]
    Unreadable,
}

impl Frame {
    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a Frame has no part that postcard cannot write")
    }

    /// Reads a frame and checks its limits.
    ///
    /// # Errors
    /// [`FrameError`], for whatever bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(FrameError::TooLong);
        }
        let (frame, left) = postcard::take_from_bytes::<Self>(bytes).map_err(|_| FrameError::Unreadable)?;
        if !left.is_empty() {
            return Err(FrameError::Unreadable);
        }
        if frame.fits() { Ok(frame) } else { Err(FrameError::TooLong) }
    }

    fn fits(&self) -> bool {
        match self {
            Self::Have { claims, .. } => claims.len() <= MAX_CLAIMS,
            Self::Events(events) => {
                let bytes: usize = events.iter().map(Sealed::wire_len).sum();
                events.len() <= MAX_EVENTS_PER_FRAME && bytes <= MAX_EVENTS_BYTES
            }
            Self::Ask(ids) => ids.len() <= MAX_ITEMS,
            Self::Payloads(payloads) => payloads.len() <= MAX_ITEMS,
            Self::Signal { app, bytes, .. } => app.len() <= 64 && bytes.len() <= MAX_SIGNAL_BYTES,
            Self::Presence(records) => {
                records.len() <= MAX_ITEMS && records.iter().all(|record| record.len() <= MAX_PRESENCE_BYTES)
            }
            Self::Marks(marks) => marks.len() <= MAX_ITEMS,
            Self::Got => true,
        }
    }
}
