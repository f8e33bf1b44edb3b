//! The way from a file's root down to a piece, in the file's hash tree: nobody needs the same part of it twice.
//!
//! Every piece is proved by the hashes above it, most of which prove others, too. Whoever said "I have these now" of a piece
//! has the hashes above that one: they are left out of what it is sent next, and it puts them back itself before it checks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::{BufMut, BytesMut};
use skein_swarm::{Bits, GROUP, Layout};

/// Of the way down, only so many nodes are remembered and left out: 16,383 nodes of a file at most, about 2 MB.
const DEPTH: usize = 14;
/// Two hashes.
pub(super) const PAIR: usize = 64;

/// A node, by the pieces below it: the first, and the one after the last.
pub(super) type Span = (u32, u32);
/// What a node is made of: the hashes of its two children.
pub(super) type Pair = [u8; PAIR];

/// The nodes above a piece that are remembered, from the root down.
pub(super) fn above(layout: Layout, piece: u32) -> Vec<Span> {
    nodes(layout, piece, 1).into_iter().flatten().collect()
}

/// The nodes of the tree in the order in which they come with these pieces; `None` for one that is not remembered. BLAKE3's
/// tree: the left side is the largest power of two that leaves something.
pub(super) fn nodes(layout: Layout, first: u32, count: u32) -> Vec<Option<Span>> {
    let mut nodes = Vec::new();
    let mut rest = vec![(0, layout.pieces(), 0)];
    while let Some((start, end, depth)) = rest.pop() {
        if start >= first + count || end <= first {
            continue;
        }
        if end - start == 1 {
            let groups = layout.range(start).1.div_ceil(GROUP);
            nodes.extend((1..groups).map(|_| None));
            continue;
        }
        nodes.push((depth < DEPTH).then_some((start, end)));
        let middle = start + (end - start).next_power_of_two() / 2;
        rest.extend([(middle, end, depth + 1), (start, middle, depth + 1)]);
    }
    nodes
}

/// How much of the way down to a piece somebody has who has these pieces.
pub(super) fn known(layout: Layout, piece: u32, has: &Bits) -> u8 {
    let way = above(layout, piece);
    way.iter().take_while(|(first, end)| has.any_in(*first..*end)).count() as u8
}

/// What was checked of the upper part of a file's tree.
#[derive(Default)]
pub(super) struct Upper(Mutex<HashMap<Span, Pair>>);

impl Upper {
    /// The hashes of these nodes, as they would have been sent; `None` if one of them is not known.
    pub(super) fn pairs(&self, way: &[Option<Span>]) -> Option<BytesMut> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = BytesMut::with_capacity(way.len() * PAIR);
        for span in way {
            bytes.put_slice(known.get(span.as_ref()?)?);
        }
        Some(bytes)
    }

    /// Whether this node is known.
    pub(super) fn has(&self, span: &Span) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(span)
    }

    /// Remembers what was checked and is with the store.
    pub(super) fn learn(&self, nodes: impl IntoIterator<Item = (Span, Pair)>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(nodes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_down_is_that_of_the_tree() {
        let layout = |pieces: u64| Layout::with_piece(pieces << 16, 1 << 16).expect("within the limits");
        assert_eq!(above(layout(1), 0), []);
        assert_eq!(above(layout(2), 1), [(0, 2)]);
        assert_eq!(above(layout(5), 1), [(0, 5), (0, 4), (0, 2)]);
        assert_eq!(above(layout(5), 4), [(0, 5)]);
        assert_eq!(above(layout(7), 6), [(0, 7), (4, 7)]);
        assert_eq!(above(layout(2048), 2047).len(), 11);
    }

    #[test]
    fn nodes_come_from_the_root_down_and_from_the_left_to_the_right() {
        let layout = |bytes: u64| Layout::with_piece(bytes, 1 << 16).expect("within the limits");
        let of = |bytes, first, count| nodes(layout(bytes), first, count);
        assert_eq!(of(1, 0, 1), []);
        let within = [None; 3];
        assert_eq!(of(2 << 16, 1, 1), [&[Some((0, 2))], &within[..]].concat());
        assert_eq!(of(2 << 16, 0, 2), [&[Some((0, 2))], &within[..], &within[..]].concat());
        let way = |spans: &[Span]| spans.iter().copied().map(Some).collect::<Vec<_>>();
        let two = [&way(&[(0, 5), (0, 4), (2, 4)])[..], &within[..], &way(&[])[..]].concat();
        assert_eq!(of((4 << 16) + 1, 3, 2), two, "the last piece is one group: no node within");
        // As many as the encoding of the whole file has: one less than groups.
        for bytes in [3 << 16, (7 << 16) + 5, (100 << 16) - 40_000] {
            let all = of(bytes, 0, layout(bytes).pieces());
            assert_eq!(all.len() as u64, bytes.div_ceil(GROUP) - 1);
        }
        // The first of them are the way down to the first piece.
        let way_down = above(layout(200 << 16), 77);
        let first: Vec<_> = of(200 << 16, 77, 9).into_iter().take(way_down.len()).collect();
        assert_eq!(first, way(&way_down));
        let deep = Layout::of(4 << 40).expect("within the limits");
        assert_eq!(nodes(deep, 5, 1).iter().flatten().count(), DEPTH);
    }

    #[test]
    fn who_has_a_piece_has_the_way_to_it_and_no_more() {
        let layout = Layout::with_piece(200 << 16, 1 << 16).expect("within the limits");
        let mut has = Bits::none(200);
        assert_eq!(known(layout, 7, &has), 0);
        for other in [0, 6, 63, 64, 127, 128, 191, 199] {
            has = Bits::none(200);
            has.set(other);
            for piece in 0..200 {
                let theirs = above(layout, other);
                let common = above(layout, piece).iter().filter(|span| theirs.contains(span)).count();
                assert_eq!(usize::from(known(layout, piece, &has)), common, "{other} {piece}");
            }
        }
        let deep = Layout::of(4 << 40).expect("within the limits");
        assert_eq!(usize::from(known(deep, 8, &Bits::all(deep.pieces()))), DEPTH);
    }

    #[test]
    fn hashes_come_back_in_order_or_not_at_all() {
        let upper = Upper::default();
        let way = [Some((0, 4)), Some((0, 2))];
        assert_eq!(upper.pairs(&way), None);
        upper.learn([((0, 4), [1; PAIR]), ((0, 2), [2; PAIR])]);
        assert_eq!(upper.pairs(&way).map(|bytes| bytes.to_vec()), Some([[1; PAIR], [2; PAIR]].concat()));
        assert_eq!(upper.pairs(&[Some((0, 4)), Some((2, 4))]), None);
        assert_eq!(upper.pairs(&[None]), None, "what is not remembered cannot be left out");
        assert!(upper.has(&(0, 2)) && !upper.has(&(2, 4)));
    }
}
