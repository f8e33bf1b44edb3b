//! Every decoder that bytes from a peer, a browser or a file can reach, each with real encodings to start from.
//!
//! A decoder must refuse wrong bytes and never panic, hang, or take memory out of proportion. Its file also checks what
//! must hold of the bytes that it takes.

mod decoders;
mod scene;
#[cfg(test)]
mod tests;

/// One way by which foreign bytes come in.
pub struct Decoder {
    /// Its name on the command line and of its folder in `corpus/`.
    pub name: &'static str,
    /// Decodes; gives whether it took the bytes. Panics only if the decoder is wrong.
    pub decode: fn(&[u8]) -> bool,
    /// Real encodings, all of which are taken.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The longest input that is worth trying, in bytes.
    pub max_len: usize,
    /// Whether a whole node is made for each input: about a millisecond, so fewer are tried.
    pub heavy: bool,
}

/// All of them.
pub const DECODERS: &[Decoder] = decoders::ALL;

/// The decoder of this name.
pub fn by_name(name: &str) -> Option<&'static Decoder> {
    DECODERS.iter().find(|decoder| decoder.name == name)
}
