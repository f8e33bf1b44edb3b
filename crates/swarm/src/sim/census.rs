//! How much a swarm holds, for tests of its limits.

use crate::swarm::Swarm;

/// The largest of each thing that a neighbour could make grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Neighbours over all files.
    pub peers: usize,
    /// Neighbours of one file.
    pub neighbours: usize,
    /// Pieces of one file on order.
    pub orders: usize,
    /// Pieces that one neighbour asked for.
    pub wishes: usize,
    /// Pieces that one neighbour left to us.
    pub any: u32,
    /// Pieces being sent.
    pub sending: usize,
    /// Pieces that one neighbour got and has not confirmed.
    pub unconfirmed: usize,
    /// Neighbours that are not taken back.
    pub banned: usize,
    /// Bytes on order of all, counted twice over: by neighbour, and by order.
    pub bytes: (u64, u64),
}

impl Census {
    /// Counts.
    pub fn of(swarm: &Swarm) -> Self {
        let mut census = Self { peers: swarm.peers.len(), sending: swarm.sending.len(), ..Self::default() };
        census.banned = swarm.banned.len();
        census.bytes.0 = swarm.peers.values().map(|peer| peer.out_bytes).sum();
        for file in swarm.files.values() {
            census.neighbours = census.neighbours.max(file.neighbours.len());
            census.orders = census.orders.max(file.orders.len());
            census.bytes.1 += file.orders.iter().map(|order| file.layout.range(order.piece).1).sum::<u64>();
            for one in &file.neighbours {
                census.wishes = census.wishes.max(one.wishes.len());
                census.any = census.any.max(one.any_in);
                census.unconfirmed = census.unconfirmed.max(one.unconfirmed.len());
                census.bytes.1 += u64::from(one.any_out) * file.layout.piece();
            }
        }
        census
    }
}
