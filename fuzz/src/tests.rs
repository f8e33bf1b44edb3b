//! What holds of every decoder, on every run of the tests, without a fuzzer.

use std::fs;
use std::path::Path;

use super::*;

#[test]
fn every_seed_is_a_real_encoding() {
    for Decoder { name, decode, seeds, max_len, .. } in DECODERS {
        let seeds = seeds();
        assert!(!seeds.is_empty(), "{name} has no seed");
        for (number, seed) in seeds.iter().enumerate() {
            assert!(decode(seed), "{name} does not take its seed {number}");
            assert!(seed.len() <= *max_len, "{name}: its seed {number} is longer than what is tried");
        }
    }
}

/// Everything that is one step away from a real encoding: what a fuzzer would need luck to hit, tried whole.
#[test]
fn no_neighbour_of_a_seed_makes_a_decoder_panic() {
    for Decoder { decode, seeds, heavy, .. } in DECODERS {
        let step = if *heavy { 101 } else { 1 };
        for seed in seeds() {
            neighbours(&seed).step_by(step).for_each(|input| {
                decode(&input);
            });
        }
    }
}

/// At each place of the first bytes: cut, one byte less, an id more, each bit turned, the extremes.
fn neighbours(seed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..seed.len().min(400)).flat_map(move |at| {
        let (before, after) = seed.split_at(at);
        let shapes = [before.to_vec(), [before, &after[1..]].concat(), [before, &[0; 32], after].concat()];
        let byte = seed[at];
        let bits = (0..8).map(move |bit| byte ^ (1 << bit));
        let values = bits.chain([0, u8::MAX, byte.wrapping_add(1), byte.wrapping_sub(1)]);
        shapes.into_iter().chain(values.map(move |value| [before, &[value], &after[1..]].concat()))
    })
}

/// `corpus/` holds what a fuzzer once found: it must never again make a decoder panic.
#[test]
fn what_was_found_once_stays_mended() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for Decoder { name, decode, .. } in DECODERS {
        for entry in fs::read_dir(corpus.join(name)).into_iter().flatten() {
            let path = entry.expect("a readable folder").path();
            decode(&fs::read(&path).expect("a readable file"));
        }
    }
}
