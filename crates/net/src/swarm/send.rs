//! Sending pieces that follow each other: as the store encodes it, checked as it is read, within the person's limit.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use iroh::endpoint::{Connection, SendStream, VarInt};
use iroh_blobs::api::blobs::EncodedItem;
use n0_future::StreamExt;
use skein_swarm::Layout;
use tokio_util::sync::CancellationToken;

use super::receive::chunks;
use super::wire::Header;
use crate::blobs::store::{Store, hash};

/// They leave in the order in which they were begun; this many are told apart.
const TURNS: u64 = 1 << 30;
/// Groups that are given to the stream at once.
const BATCH: usize = 4;

/// What is to be sent, and to whom.
pub(super) struct Sending {
    pub(super) connection: Connection,
    pub(super) store: Arc<Store>,
    pub(super) header: Header,
    pub(super) layout: Layout,
    pub(super) stop: CancellationToken,
    /// How many streams were begun before it.
    pub(super) turn: u64,
}

impl Sending {
    /// Sends it; gives whether all of it was acknowledged.
    pub(super) async fn run(self) -> bool {
        let stop = self.stop.clone();
        let Some(Ok(mut stream)) = stop.run_until_cancelled(self.connection.open_uni()).await else { return false };
        let sent = stop.run_until_cancelled(self.write(&mut stream)).await;
        if sent != Some(Some(())) {
            stream.reset(VarInt::from_u32(0)).ok();
            return false;
        }
        matches!(stop.run_until_cancelled(stream.stopped()).await, Some(Ok(None)))
    }

    async fn write(&self, stream: &mut SendStream) -> Option<()> {
        let (first, count) = (self.header.piece, self.header.count);
        let (_, length) = self.layout.range_of(first, count);
        // One after the other: pieces that share the way end together, and then all wait together.
        stream.set_priority(-((self.turn % TURNS) as i32)).ok();
        stream.write_all(&self.header.encode()).await.ok()?;
        let ranges = chunks(self.layout, first, count);
        let items = self.store.api().export_bao(hash(self.header.file), ranges).stream();
        let mut items = std::pin::pin!(items);
        let mut batch =
            Batch { at_once: if self.store.steering.up.rate().is_some() { 1 } else { BATCH }, ..Batch::default() };
        let (mut left, mut left_out) = (length, self.header.left_out);
        let mut permit = Some(self.store.gives_out.acquire().await.ok()?);
        while let Some(item) = items.next().await {
            // It has begun.
            permit.take();
            match item {
                EncodedItem::Size(size) if size == self.layout.size() => (),
                EncodedItem::Size(_) | EncodedItem::Error(_) => return None,
                EncodedItem::Parent(_) if left_out > 0 => left_out -= 1,
                EncodedItem::Parent(parent) => {
                    batch.parents.extend_from_slice(parent.pair.0.as_bytes());
                    batch.parents.extend_from_slice(parent.pair.1.as_bytes());
                }
                EncodedItem::Leaf(leaf) => {
                    left = left.checked_sub(leaf.data.len() as u64)?;
                    batch.add(leaf.data);
                    if batch.is_full() || left == 0 {
                        self.store.steering.up.pass(batch.bytes).await;
                        stream.write_all_chunks(&mut batch.take()).await.ok()?;
                    }
                }
                EncodedItem::Done => break,
            }
        }
        (left == 0).then_some(())?;
        stream.finish().ok()
    }
}

/// What is given to the stream at once: groups, each with the hashes before it. With a limit, one group.
#[derive(Default)]
struct Batch {
    at_once: usize,
    parents: BytesMut,
    parts: Vec<Bytes>,
    groups: usize,
    bytes: u64,
}

impl Batch {
    fn add(&mut self, group: Bytes) {
        let parents = self.parents.split().freeze();
        self.bytes += (parents.len() + group.len()) as u64;
        self.parts.extend([parents, group].into_iter().filter(|part| !part.is_empty()));
        self.groups += 1;
    }

    fn is_full(&self) -> bool {
        self.groups >= self.at_once
    }

    fn take(&mut self) -> Vec<Bytes> {
        (self.groups, self.bytes) = (0, 0);
        std::mem::take(&mut self.parts)
    }
}
