//! How a file is cut into pieces: all of one size, a power of two times 16 KiB, the last one shorter.

/// What the store verifies at once: pieces are whole numbers of these.
pub const GROUP: u64 = 16 << 10;
/// The smallest piece.
pub const MIN_PIECE: u64 = 64 << 10;
/// The largest piece.
pub const MAX_PIECE: u64 = 4 << 20;
/// The most pieces of one file; a larger file is not shared by pieces ([`Layout::of`] gives `None`). 4 TiB.
pub const MAX_PIECES: u64 = 1 << 20;
/// The most pieces that leave together, one after the other: one stream, one order to the store, few wakes.
pub const MAX_TOGETHER: u32 = 16;
/// They do while they take so long at the rate of what carries them: whoever gets them passes them on only when they are whole.
const TOGETHER_MS: u64 = 8;
/// The same where there is nobody to pass them on to.
const TOGETHER_LAST_MS: u64 = 40;
/// Neighbouring pieces up to so many bytes are asked for one after the other; but a file has so many blocks of them at least.
const BLOCK: u64 = 1 << 20;
const BLOCKS: u64 = 32;
/// From this many pieces on, pieces grow rather than their number.
const MANY: u64 = 2_048;

/// The cut of one file. Follows from the size alone, so that nobody has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    size: u64,
    piece: u64,
}

impl Layout {
    /// The cut of a file of `size` bytes; `None` for an empty file and beyond [`MAX_PIECES`].
    pub fn of(size: u64) -> Option<Self> {
        let mut piece = MIN_PIECE;
        while piece < MAX_PIECE && size.div_ceil(piece) > MANY {
            piece *= 2;
        }
        Self::with_piece(size, piece)
    }

    /// A cut into pieces of `piece` bytes, for trying what another size does; `None` as for [`Layout::of`].
    pub fn with_piece(size: u64, piece: u64) -> Option<Self> {
        let fits = piece >= GROUP && piece.is_power_of_two() && size > 0 && size.div_ceil(piece) <= MAX_PIECES;
        fits.then_some(Self { size, piece })
    }

    /// How many pieces there are; at least one.
    pub fn pieces(&self) -> u32 {
        self.size.div_ceil(self.piece) as u32
    }

    /// The file's bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of every piece but the last.
    pub fn piece(&self) -> u64 {
        self.piece
    }

    /// Where a piece begins, and how many bytes it has; 0 for one that is not in the file.
    pub fn range(&self, index: u32) -> (u64, u64) {
        let start = (u64::from(index) * self.piece).min(self.size);
        (start, self.piece.min(self.size - start))
    }

    /// So many neighbouring pieces are asked for one after the other, so that they can leave together.
    pub(crate) fn block(&self) -> u32 {
        let most = (u64::from(self.pieces()) / BLOCKS).min(MAX_TOGETHER.into());
        (BLOCK / self.piece).min(most).max(1) as u32
    }

    /// The same for pieces that follow each other.
    pub fn range_of(&self, first: u32, count: u32) -> (u64, u64) {
        let start = self.range(first).0;
        (start, self.range(first.saturating_add(count)).0 - start)
    }

    /// How many pieces may go together at so many bytes a second, to somebody who passes them on or to the last.
    pub(crate) fn together(&self, rate: u64, last: bool) -> u32 {
        let most_ms = if last { TOGETHER_LAST_MS } else { TOGETHER_MS };
        (rate.saturating_mul(most_ms) / 1_000 / self.piece).clamp(1, u64::from(MAX_TOGETHER)) as u32
    }

    /// The bytes of a piece.
    pub(crate) fn len(&self, index: u32) -> u64 {
        self.range(index).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_file_without_gap_and_stay_within_the_limits() {
        for size in [1, GROUP, MIN_PIECE, MIN_PIECE + 1, 128 << 20, (128 << 20) + 5, 1 << 30, 1 << 40] {
            let layout = Layout::of(size).expect("within the limits");
            assert!((MIN_PIECE..=MAX_PIECE).contains(&layout.piece()));
            assert!(u64::from(layout.pieces()) <= MANY || layout.piece() == MAX_PIECE);
            let (start, len) = layout.range(layout.pieces() - 1);
            assert_eq!((start + len, len > 0), (size, true));
            assert_eq!(layout.range(layout.pieces()).1, 0);
            assert_eq!(layout.range(u32::MAX).1, 0);
        }
        assert_eq!(Layout::of(128 << 20).map(|layout| layout.piece()), Some(MIN_PIECE));
    }

    #[test]
    fn an_empty_file_and_one_beyond_all_measure_have_no_pieces() {
        assert_eq!(Layout::of(0), None);
        assert_eq!(Layout::of(MAX_PIECES * MAX_PIECE + 1), None);
        assert_eq!(Layout::of(u64::MAX), None);
    }
}
