//! Which pieces somebody has: a set of small numbers, and its short form on the wire.

use serde::{Deserialize, Serialize};

/// A set of piece numbers below a fixed bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: u32,
    ones: u32,
}

/// A set on the wire: whichever form is shortest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wire {
    /// Every piece.
    All,
    /// Lengths of runs in turn: missing, there, missing, …; what follows the last is missing.
    Runs(Vec<u32>),
    /// Words of 64 pieces, the lowest bit first.
    Words(Vec<u64>),
}

impl Bits {
    /// Nothing of `len` pieces.
    pub fn none(len: u32) -> Self {
        Self { words: vec![0; len.div_ceil(64) as usize], len, ones: 0 }
    }

    /// All of `len` pieces.
    pub fn all(len: u32) -> Self {
        let mut bits = Self { words: vec![u64::MAX; len.div_ceil(64) as usize], len, ones: len };
        if let (Some(last), tail @ 1..) = (bits.words.last_mut(), len % 64) {
            *last = (1 << tail) - 1;
        }
        bits
    }

    /// How many pieces there could be.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.ones == 0
    }

    /// How many are there.
    pub fn ones(&self) -> u32 {
        self.ones
    }

    /// Whether all are there.
    pub fn is_full(&self) -> bool {
        self.ones == self.len
    }

    /// Whether this one is there; never for one beyond the bound.
    pub fn has(&self, index: u32) -> bool {
        index < self.len && self.words[(index / 64) as usize] >> (index % 64) & 1 == 1
    }

    /// Puts one in; whether that changed something. One beyond the bound changes nothing.
    pub fn set(&mut self, index: u32) -> bool {
        let new = index < self.len && !self.has(index);
        if new {
            self.words[(index / 64) as usize] |= 1 << (index % 64);
            self.ones += 1;
        }
        new
    }

    /// Takes one out; whether that changed something.
    pub fn clear(&mut self, index: u32) -> bool {
        let was = self.has(index);
        if was {
            self.words[(index / 64) as usize] &= !(1 << (index % 64));
            self.ones -= 1;
        }
        was
    }

    /// Whether any of these is there.
    pub fn any_in(&self, range: std::ops::Range<u32>) -> bool {
        let (from, to) = (range.start as usize / 64, self.words.len().min((range.end as usize).div_ceil(64)));
        self.words.get(from..to).unwrap_or_default().iter().zip(from as u32..).any(|(word, at)| {
            let base = at * 64;
            let low = u64::MAX << range.start.saturating_sub(base);
            let high = 1_u64.checked_shl(range.end - base).map_or(u64::MAX, |bit| bit - 1);
            word & low & high != 0
        })
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Every piece that is there, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| each(at, *word))
    }

    /// The short form.
    pub fn wire(&self) -> Wire {
        if self.is_full() {
            return Wire::All;
        }
        let mut runs = Vec::new();
        let (mut there, mut since) = (false, 0);
        for index in 0..self.len {
            if self.has(index) != there {
                runs.push(index - since);
                (there, since) = (!there, index);
                // A number takes about two bytes, a word about nine.
                if runs.len() > self.words.len() * 4 {
                    return Wire::Words(self.words.clone());
                }
            }
        }
        if there {
            runs.push(self.len - since);
        }
        Wire::Runs(runs)
    }

    /// Reads a short form for a file of `len` pieces; `None` if it does not fit.
    pub fn read(wire: &Wire, len: u32) -> Option<Self> {
        match wire {
            Wire::All => Some(Self::all(len)),
            Wire::Runs(runs) => {
                let mut bits = Self::none(len);
                let mut at = 0u32;
                for (turn, run) in runs.iter().enumerate() {
                    let end = at.checked_add(*run).filter(|end| *end <= len && (*run > 0 || turn == 0))?;
                    if turn % 2 == 1 {
                        (at..end).for_each(|index| {
                            bits.set(index);
                        });
                    }
                    at = end;
                }
                Some(bits)
            }
            Wire::Words(words) => {
                let all = Self::all(len);
                let fits = words.len() == all.words.len() && words.iter().zip(&all.words).all(|(a, b)| a & !b == 0);
                let ones = words.iter().map(|word| word.count_ones()).sum();
                fits.then(|| Self { words: words.clone(), len, ones })
            }
        }
    }
}

/// The numbers of the bits in one word.
pub(crate) fn each(at: usize, mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let low = (word != 0).then(|| word.trailing_zeros())?;
        word &= word - 1;
        Some(at as u32 * 64 + low)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_comes_back_from_its_short_form() {
        for len in [1, 63, 64, 65, 1_000] {
            for step in [1, 2, 3, 7, 64, 999] {
                let mut bits = Bits::none(len);
                for index in (0..len).step_by(step as usize) {
                    bits.set(index);
                }
                assert_eq!(Bits::read(&bits.wire(), len), Some(bits.clone()));
                assert_eq!(bits.iter().count(), bits.ones() as usize);
            }
            assert_eq!(Bits::read(&Bits::none(len).wire(), len), Some(Bits::none(len)));
            assert_eq!(Bits::all(len).wire(), Wire::All);
        }
    }

    #[test]
    fn a_short_form_that_does_not_fit_is_refused() {
        for wire in [
            Wire::Runs(vec![0, 101]),
            Wire::Runs(vec![1, u32::MAX]),
            Wire::Runs(vec![1, 0, 0, 0, 1]),
            Wire::Words(vec![1]),
            Wire::Words(vec![0, u64::MAX]),
        ] {
            assert_eq!(Bits::read(&wire, 100), None, "{wire:?}");
        }
    }
}
