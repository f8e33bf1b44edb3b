//! The ids: 32 bytes each, told apart by type, shown as lower-case base32 without padding.
//!
//! An id is written as text for people and JSON, and as 32 raw bytes on the wire and in the store.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::{Config, TS};

/// What was wrong with the text of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is 52 letters and digits (a-z, 2-7)")]
pub struct IdError;

/// Shows bytes as lower-case base32 without padding.
pub(crate) fn to_text(bytes: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// Reads lower- or upper-case base32 without padding.
pub(crate) fn from_text<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let bytes = data_encoding::BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| IdError)?;
    bytes.try_into().map_err(|_| IdError)
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// All zero: "none yet" where a field must have a value.
            pub const ZERO: Self = Self([0; 32]);

            /// Takes 32 raw bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Takes a slice, if it has 32 bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The 32 raw bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The first ten characters: enough for a person to tell ids apart.
            pub fn short(&self) -> String {
                let mut text = self.to_string();
                text.truncate(10);
                text
            }

            /// The first eight bytes as a number: what look-up indexes hold.
            pub fn prefix(&self) -> i64 {
                let mut first = [0; 8];
                first.copy_from_slice(&self.0[..8]);
                i64::from_be_bytes(first)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&to_text(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                from_text(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = String::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; 32]>::deserialize(deserializer).map(Self)
                }
            }
        }

        /// For the page an id is text, as in all JSON.
        impl TS for $name {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn name(_: &Config) -> String {
                "string".into()
            }

            fn inline(_: &Config) -> String {
                "string".into()
            }
        }
    };
}

id_type! {
    /// A community: blake3 of its founding body.
    CommunityId
}
id_type! {
    /// A device: its ed25519 public key, which is also its address on the network.
    DeviceId
}
id_type! {
    /// A person in a community: the ed25519 public key of the member.
    MemberId
}
id_type! {
    /// An event: blake3 of the bytes of its body.
    EventId
}
id_type! {
    /// What an event is about: a channel, a share, the community itself.
    ObjectId
}
id_type! {
    /// blake3 of an event's payload.
    PayloadHash
}
id_type! {
    /// blake3 of a file's bytes, or of a folder's list.
    BlobHash
}

/// Hashes `parts` under a 32-byte domain tag, so that no hash of one kind can pass for another.
pub(crate) fn tagged(tag: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(tag);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

impl CommunityId {
    /// The community that this founding body founds.
    pub fn of_founding(body: &[u8]) -> Self {
        Self(tagged(b"skein community id, version 1   ", &[body]))
    }
}

impl EventId {
    /// The id of the event with this body, given as the exact bytes that were signed.
    pub fn of_body(body: &[u8]) -> Self {
        Self(tagged(b"skein event id, version 1       ", &[body]))
    }
}

impl ObjectId {
    /// The object that the event at `seq` of `author`'s log creates.
    pub fn created_by(community: &CommunityId, author: &DeviceId, seq: u64) -> Self {
        let seq = seq.to_be_bytes();
        Self(tagged(b"skein object id, version 1      ", &[&community.0, &author.0, &seq]))
    }
}

impl PayloadHash {
    /// The hash of a payload.
    pub fn of(payload: &[u8]) -> Self {
        Self(tagged(b"skein payload hash, version 1   ", &[payload]))
    }
}

/// The first and the last of ids' first eight bytes whose text begins with this one; `None` if no id does. Their order as
/// [`EventId::prefix`] is the same.
pub fn id_range(text: &str) -> Option<(u64, u64)> {
    if text.len() > 52 {
        return None;
    }
    let (mut low, mut bits) = (0_u128, 0);
    for c in text.bytes() {
        let digit = match c {
            b'a'..=b'z' => c - b'a',
            b'2'..=b'7' => c - b'2' + 26,
            _ => return None,
        };
        if bits < 64 {
            (low, bits) = (low << 5 | u128::from(digit), bits + 5);
        }
    }
    let rest = 128 - bits;
    let (low, high) = (low << rest, low << rest | ((1 << rest) - 1));
    Some(((low >> 64) as u64, (high >> 64) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = EventId::of_body(b"x");
        assert_eq!(id.to_string().parse::<EventId>(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<EventId>(), Ok(id));
        assert_eq!("abc".parse::<EventId>(), Err(IdError));
        assert_eq!("".parse::<EventId>(), Err(IdError));
    }

    #[test]
    fn kinds_of_hashes_differ_for_the_same_bytes() {
        let body = b"same";
        assert_ne!(EventId::of_body(body).0, PayloadHash::of(body).0);
        assert_ne!(EventId::of_body(body).0, CommunityId::of_founding(body).0);
    }

    #[test]
    fn the_range_of_a_prefix_holds_exactly_the_ids_that_begin_so() {
        for n in 0..=255_u8 {
            let id = EventId::of_body(&[n]);
            let text = id.to_string();
            for len in 1..=52 {
                let (low, high) = id_range(&text[..len]).expect("a prefix of an id");
                assert!((low as i64..=high as i64).contains(&id.prefix()), "{len} of {text}");
                if len <= 12 {
                    assert_eq!(high - low, u64::MAX >> (5 * len));
                }
                if len >= 13 {
                    assert_eq!(low, high);
                }
            }
        }
        assert_eq!(id_range("abc1"), None);
        assert_eq!(id_range(&"a".repeat(53)), None);
    }
}
