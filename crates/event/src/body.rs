//! The body of an event: everything that is signed, and its bytes.
//!
//! Bytes: one version byte, then the fields in order as postcard. A body is verified over the bytes as they were received;
//! it is never encoded again to be verified.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::Forged;
use crate::{CommunityId, DeviceId, EventId, ObjectId, PayloadHash, Tick};

/// The version of the format that this program writes.
pub const VERSION: u8 = 1;
/// The longest payload, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024;
/// The most heads of other logs that one event may name.
pub const MAX_DEPS: usize = 16;
/// The longest body, in bytes: all fields at their longest fit.
pub const MAX_BODY_BYTES: usize = 1024;
/// The longest name of an app, in bytes.
pub const MAX_APP_NAME_BYTES: usize = 15;

/// What is signed. `id = blake3(bytes)`, `signature = ed25519(id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Where it belongs; zero in the founding event, whose hash becomes the community's id.
    pub community: CommunityId,
    /// Whose log it is in.
    pub author: DeviceId,
    /// Its place in the author's log: 0, 1, 2 …
    pub seq: u64,
    /// The author's event before it; zero at seq 0.
    pub prev: EventId,
    /// Heads of other logs that the author had and that no earlier event of the author covers.
    pub deps: Vec<EventId>,
    /// Above the tick of `prev` and of every dep.
    pub tick: Tick,
    /// The app whose rules read the payload.
    pub app: AppName,
    /// What it is about.
    pub object: ObjectId,
    /// The hash of the payload, which travels beside the body and may be erased.
    pub payload: PayloadHash,
    /// The length of the payload in bytes.
    pub payload_len: u32,
}

impl Body {
    /// The bytes that are hashed, signed, sent and kept.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.reserve(256);
        postcard::to_extend(self, bytes).expect("a Body has no part that postcard cannot write")
    }

    /// Reads a body; checks its version and its limits, not its place in a log.
    pub fn decode(bytes: &[u8]) -> Result<Self, Forged> {
        if bytes.len() > MAX_BODY_BYTES {
            return Err(Forged::TooLong);
        }
        let (&version, rest) = bytes.split_first().ok_or(Forged::Unreadable)?;
        if version != VERSION {
            return Err(Forged::Version(version));
        }
        let (body, left): (Self, _) = postcard::take_from_bytes(rest).map_err(|_| Forged::Unreadable)?;
        if !left.is_empty() {
            return Err(Forged::Unreadable);
        }
        let fits = body.deps.len() <= MAX_DEPS && body.payload_len as usize <= MAX_PAYLOAD_BYTES;
        if fits { Ok(body) } else { Err(Forged::TooLong) }
    }
}

/// The name of an app: 1 to 15 of a-z, 0-9 and `-`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppName {
    len: u8,
    bytes: [u8; MAX_APP_NAME_BYTES],
}

impl AppName {
    /// Takes a name, if it is a proper one.
    pub fn new(name: &str) -> Option<Self> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.len() > MAX_APP_NAME_BYTES || !name.bytes().all(good) {
            return None;
        }
        let mut bytes = [0; MAX_APP_NAME_BYTES];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Some(Self { len: name.len() as u8, bytes })
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len as usize]).unwrap_or_default()
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppName({self})")
    }
}

impl Serialize for AppName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AppName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl serde::de::Visitor<'_> for Name {
            type Value = AppName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an app")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<AppName, E> {
                AppName::new(text).ok_or_else(|| E::custom("not the name of an app"))
            }
        }
        deserializer.deserialize_str(Name)
    }
}
