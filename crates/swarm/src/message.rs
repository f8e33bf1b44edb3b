//! What two swarms say to each other about one file. The shell frames it and says which file it is about.

use serde::{Deserialize, Serialize};

use crate::bits::Wire;

/// The most runs of pieces in one [`Message::Have`]; more take several messages.
pub const MAX_RUNS: usize = 512;
/// The most pieces that one [`Message::AskAny`] may ask for.
pub const MAX_ANY: u32 = 64;

/// One message. New variants at the end: the number of a variant is on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// The first, once in each direction: what I have.
    Hello {
        /// How many pieces I take the file to have.
        pieces: u32,
        /// Those that I have.
        have: Wire,
        /// A number that is mine in this swarm, so that sources agree on whose part each piece is.
        name: u64,
    },
    /// I have these now, too.
    Have {
        /// Runs: the first piece, and how many.
        runs: Vec<(u32, u32)>,
        /// How long what is asked of me now will take, in milliseconds.
        backlog_ms: u32,
    },
    /// Send me these pieces, which follow each other.
    Ask {
        /// The first.
        piece: u32,
        /// How many, [`crate::MAX_TOGETHER`] at most.
        count: u32,
        /// Before the others that I ask of you.
        urgent: bool,
    },
    /// Send me so many more, whichever you think best: what you know fewest to have.
    AskAny {
        /// How many more than I asked for already.
        more: u32,
    },
    /// I no longer need this piece from you: forget it, or stop sending it.
    Cancel {
        /// Which.
        piece: u32,
    },
    /// Forget what I asked for with [`Message::AskAny`].
    CancelAny,
    /// I do not serve you now: forget what you asked of me, and ask again later.
    NotNow {
        /// How much later, in milliseconds.
        retry_ms: u32,
    },
    /// The bytes of these pieces follow, in a stream of their own.
    Piece {
        /// The first.
        piece: u32,
        /// As in [`Message::Ask`].
        count: u32,
        /// As in [`Message::Have`].
        backlog_ms: u32,
    },
}

/// Runs of a list of pieces, sorted here, [`MAX_RUNS`] at a time.
pub(crate) fn runs(pieces: &mut Vec<u32>) -> Vec<Vec<(u32, u32)>> {
    pieces.sort_unstable();
    pieces.dedup();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for piece in pieces.drain(..) {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == piece => *count += 1,
            _ => runs.push((piece, 1)),
        }
    }
    runs.chunks(MAX_RUNS).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_each_message_are_pinned() {
        let pinned: [(Message, &[u8]); 8] = [
            (Message::Hello { pieces: 300, have: Wire::Runs(vec![0, 5]), name: 1 }, &[0, 172, 2, 1, 2, 0, 5, 1]),
            (Message::Have { runs: vec![(7, 2)], backlog_ms: 9 }, &[1, 1, 7, 2, 9]),
            (Message::Ask { piece: 3, count: 2, urgent: true }, &[2, 3, 2, 1]),
            (Message::AskAny { more: 4 }, &[3, 4]),
            (Message::Cancel { piece: 3 }, &[4, 3]),
            (Message::CancelAny, &[5]),
            (Message::NotNow { retry_ms: 100 }, &[6, 100]),
            (Message::Piece { piece: 1, count: 3, backlog_ms: 2 }, &[7, 1, 3, 2]),
        ];
        for (message, bytes) in pinned {
            assert_eq!(postcard::to_stdvec(&message).expect("plain data"), bytes);
            assert_eq!(postcard::from_bytes::<Message>(bytes).expect("as pinned"), message);
        }
    }

    #[test]
    fn runs_join_what_stands_together() {
        assert_eq!(runs(&mut vec![5, 1, 2, 2, 9, 3]), [vec![(1, 3), (5, 1), (9, 1)]]);
        let every_other: Vec<u32> = (0..2_000).map(|at| at * 2).collect();
        assert_eq!(runs(&mut every_other.clone()).iter().map(Vec::len).max(), Some(MAX_RUNS));
    }
}
