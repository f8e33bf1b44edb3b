//! Taking in pieces that follow each other: each group is checked against the file's hash as it comes; what is true goes to
//! the store in runs. It must never tell of a piece that is not with the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bao_tree::io::fsm::{ResponseDecoder, ResponseDecoderNext};
use bao_tree::io::{BaoContentItem, DecodeError};
use bao_tree::{BaoTree, BlockSize};
use iroh::endpoint::RecvStream;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt};
use iroh_blobs::util::RecvStreamAsyncStreamReader;
use skein_event::BlobHash;
use skein_swarm::{Layout, Part, Parts};

use super::keep::Run;
use super::path::{Upper, nodes};
use super::reader::Reader;
use super::{Handle, Outcome, Told};
use crate::blobs::store::{Store, hash};

/// Progress is told every so many bytes, or after so long: a slow holder has not stalled.
const TELL: u64 = 128 << 10;
const TELL_AFTER: Duration = Duration::from_millis(200);
/// Streams of pieces that are read at a time; others wait in their connections' windows. So what has come and is not yet with
/// the store takes 44 MiB at most.
pub(crate) const READ_AT_ONCE: usize = 128;
/// Groups of 16 KiB are what is checked at once, and what the store keeps hashes of.
const GROUPS: BlockSize = BlockSize::from_chunk_log(4);

/// The chunks of pieces that follow each other.
pub(super) fn chunks(layout: Layout, first: u32, count: u32) -> ChunkRanges {
    let (start, length) = layout.range_of(first, count);
    ChunkRanges::bytes(start..start + length)
}

/// Pieces that come in one stream, one after the other.
pub(super) struct Receiving {
    pub(super) stream: RecvStream,
    pub(super) swarm: Handle,
    pub(super) store: Arc<Store>,
    pub(super) file: BlobHash,
    pub(super) layout: Layout,
    pub(super) parts: Parts,
    /// What is known of the file's tree, and how many of the nodes above the first piece are therefore not sent.
    pub(super) upper: Arc<Upper>,
    pub(super) left_out: u8,
    /// Tells this try from others for the same pieces.
    pub(super) turn: u64,
}

impl Receiving {
    /// Reads them to their end. Those that are kept before the last are told; given is what came of the others. To stop it, drop
    /// the future: what was kept by then stays.
    pub(super) async fn run(self) -> (Parts, Outcome) {
        let (store, swarm, layout) = (self.store.clone(), self.swarm.clone(), self.layout);
        let mut news = News {
            swarm,
            turn: self.turn,
            rest: self.parts,
            layout,
            told: layout.range(self.parts.first).0,
            at: Instant::now(),
        };
        let Ok(_permit) = store.reads.acquire().await else { return (news.rest, Outcome::Broken) };
        let outcome = self.take_in(&mut news).await.unwrap_or_else(|outcome| outcome);
        (news.rest, outcome)
    }

    async fn take_in(self, news: &mut News) -> Result<Outcome, Outcome> {
        let (layout, Parts { first, count, .. }) = (self.layout, self.parts);
        let nodes = nodes(layout, first, count);
        // Nobody leaves out what we did not say to have.
        let known = nodes.get(..self.left_out.into()).and_then(|known| self.upper.pairs(known));
        let reader = Reader::new(self.stream, known.ok_or(Outcome::Broken)?);
        let reader = RecvStreamAsyncStreamReader::new(reader);
        let (tree, ranges) = (BaoTree::new(layout.size(), GROUPS), chunks(layout, first, count));
        let mut decoder = ResponseDecoder::new(hash(self.file).into(), ranges, tree, reader);
        let mut run = Run::new(self.store, self.file, layout, self.upper, nodes);
        let mut reader = loop {
            match decoder.next().await {
                ResponseDecoderNext::More((rest, item)) => {
                    match item.map_err(|error| judge(&error))? {
                        BaoContentItem::Parent(parent) => run.add_parent(parent),
                        BaoContentItem::Leaf(leaf) => {
                            let came = leaf.offset + leaf.data.len() as u64;
                            news.progress(came);
                            if run.add(leaf).await? {
                                news.kept(came).await;
                            }
                        }
                    }
                    decoder = rest;
                }
                ResponseDecoderNext::Done(reader) => break reader.into_inner(),
            }
        };
        run.keep().await?;
        // To the stream's end, or it would count as stopped by us. More than the pieces have is as wrong as a wrong group.
        Ok(if reader.is_at_end().await { Outcome::Verified } else { Outcome::Lie })
    }
}

/// Tells the actor what comes.
struct News {
    swarm: Handle,
    turn: u64,
    /// Those that were not said to be kept.
    rest: Parts,
    layout: Layout,
    told: u64,
    at: Instant,
}

impl News {
    /// The file's bytes have come up to here.
    fn progress(&mut self, came: u64) {
        let piece = self.piece(came - 1);
        let (start, length) = self.layout.range(piece);
        let due = came >= self.told + TELL || self.at.elapsed() >= TELL_AFTER;
        // That a piece is whole is told when it is kept.
        if due && came < start + length {
            (self.told, self.at) = (came, Instant::now());
            let part = Part { peer: self.rest.peer, file: self.rest.file, piece };
            // Lost news are made up for by the next.
            self.swarm.told.try_send(Told::Received(part, self.turn, came - start)).ok();
        }
    }

    /// The file's bytes are with the store up to here. The last piece is told of only when the stream has ended.
    async fn kept(&mut self, came: u64) {
        let end = self.piece(came).min(self.rest.first + self.rest.count - 1);
        let count = end.saturating_sub(self.rest.first);
        if count > 0 {
            let whole = Parts { count, ..self.rest };
            self.rest = Parts { first: end, count: self.rest.count - count, ..self.rest };
            self.swarm.tell(Told::Came(whole, self.turn, Outcome::Verified)).await;
        }
    }

    fn piece(&self, at: u64) -> u32 {
        u32::try_from(at / self.layout.piece()).unwrap_or(u32::MAX)
    }
}

/// Whose fault it is.
fn judge(error: &DecodeError) -> Outcome {
    match error {
        DecodeError::ParentHashMismatch(_) | DecodeError::LeafHashMismatch(_) => Outcome::Lie,
        DecodeError::ParentNotFound(_) | DecodeError::LeafNotFound(_) | DecodeError::Io(_) => Outcome::Broken,
    }
}

#[cfg(test)]
mod tests;
