//! Signing keys and signatures: ed25519, verified strictly and in one way only.
//!
//! Only 32-byte hashes with a domain tag are ever signed, so a signature of one kind cannot serve as another.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::{DeviceId, EventId, MemberId};

/// An ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes 64 raw bytes.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Takes a slice, if it has 64 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 64 raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// Whether `signer` signed `hash`. Strict (RFC 8032 with no small-order keys), so that all nodes agree.
    pub fn is_by(&self, signer: &[u8; 32], hash: &[u8; 32]) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(signer) else { return false };
        key.verify_strict(hash, &ed25519_dalek::Signature::from_bytes(&self.0)).is_ok()
    }

    /// Whether `author` signed the event `id`.
    pub fn signs(&self, author: &DeviceId, id: &EventId) -> bool {
        self.is_by(author.as_bytes(), id.as_bytes())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

impl Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (low, high) = self.0.split_at(32);
        (array(low), array(high)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (low, high) = <([u8; 32], [u8; 32])>::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&low);
        bytes[32..].copy_from_slice(&high);
        Ok(Self(bytes))
    }
}

fn array(half: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(half);
    bytes
}

/// The secret half of a device's, a member's or an invitation's key. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Takes the 32 secret bytes; where they come from is the caller's business.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&bytes))
    }

    /// The 32 secret bytes, for keeping.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The public half, as a device.
    pub fn device(&self) -> DeviceId {
        DeviceId::from_bytes(self.public())
    }

    /// The public half, as a member.
    pub fn member(&self) -> MemberId {
        MemberId::from_bytes(self.public())
    }

    /// A secret that only the holders of this key and of that one can work out: X25519 on both keys' other form. `None`:
    /// `public` is no proper key. Never to be used as it is: hash it with what it is for.
    pub fn shared_with(&self, public: &[u8; 32]) -> Option<[u8; 32]> {
        let theirs = VerifyingKey::from_bytes(public).ok().filter(|key| !key.is_weak())?;
        Some(theirs.to_montgomery().mul_clamped(self.0.to_scalar_bytes()).to_bytes())
    }

    /// Signs an event.
    pub fn sign(&self, id: &EventId) -> Signature {
        self.sign_hash(id.as_bytes())
    }

    /// Signs a hash made by [`statement`].
    pub fn sign_hash(&self, hash: &[u8; 32]) -> Signature {
        Signature(self.0.sign(hash).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {:?})", self.device())
    }
}

/// The hash of a statement other than an event: `what` is its fixed sentence, `parts` its 32-byte particulars.
pub fn statement(what: &'static str, parts: &[&[u8; 32]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(what);
    for part in parts {
        hasher.update(*part);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_share_a_secret_that_others_do_not() {
        let [ana, ben, cem] = [1, 2, 3].map(|n| SecretKey::from_bytes([n; 32]));
        assert_eq!(ana.shared_with(&ben.public()), ben.shared_with(&ana.public()));
        assert_ne!(ana.shared_with(&ben.public()), ana.shared_with(&cem.public()));
        assert_eq!(ana.shared_with(&[0; 32]), None, "a small-order key shares nothing");
        assert_eq!(ana.shared_with(&[2; 32]).is_some(), VerifyingKey::from_bytes(&[2; 32]).is_ok());
    }

    #[test]
    fn a_signature_holds_for_its_signer_and_its_event_only() {
        let (ana, ben) = (SecretKey::from_bytes([1; 32]), SecretKey::from_bytes([2; 32]));
        let (one, two) = (EventId::of_body(b"1"), EventId::of_body(b"2"));
        let signature = ana.sign(&one);
        assert!(signature.signs(&ana.device(), &one));
        assert!(!signature.signs(&ana.device(), &two));
        assert!(!signature.signs(&ben.device(), &one));
        assert!(!signature.signs(&DeviceId::ZERO, &one), "a small-order key signs nothing");
    }
}
