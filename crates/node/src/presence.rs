//! Presence records: a device's own signed word on where it can be found. Members carry them for one another.

use serde::{Deserialize, Serialize};
use skein_event::{DeviceId, SecretKey, Signature};

use crate::frame::MAX_PRESENCE_BYTES;

/// The most addresses in one record.
const MAX_ADDRESSES: usize = 16;
/// The sentence that a record's signature is about.
const STATEMENT: &str = "skein 2026 presence: this device can be found at these addresses";

/// Where a device can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Which device.
    pub device: DeviceId,
    /// Its addresses, as text that the network layer reads.
    pub addresses: Vec<String>,
    /// When it said so, in milliseconds since 1970 by its own clock.
    pub at_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct Signed {
    presence: Presence,
    signature: Signature,
}

impl Presence {
    /// Signs the record of this device; addresses beyond 16 are left out.
    pub fn sign(key: &SecretKey, mut addresses: Vec<String>, at_ms: u64) -> Vec<u8> {
        addresses.truncate(MAX_ADDRESSES);
        let presence = Self { device: key.device(), addresses, at_ms };
        let signature = key.sign_hash(&presence.hash());
        postcard::to_stdvec(&Signed { presence, signature }).expect("a record has no part that postcard cannot write")
    }

    /// Reads a record and checks its signature.
    pub fn open(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_PRESENCE_BYTES {
            return None;
        }
        let Signed { presence, signature } = postcard::from_bytes(bytes).ok()?;
        let good =
            presence.addresses.len() <= MAX_ADDRESSES && signature.is_by(presence.device.as_bytes(), &presence.hash());
        good.then_some(presence)
    }

    fn hash(&self) -> [u8; 32] {
        let bytes = postcard::to_stdvec(self).expect("a record has no part that postcard cannot write");
        skein_event::statement(STATEMENT, &[skein_event::PayloadHash::of(&bytes).as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_its_devices_own() {
        let key = SecretKey::from_bytes([3; 32]);
        let bytes = Presence::sign(&key, vec!["127.0.0.1:1".into()], 5);
        let record = Presence::open(&bytes).expect("opens");
        assert_eq!((record.device, record.at_ms), (key.device(), 5));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Presence::open(&changed).is_none_or(|other| other == record), "byte {at} may not be changed");
        }
        assert_eq!(Presence::open(&[0; 4000]), None);
    }
}
