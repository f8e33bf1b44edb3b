//! What the shell tells a swarm, and what a swarm wants done.

use crate::message::Message;

/// A neighbour, as the shell numbers its connections. A number is not used again for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u32);

/// A file, as the shell numbers its files. The wire knows files by their hashes; the shell translates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// In which order a file's pieces are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Those first that fewest have.
    Rarest,
    /// The next pieces from here on first, for whoever is watching; the rest as [`Order::Rarest`].
    Sequential {
        /// The piece that is played now.
        from: u32,
    },
}

/// Which files are fetched first: a lower one gets what a higher one leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Before all others.
    High,
    /// As usual.
    Normal,
    /// Only what the others leave.
    Low,
    /// Not fetched now; still served.
    Off,
}

/// One piece of one file, to or from one neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The neighbour.
    pub peer: PeerId,
    /// The file.
    pub file: FileId,
    /// The piece.
    pub piece: u32,
}

/// Pieces of one file that follow each other and go together, to or from one neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parts {
    /// The neighbour.
    pub peer: PeerId,
    /// The file.
    pub file: FileId,
    /// The first piece.
    pub first: u32,
    /// How many, [`crate::MAX_TOGETHER`] at most.
    pub count: u32,
}

impl Parts {
    /// Each of them.
    pub fn each(self) -> impl Iterator<Item = Part> {
        let Self { peer, file, first, count } = self;
        (first..first.saturating_add(count)).map(move |piece| Part { peer, file, piece })
    }

    /// These pieces, as far as possible together.
    pub fn of(parts: &[Part]) -> impl Iterator<Item = Self> {
        let follows = |one: &Part, other: &Part| Part { piece: one.piece.wrapping_add(1), ..*one } == *other;
        let runs = parts.chunk_by(follows).flat_map(|run| run.chunks(crate::MAX_TOGETHER as usize));
        runs.map(|run| Self { count: run.len() as u32, ..run[0].into() })
    }
}

impl From<Part> for Parts {
    fn from(Part { peer, file, piece }: Part) -> Self {
        Self { peer, file, first: piece, count: 1 }
    }
}

/// What happened. What does not fit (an unknown peer, file or piece) changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A neighbour is connected, or its round trip was measured anew.
    Joined {
        /// Who.
        peer: PeerId,
        /// The round trip in milliseconds.
        rtt_ms: u32,
    },
    /// A neighbour is gone.
    Left {
        /// Who.
        peer: PeerId,
    },
    /// This neighbour may have or want this file: say hello.
    Meet {
        /// Who.
        peer: PeerId,
        /// Which file.
        file: FileId,
    },
    /// A neighbour has nothing more to do with this file; it may be met again.
    Apart {
        /// Who.
        peer: PeerId,
        /// Which file.
        file: FileId,
    },
    /// A neighbour says something about a file.
    Message {
        /// Who.
        peer: PeerId,
        /// About which file.
        file: FileId,
        /// What.
        message: Message,
    },
    /// So many bytes of this piece have come by now, verified or not.
    Received(Part, u64),
    /// These pieces are whole, verified, and on disk.
    Verified(Parts),
    /// What came is not the piece.
    Failed(Part),
    /// The stream of these pieces ended before they did.
    Broken(Parts),
    /// The last byte of these pieces was acknowledged (or, where the shell cannot know, has left).
    Sent(Parts),
    /// These pieces could not be sent to their end.
    Unsent(Parts),
    /// The time of a [`Effect::WakeAt`] has come.
    Timer,
    /// Limits in bytes a second, over all files; `None` for none.
    Limits {
        /// What is sent.
        up: Option<u64>,
        /// What is fetched.
        down: Option<u64>,
    },
    /// Whether everything rests: nothing is asked, nothing served.
    Pause(bool),
    /// Another priority for a file.
    Priority(FileId, Priority),
    /// Another order for a file.
    Order(FileId, Order),
}

/// Why a neighbour is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It sent bytes that are not what it said. It is not taken back.
    Lied,
    /// It broke the rules of the conversation too often. It is not taken back.
    Rude,
    /// It promised and did not deliver, too often in a row.
    Stalled,
    /// There are [`crate::MAX_PEERS`] already.
    Full,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Say this.
    Send(PeerId, FileId, Message),
    /// Send the bytes of these pieces, one after the other; `Sent` or `Unsent` follows for each, unless it is stopped.
    SendPieces(Parts),
    /// Stop sending this piece; nothing has to follow.
    StopSending(Part),
    /// Take no more bytes of this piece; nothing has to follow.
    StopReceiving(Part),
    /// This piece is there.
    Done(FileId, u32),
    /// The whole file is there.
    Finished(FileId),
    /// End the connection.
    Drop(PeerId, Why),
    /// Give `Timer` at this time (milliseconds); replaces the one before.
    WakeAt(u64),
}
