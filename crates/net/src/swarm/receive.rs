//! Taking one piece in: each group is checked against the file's hash as it comes; what is true goes to the store in runs.
//!
//! The store checks nothing of this again: nothing may be given to it here that was not checked. It takes few orders about one
//! file at a time ([`STORE_AT_ONCE`]), so that no order is open while the network is waited for.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bao_tree::io::fsm::{ResponseDecoder, ResponseDecoderNext};
use bao_tree::io::{BaoContentItem, DecodeError, Leaf, Parent};
use bao_tree::{BaoTree, BlockSize};
use bytes::{Buf, Bytes, BytesMut};
use iroh::endpoint::{RecvStream, VarInt};
use iroh_blobs::api::blobs::ImportBaoOptions;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt};
use iroh_blobs::util::RecvStreamAsyncStreamReader;
use skein_event::BlobHash;
use skein_swarm::{Layout, Part};

use super::path::{PAIR, Pair, Upper, above};
use super::{Handle, Outcome, Told};
use crate::blobs::store::{Store, hash};

/// Progress is told every so many bytes, or after so long: a slow holder has not stalled.
const TELL: u64 = 128 << 10;
const TELL_AFTER: Duration = Duration::from_millis(200);
/// Parts of packets that are read from the stream at once.
const PARTS: usize = 32;
/// What the store is given at once.
const RUN: usize = 256 << 10;
/// Pieces that are read at a time; others wait in their connections' windows. So what has come and is not yet with the store
/// takes 44 MiB at most.
pub(crate) const READ_AT_ONCE: usize = 128;
/// Runs that the store takes in at once, and again as many pieces that it begins to give out: it refuses more than 32 orders.
pub(crate) const STORE_AT_ONCE: usize = 12;
/// Groups of 16 KiB are what is checked at once, and what the store keeps hashes of.
const GROUPS: BlockSize = BlockSize::from_chunk_log(4);

/// The chunks of a piece.
pub(super) fn chunks(layout: Layout, piece: u32) -> ChunkRanges {
    let (start, length) = layout.range(piece);
    ChunkRanges::bytes(start..start + length)
}

/// A piece that comes.
pub(super) struct Receiving {
    pub(super) stream: RecvStream,
    pub(super) swarm: Handle,
    pub(super) store: Arc<Store>,
    pub(super) file: BlobHash,
    pub(super) layout: Layout,
    pub(super) part: Part,
    /// What is known of the file's tree, and how many of the nodes above the piece are therefore not sent.
    pub(super) upper: Arc<Upper>,
    pub(super) left_out: u8,
    /// Tells this try from others for the same piece.
    pub(super) turn: u64,
}

impl Receiving {
    /// Reads it to its end. To stop it, drop the future: what was kept by then stays.
    pub(super) async fn run(self) -> Outcome {
        let store = self.store.clone();
        let Ok(_permit) = store.reads.acquire().await else { return Outcome::Broken };
        self.take_in().await.unwrap_or_else(|outcome| outcome)
    }

    async fn take_in(self) -> Result<Outcome, Outcome> {
        let Self { stream, swarm, store, file, layout, part, upper, left_out, turn } = self;
        let way = above(layout, part.piece);
        // Nobody leaves out what we did not say to have.
        let buffer = way.get(..left_out.into()).and_then(|known| upper.pairs(known)).ok_or(Outcome::Broken)?;
        let tree = BaoTree::new(layout.size(), GROUPS);
        let reader = RecvStreamAsyncStreamReader::new(Reader { stream, buffer });
        let mut decoder = ResponseDecoder::new(hash(file).into(), chunks(layout, part.piece), tree, reader);
        let mut run = Run { store, file, layout, parents: Vec::new(), start: 0, data: BytesMut::new() };
        let mut pairs: Vec<Pair> = Vec::with_capacity(way.len());
        let (mut got, mut told, mut told_at) = (0, 0, Instant::now());
        let mut reader = loop {
            match decoder.next().await {
                ResponseDecoderNext::More((rest, item)) => {
                    match item.map_err(|error| judge(&error))? {
                        BaoContentItem::Parent(parent) => {
                            let known = way.get(pairs.len()).is_some_and(|span| upper.has(span));
                            pairs.extend((pairs.len() < way.len()).then(|| pair(&parent)));
                            // What the store has already is not written again.
                            run.parents.extend((!known).then_some(parent));
                        }
                        BaoContentItem::Leaf(leaf) => {
                            got += leaf.data.len() as u64;
                            run.add(leaf).await?;
                        }
                    }
                    decoder = rest;
                    if got >= told + TELL || (got > told && told_at.elapsed() >= TELL_AFTER) {
                        (told, told_at) = (got, Instant::now());
                        // Lost news are made up for by the next.
                        swarm.told.try_send(Told::Received(part, turn, got)).ok();
                    }
                }
                ResponseDecoderNext::Done(reader) => break reader.into_inner(),
            }
        };
        run.keep().await?;
        upper.learn(&way, &pairs);
        // To the stream's end, or it would count as stopped by us. More than the piece has is as wrong as a wrong group.
        let more = !reader.buffer.is_empty() || reader.fill().await.unwrap_or(false);
        Ok(if more { Outcome::Lie } else { Outcome::Verified })
    }
}

