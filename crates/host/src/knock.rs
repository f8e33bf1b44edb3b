//! The boxes of a knock: sealed for one device each, and all of one size.
//!
//! A box is a fresh public key and what ChaCha20-Poly1305 makes of the words, under a key that both sides work out from that
//! key and the device's own (X25519). The key is used once, so the nonce can stay zero. The community and the sender are bound
//! in: a box that somebody copies into a knock of their own opens for nobody.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use skein_app::{KNOCK_BOX_BYTES, Kind, MAX_KNOCK_BOXES, Refusal};
use skein_event::{CommunityId, DeviceId, MemberId, SecretKey};

use crate::chance;

const PUBLIC: usize = 32;
const TAG: usize = 16;
/// The bytes inside: a length of two, the words, and zeros.
const INSIDE: usize = KNOCK_BOX_BYTES - PUBLIC - TAG;
/// The longest words, in bytes.
pub(crate) const MAX_WORDS: usize = INSIDE - 2;
/// Boxes come in fours, so that their number says little about how many devices somebody has.
const STEP: usize = 4;

/// Where a knock belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct From {
    pub community: CommunityId,
    pub sender: MemberId,
}

/// Seals words for each of these devices; devices beyond the sixteenth are left out.
///
/// # Errors
/// If the words are too long, none of the devices has a proper key, or the system gives no random numbers.
pub(crate) fn seal(from: &From, devices: &[DeviceId], words: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut boxes = Vec::new();
    for device in devices.iter().take(MAX_KNOCK_BOXES) {
        boxes.extend(seal_one(from, device, words)?);
    }
    if boxes.is_empty() {
        return Err(Refusal::new(Kind::NotFound, "this member has no device that could be told"));
    }
    while boxes.len() % STEP != 0 {
        // For nobody: its secret is forgotten at once.
        boxes.extend(seal_one(from, &chance::secret_key()?.device(), words)?);
    }
    Ok(boxes)
}

fn seal_one(from: &From, device: &DeviceId, words: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let fresh = chance::secret_key()?;
    let Some(key) = key(from, &fresh, device.as_bytes(), &fresh.public(), device) else { return Ok(None) };
    let length = u16::try_from(words.len()).ok().filter(|_| words.len() <= MAX_WORDS);
    let length = length.ok_or_else(|| Refusal::new(Kind::Limit, "this is too long for a knock"))?;
    let mut inside = [&length.to_be_bytes()[..], words].concat();
    inside.resize(INSIDE, 0);
    let sealed = ChaCha20Poly1305::new(&key).encrypt(&Nonce::default(), Payload { msg: &inside, aad: &[] });
    let sealed = sealed.map_err(|_| Refusal::new(Kind::Failed, "a knock could not be sealed"))?;
    Ok(Some([&fresh.public()[..], &sealed].concat()))
}

/// The words in a box, if it is for this device and from there.
pub(crate) fn open(from: &From, device: &SecretKey, sealed: &[u8]) -> Option<Vec<u8>> {
    if sealed.len() != KNOCK_BOX_BYTES {
        return None;
    }
    let (fresh, sealed) = sealed.split_first_chunk::<PUBLIC>()?;
    let key = key(from, device, fresh, fresh, &device.device())?;
    let inside = ChaCha20Poly1305::new(&key).decrypt(&Nonce::default(), Payload { msg: sealed, aad: &[] }).ok()?;
    let (length, words) = inside.split_first_chunk::<2>()?;
    words.get(..usize::from(u16::from_be_bytes(*length))).map(<[u8]>::to_vec)
}

/// What both sides work out. `None`: `theirs` is no key.
fn key(from: &From, own: &SecretKey, theirs: &[u8; 32], fresh: &[u8; 32], device: &DeviceId) -> Option<Key> {
    let mut hasher = blake3::Hasher::new_derive_key("skein 2026 knock: the key of one box");
    hasher.update(&own.shared_with(theirs)?).update(fresh).update(device.as_bytes());
    hasher.update(from.community.as_bytes()).update(from.sender.as_bytes());
    Some((*hasher.finalize().as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u8) -> SecretKey {
        SecretKey::from_bytes([n; 32])
    }

    fn from(community: u8, sender: u8) -> From {
        From { community: CommunityId::from_bytes([community; 32]), sender: MemberId::from_bytes([sender; 32]) }
    }

    #[test]
    fn each_named_device_reads_it_and_nobody_else() {
        let devices = [device(1).device(), device(2).device()];
        let boxes = seal(&from(1, 1), &devices, b"words").expect("is sealed");
        assert_eq!(boxes.len(), 4, "two are for nobody");
        assert!(boxes.iter().all(|sealed| sealed.len() == KNOCK_BOX_BYTES));
        let opens =
            |own: &SecretKey, from| boxes.iter().filter_map(|sealed| open(&from, own, sealed)).collect::<Vec<_>>();
        for own in [device(1), device(2)] {
            assert_eq!(opens(&own, from(1, 1)), [b"words"]);
        }
        assert!(opens(&device(3), from(1, 1)).is_empty(), "another device");
        assert!(opens(&device(1), from(2, 1)).is_empty(), "copied into another community");
        assert!(opens(&device(1), from(1, 2)).is_empty(), "copied by somebody else");
    }

    #[test]
    fn whatever_is_no_box_opens_to_nothing() {
        let good = seal(&from(1, 1), &[device(1).device()], b"words").expect("is sealed").remove(0);
        for at in [0, 31, 32, 100, KNOCK_BOX_BYTES - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(open(&from(1, 1), &device(1), &bad), None, "changed at {at}");
        }
        for bad in [vec![], vec![0; KNOCK_BOX_BYTES], vec![0xff; KNOCK_BOX_BYTES], good[1..].to_vec()] {
            assert_eq!(open(&from(1, 1), &device(1), &bad), None);
        }
    }

    #[test]
    fn what_cannot_be_sealed_is_refused() {
        assert!(seal(&from(1, 1), &[device(1).device()], &[0; MAX_WORDS]).is_ok());
        assert!(seal(&from(1, 1), &[device(1).device()], &[0; MAX_WORDS + 1]).is_err());
        assert!(seal(&from(1, 1), &[DeviceId::ZERO], b"x").is_err(), "a small-order key");
        let crowd: Vec<DeviceId> = (1..=30).map(|n| device(n).device()).collect();
        assert_eq!(seal(&from(1, 1), &crowd, b"x").expect("is sealed").len(), MAX_KNOCK_BOXES);
    }
}
