//! The bytes of the swarm's streams. All of them are hostile: bounded before they are read.
//!
//! A stream begins with one byte: 0 for messages, 1 for pieces that follow each other. Messages are frames: a length (u32), the file's hash, and a
//! postcard `Option<Message>`; `None` says "I have nothing to do with this file". A piece is its header (hash, number, how long
//! the sender's queue is in milliseconds, and how many of the tree's nodes are left out) and the store's encoding of its bytes,
//! without the file's size and those nodes: the uppermost, which the receiver has (see `path`).

use iroh::endpoint::RecvStream;
use skein_event::BlobHash;
use skein_swarm::{MAX_TOGETHER, Message};

/// A stream of messages.
pub(super) const MESSAGES: u8 = 0;
/// A stream with one piece.
pub(super) const PIECE: u8 = 1;
/// The longest frame: what is had of a million pieces, in the longest form.
pub(super) const MAX_FRAME: usize = 256 << 10;
/// A piece's header, without the stream's first byte.
const HEADER: usize = 32 + 4 + 4 + 1 + 1;

/// What comes before pieces that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) file: BlobHash,
    /// The first, and how many, [`MAX_TOGETHER`] at most.
    pub(super) piece: u32,
    pub(super) count: u32,
    pub(super) backlog_ms: u32,
    pub(super) left_out: u8,
}

impl Header {
    /// The stream's first byte, and the header.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![PIECE];
        bytes.extend_from_slice(self.file.as_bytes());
        bytes.extend_from_slice(&self.piece.to_le_bytes());
        bytes.extend_from_slice(&self.backlog_ms.to_le_bytes());
        bytes.push(self.left_out);
        bytes.push(u8::try_from(self.count).unwrap_or(u8::MAX));
        bytes
    }

    /// Reads it, after the stream's first byte.
    pub(super) async fn read(stream: &mut RecvStream) -> Option<Self> {
        let mut bytes = [0; HEADER];
        stream.read_exact(&mut bytes).await.ok()?;
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let (file, piece, backlog_ms, left_out, count) =
            (hash(&bytes), number(32), number(36), bytes[40], bytes[41].into());
        let fits = (1..=MAX_TOGETHER).contains(&count);
        fits.then_some(Self { file, piece, count, backlog_ms, left_out })
    }
}

fn hash(bytes: &[u8]) -> BlobHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(&bytes[..32]);
    BlobHash::from_bytes(hash)
}

/// A frame with its length; `None` if it is too long to be read.
pub(crate) fn frame(file: BlobHash, message: Option<&Message>) -> Option<Vec<u8>> {
    let body = postcard::to_stdvec(&message).ok().filter(|body| body.len() + 32 <= MAX_FRAME)?;
    let mut bytes = ((body.len() + 32) as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(file.as_bytes());
    bytes.extend_from_slice(&body);
    Some(bytes)
}

/// Reads a frame's content: the file and the message.
pub(crate) fn read_message(bytes: &[u8]) -> Option<(BlobHash, Option<Message>)> {
    let (file, body) = bytes.split_at_checked(32)?;
    let (message, rest) = postcard::take_from_bytes(body).ok()?;
    rest.is_empty().then(|| (hash(file), message))
}

/// Reads the next frame; `None` at the end of the stream or if it is not one.
pub(super) async fn read_frame(stream: &mut RecvStream) -> Option<(BlobHash, Option<Message>)> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.ok()?;
    let length = u32::from_le_bytes(length) as usize;
    if !(32..=MAX_FRAME).contains(&length) {
        return None;
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.ok()?;
    read_message(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use skein_swarm::{Bits, Wire};

    const FILE: BlobHash = BlobHash::ZERO;

    #[test]
    fn frames_come_back_and_their_bytes_are_pinned() {
        for message in [None, Some(Message::Ask { piece: 3, count: 1, urgent: true }), Some(Message::CancelAny)] {
            let bytes = frame(FILE, message.as_ref()).expect("short");
            assert_eq!(read_message(&bytes[4..]), Some((FILE, message)));
        }
        let bytes = frame(FILE, Some(&Message::CancelAny)).expect("short");
        assert_eq!((&bytes[..4], &bytes[36..]), (&[34, 0, 0, 0][..], &[1, 5][..]));
        let header = Header { file: FILE, piece: 5, count: 3, backlog_ms: 260, left_out: 7 }.encode();
        assert_eq!((header[0], &header[33..]), (PIECE, &[5, 0, 0, 0, 4, 1, 0, 0, 7, 3][..]));
    }

    #[test]
    fn what_is_short_long_or_more_than_a_frame_is_none() {
        let bytes = frame(FILE, Some(&Message::Cancel { piece: 1 })).expect("short");
        let body = &bytes[4..];
        assert!((0..body.len()).all(|end| read_message(&body[..end]).is_none()));
        assert!(read_message(&[body, &[0]].concat()).is_none());
        let mut huge = Bits::none(1 << 20);
        assert!((0..1 << 20).step_by(2).all(|piece| huge.set(piece)));
        let hello = Message::Hello { pieces: 1 << 20, have: huge.wire(), name: 1 };
        assert!(frame(FILE, Some(&hello)).is_some(), "whatever is had fits");
        let runs = Message::Hello { pieces: 1, have: Wire::Runs(vec![1; MAX_FRAME]), name: 1 };
        assert!(frame(FILE, Some(&runs)).is_none());
    }
}
