//! One file: what we have of it, who else has what, what is ordered of whom.

use crate::bits::Bits;
use crate::input::{Order, PeerId, Priority};
use crate::peer::Neighbour;
use crate::piece::Layout;

/// The most neighbours for one file; whoever comes after is not met.
pub const MAX_NEIGHBOURS: usize = 40;
/// The most pieces of one file on order.
pub const MAX_ORDERS: usize = 512;

/// A piece that was asked of somebody.
#[derive(Debug, Clone)]
pub(crate) struct Ordered {
    pub(crate) piece: u32,
    pub(crate) peer: PeerId,
    pub(crate) at_ms: u64,
    pub(crate) expect_ms: u64,
    pub(crate) started_ms: Option<u64>,
    pub(crate) moved_ms: u64,
    pub(crate) got: u64,
    pub(crate) urgent: bool,
    /// Whether it counts as asked by our own choice (and not by the neighbour's).
    pub(crate) own: bool,
}

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) layout: Layout,
    pub(crate) have: Bits,
    pub(crate) order: Order,
    pub(crate) priority: Priority,
    /// What we are called in this swarm.
    pub(crate) name: u64,
    /// Whether everything was here from the start.
    pub(crate) source: bool,
    /// How many of the neighbours have each piece, sources not counted.
    pub(crate) counts: Vec<u16>,
    /// Those whose count is not 0.
    pub(crate) lit: Bits,
    pub(crate) ordered: Bits,
    pub(crate) orders: Vec<Ordered>,
    /// Breaks ties, differently for everybody, and the same way for the pieces of a block.
    pub(crate) rank: Vec<u32>,
    /// How often each piece was sent to somebody who has not said to have it.
    pub(crate) pending: Vec<u16>,
    /// Who was first to get each piece from us, how many copies are to come of it, and when it began.
    pub(crate) origin: Vec<Option<(PeerId, u8, u64)>>,
    pub(crate) neighbours: Vec<Neighbour>,
    /// Pieces that the neighbours have not been told of.
    pub(crate) news: Vec<u32>,
    pub(crate) told_ms: u64,
    /// Bytes that were asked for twice.
    pub(crate) twice: u64,
}

impl File {
    pub(crate) fn new(layout: Layout, have: Bits, order: Order, priority: Priority, seed: u64) -> Self {
        let pieces = layout.pieces();
        let count = pieces as usize;
        Self {
            layout,
            name: mix(seed, u64::MAX),
            source: have.is_full(),
            have,
            order,
            priority,
            counts: vec![0; count],
            lit: Bits::none(pieces),
            ordered: Bits::none(pieces),
            orders: Vec::new(),
            rank: (0..pieces).map(|piece| mix(seed, u64::from(piece / layout.block())) as u32).collect(),
            pending: vec![0; count],
            origin: vec![None; count],
            neighbours: Vec::new(),
            news: Vec::new(),
            told_ms: 0,
            twice: 0,
        }
    }

    pub(crate) fn neighbour(&mut self, peer: PeerId) -> Option<&mut Neighbour> {
        self.neighbours.iter_mut().find(|neighbour| neighbour.peer == peer)
    }

    pub(crate) fn find(&self, peer: PeerId, piece: u32) -> Option<usize> {
        self.orders.iter().position(|order| order.piece == piece && order.peer == peer)
    }

    /// How many neighbours there are that have not everything: whoever gets a piece passes it on to them.
    pub(crate) fn takers(&self) -> usize {
        self.neighbours.iter().filter(|one| !one.source).count()
    }

    /// Whether pieces are still to be fetched.
    pub(crate) fn wants(&self) -> bool {
        !self.have.is_full() && self.priority != Priority::Off
    }

    /// Counts that a neighbour has a piece. Gives whether that was new.
    pub(crate) fn heard(&mut self, peer: PeerId, piece: u32) -> bool {
        let Some(neighbour) = self.neighbour(peer) else { return false };
        if !neighbour.have.set(piece) {
            return false;
        }
        neighbour.wishes.retain(|wish| wish.piece != piece);
        let source = neighbour.source;
        if !source {
            self.counts[piece as usize] += 1;
            self.lit.set(piece);
        }
        self.confirm(peer, piece);
        if let Some((origin, left, _)) = self.origin[piece as usize].as_mut()
            && *origin != peer
            && *left > 0
        {
            *left -= 1;
            let origin = *origin;
            if let Some(first) = self.neighbour(origin) {
                first.load = first.load.saturating_sub(1);
            }
        }
        true
    }

    /// A piece that was sent has come, or will not.
    pub(crate) fn confirm(&mut self, peer: PeerId, piece: u32) {
        let Some(neighbour) = self.neighbour(peer) else { return };
        if let Some(at) = neighbour.unconfirmed.iter().position(|other| *other == piece) {
            neighbour.unconfirmed.swap_remove(at);
            self.pending[piece as usize] = self.pending[piece as usize].saturating_sub(1);
        }
    }

    /// Forgets who was first to get a piece.
    pub(crate) fn forget_origin(&mut self, piece: u32) {
        if let Some((origin, left, _)) = self.origin[piece as usize].take()
            && let Some(first) = self.neighbour(origin)
        {
            first.load = first.load.saturating_sub(u32::from(left));
        }
    }

    /// Forgets a neighbour; what was ordered of it has been taken back before.
    pub(crate) fn forget(&mut self, peer: PeerId) {
        let Some(at) = self.neighbours.iter().position(|neighbour| neighbour.peer == peer) else { return };
        let gone = self.neighbours.remove(at);
        for piece in &gone.unconfirmed {
            self.pending[*piece as usize] = self.pending[*piece as usize].saturating_sub(1);
        }
        if !gone.source {
            for piece in gone.have.iter() {
                let count = &mut self.counts[piece as usize];
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.lit.clear(piece);
                }
            }
        }
        for origin in &mut self.origin {
            if origin.is_some_and(|(first, ..)| first == peer) {
                *origin = None;
            }
        }
    }

    /// How many copies of a piece are with the neighbours or on their way there.
    pub(crate) fn copies(&self, piece: u32) -> u16 {
        self.counts[piece as usize] + self.pending[piece as usize]
    }
}

/// Two numbers made into one that looks like chance (SplitMix64).
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_add(b.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
