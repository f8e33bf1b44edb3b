//! What was checked on its way to the store: in runs, the hashes before the bytes that they prove.
//!
//! The store checks nothing of this again: nothing may be given to it here that was not checked. It takes few orders about one
//! file at a time ([`STORE_AT_ONCE`]), so that no order is open while the network is waited for.

use std::sync::Arc;
use std::vec::IntoIter;

use bao_tree::io::{BaoContentItem, Leaf, Parent};
use bytes::BytesMut;
use iroh_blobs::api::blobs::ImportBaoOptions;
use skein_event::BlobHash;
use skein_swarm::Layout;

use super::Outcome;
use super::path::{PAIR, Pair, Span, Upper};
use crate::blobs::store::{Store, hash};

/// What the store is given at once.
pub(super) const RUN: usize = 256 << 10;
/// Runs that the store takes in at once, and again as many pieces that it begins to give out: it refuses more than 32 orders.
pub(crate) const STORE_AT_ONCE: usize = 12;

/// What was checked, and is not with the store yet.
pub(super) struct Run {
    store: Arc<Store>,
    file: BlobHash,
    layout: Layout,
    upper: Arc<Upper>,
    /// The nodes that are still to come.
    nodes: IntoIter<Option<Span>>,
    /// Those of them that came, are remembered, and not known yet.
    new: Vec<(Span, Pair)>,
    parents: Vec<Parent>,
    start: u64,
    data: BytesMut,
}

impl Run {
    pub(super) fn new(
        store: Arc<Store>,
        file: BlobHash,
        layout: Layout,
        upper: Arc<Upper>,
        nodes: Vec<Option<Span>>,
    ) -> Self {
        let (nodes, new, parents, data) = (nodes.into_iter(), Vec::new(), Vec::new(), BytesMut::new());
        Self { store, file, layout, upper, nodes, new, parents, start: 0, data }
    }

    /// Adds a node. What the store has already is not written again.
    pub(super) fn add_parent(&mut self, parent: Parent) {
        let span = self.nodes.next().flatten();
        if span.is_some_and(|span| self.upper.has(&span)) {
            return;
        }
        self.new.extend(span.map(|span| (span, pair(&parent))));
        self.parents.push(parent);
    }

    /// Adds a group; it follows the one before. Gives whether all is with the store now.
    pub(super) async fn add(&mut self, leaf: Leaf) -> Result<bool, Outcome> {
        if self.data.is_empty() {
            self.start = leaf.offset;
            self.data.reserve(RUN);
        }
        self.data.extend_from_slice(&leaf.data);
        let full = self.data.len() >= RUN;
        if full {
            self.keep().await?;
        }
        Ok(full)
    }

    /// Gives it to the store: the hashes first, then all groups as one leaf, which is one write instead of sixteen.
    pub(super) async fn keep(&mut self) -> Result<(), Outcome> {
        if self.data.is_empty() {
            return Ok(());
        }
        let data = self.data.split().freeze();
        let parents = std::mem::take(&mut self.parents).into_iter().map(BaoContentItem::Parent);
        let leaf = Leaf { offset: self.start, data: data.clone() };
        let items = parents.chain([BaoContentItem::Leaf(leaf)]);
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
        kept.map_err(|error| failed(format!("{error:#}")))?;
        self.upper.learn(self.new.drain(..));
        self.store.early.give(self.file, self.start, &data);
        Ok(())
    }
}

fn pair(parent: &Parent) -> Pair {
    let mut pair = [0; PAIR];
    pair[..PAIR / 2].copy_from_slice(parent.pair.0.as_bytes());
    pair[PAIR / 2..].copy_from_slice(parent.pair.1.as_bytes());
    pair
}