fn pair(parent: &Parent) -> Pair {
    let mut pair = [0; PAIR];
    pair[..PAIR / 2].copy_from_slice(parent.pair.0.as_bytes());
    pair[PAIR / 2..].copy_from_slice(parent.pair.1.as_bytes());
    pair
}

/// Whose fault it is.
fn judge(error: &DecodeError) -> Outcome {
    match error {
        DecodeError::ParentHashMismatch(_) | DecodeError::LeafHashMismatch(_) => Outcome::Lie,
        DecodeError::ParentNotFound(_) | DecodeError::LeafNotFound(_) | DecodeError::Io(_) => Outcome::Broken,
    }
}

/// What was checked, and is not with the store yet.
struct Run {
    store: Arc<Store>,
    file: BlobHash,
    layout: Layout,
    parents: Vec<Parent>,
    start: u64,
    data: BytesMut,
}

impl Run {
    /// Adds a group; it follows the one before.
    async fn add(&mut self, leaf: Leaf) -> Result<(), Outcome> {
        if self.data.is_empty() {
            self.start = leaf.offset;
            self.data.reserve(RUN.min(usize::try_from(self.layout.piece()).unwrap_or(RUN)));
        }
        self.data.extend_from_slice(&leaf.data);
        if self.data.len() >= RUN { self.keep().await } else { Ok(()) }
    }

    /// Gives it to the store: the hashes first, then all groups as one leaf, which is one write instead of sixteen.
    async fn keep(&mut self) -> Result<(), Outcome> {
        if self.data.is_empty() {
            return Ok(());
        }
        let data = self.data.split().freeze();
        let parents = std::mem::take(&mut self.parents).into_iter().map(BaoContentItem::Parent);
        let items = parents.chain([BaoContentItem::Leaf(Leaf { offset: self.start, data })]);
        let Ok(_permit) = self.store.takes_in.acquire().await else { return Err(Outcome::Broken) };
        let size = self.layout.size().try_into().map_err(|_| Outcome::Broken)?;
        let options = ImportBaoOptions { hash: hash(self.file), size };
        let failed = |why: String| Outcome::Local(why);
        let order = self.store.api().import_bao_with_opts(options, items.size_hint().0.max(1)).await;
        let order = order.map_err(|error| failed(format!("{error:#}")))?;
        for item in items {
            order.tx.send(item).await.map_err(|error| failed(format!("{error:#}")))?;
        }
        drop(order.tx);
        let kept = order.rx.await.map_err(|error| failed(format!("{error:#}")))?;
        kept.map_err(|error| failed(format!("{error:#}")))
    }
}

/// Reads the stream in larger parts than the decoder asks for.
struct Reader {
    stream: RecvStream,
    buffer: BytesMut,
}

impl Reader {
    /// Reads what is there; gives false at the end.
    async fn fill(&mut self) -> io::Result<bool> {
        let mut parts = [const { Bytes::new() }; PARTS];
        let Some(count) = self.stream.read_many_chunks(&mut parts).await? else { return Ok(false) };
        parts[..count].iter().for_each(|part| self.buffer.extend_from_slice(part));
        Ok(true)
    }

    async fn have(&mut self, len: usize) -> io::Result<()> {
        while self.buffer.len() < len {
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

impl iroh_blobs::util::RecvStream for Reader {
    async fn recv_bytes(&mut self, len: usize) -> io::Result<Bytes> {
        self.recv_bytes_exact(len).await
    }

    async fn recv_bytes_exact(&mut self, len: usize) -> io::Result<Bytes> {
        self.have(len).await?;
        Ok(self.buffer.split_to(len).freeze())
    }

    async fn recv_exact(&mut self, target: &mut [u8]) -> io::Result<()> {
        self.have(target.len()).await?;
        self.buffer.copy_to_slice(target);
        Ok(())
    }

    fn stop(&mut self, _: VarInt) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests;
