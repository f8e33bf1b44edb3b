//! The two hashes that librqbit needs, in the shape in which it asks for them, made by crates that the house uses anyway.
//!
//! The crate that stands here otherwise takes OpenSSL or aws-lc: a second C library to build, for two old hash functions.

use sha1::Digest;

/// SHA-1, as librqbit calls it.
pub trait ISha1 {
    /// Nothing hashed yet.
    fn new() -> Self;
    /// Hashes more bytes.
    fn update(&mut self, bytes: &[u8]);
    /// The hash.
    fn finish(self) -> [u8; 20];
}

/// SHA-256, as librqbit calls it.
pub trait ISha256 {
    /// Nothing hashed yet.
    fn new() -> Self;
    /// Hashes more bytes.
    fn update(&mut self, bytes: &[u8]);
    /// The hash.
    fn finish(self) -> [u8; 32];
    /// The hash, under its other name.
    fn finish_id32(self) -> [u8; 32]
    where
        Self: Sized,
    {
        self.finish()
    }
}

/// SHA-1.
pub struct Sha1(sha1::Sha1);

impl ISha1 for Sha1 {
    fn new() -> Self {
        Self(sha1::Sha1::default())
    }

    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self) -> [u8; 20] {
        self.0.finalize().into()
    }
}

/// SHA-256.
pub struct Sha256(sha2::Sha256);

impl ISha256 for Sha256 {
    fn new() -> Self {
        Self(sha2::Sha256::default())
    }

    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_of_abc_are_those_of_the_standard() {
        let mut one = Sha1::new();
        one.update(b"a");
        one.update(b"bc");
        assert_eq!(one.finish()[..4], [0xa9, 0x99, 0x3e, 0x36]);
        let mut other = Sha256::new();
        other.update(b"abc");
        assert_eq!(other.finish_id32()[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
