//! Where two devices of one person meet before the new one has the person's key.
//!
//! The old device makes a secret that is good once. Both derive from it the name of a place that only they know; the
//! connection proves to each which device the other is, and the new one signs with the secret. The person's key is sent
//! over that connection only, and to the first device that proved the secret only.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use skein_event::{CommunityId, DeviceId, SecretKey, Signature, statement};
use skein_net::{NetEvent, Opening};
use tokio::sync::mpsc;

use crate::chance::now_ms;
use crate::link::{DeviceLink, Entry, MAX_ADDRESSES, MAX_ENTRIES};

/// How many links may be open at once.
const MAX_OFFERS: usize = 4;
/// The most communities that are handed on.
pub(crate) const MAX_COMMUNITIES: usize = 256;
/// The new device's word that it has everything.
const THANKS: &[u8] = b"thanks";

/// What the old device gives to the new one.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Gift {
    /// The person's secret key.
    pub member: [u8; 32],
    /// The person's name as used last.
    pub name: String,
    pub communities: Vec<Given>,
}

/// A community to come into.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Given {
    pub community: CommunityId,
    pub name: String,
    pub entries: Vec<Entry>,
}

/// A link that this device made.
struct Offer {
    public: [u8; 32],
    expires_ms: u64,
    me: DeviceId,
    /// Empty once it was taken.
    gift: Vec<u8>,
    /// The device that proved the secret: from then on no other.
    taker: Option<DeviceId>,
}

#[derive(Default)]
struct Inner {
    offers: HashMap<CommunityId, Offer>,
    /// Places where this device waits for the other one.
    visits: HashMap<CommunityId, (DeviceId, mpsc::Sender<Vec<u8>>)>,
}

/// All meeting places.
#[derive(Default)]
pub(crate) struct Lobby(Mutex<Inner>);

/// What the loop is to do.
pub(crate) enum Act {
    Nothing,
    Send(Vec<u8>),
    HangUp(&'static str),
}

impl Lobby {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a place for the holder of this secret; the oldest makes room.
    pub fn offer(&self, secret: &SecretKey, me: DeviceId, expires_ms: u64, gift: &Gift) {
        let mut inner = self.lock();
        inner.offers.retain(|_, offer| offer.expires_ms > now_ms());
        if inner.offers.len() >= MAX_OFFERS
            && let Some(oldest) = inner.offers.iter().min_by_key(|(_, offer)| offer.expires_ms).map(|(place, _)| *place)
        {
            inner.offers.remove(&oldest);
        }
        let gift = postcard::to_stdvec(gift).expect("a gift has no part that postcard cannot write");
        let public = secret.public();
        inner.offers.insert(place(&public), Offer { public, expires_ms, me, gift, taker: None });
    }

    /// Waits at the place of this link: what arrives goes to `inbox`. Gives the place and what to show there.
    pub fn visit(&self, link: &DeviceLink, me: DeviceId, inbox: mpsc::Sender<Vec<u8>>) -> (CommunityId, Vec<u8>) {
        let secret = SecretKey::from_bytes(link.secret);
        let place = place(&secret.public());
        self.lock().visits.insert(place, (link.entry.device, inbox));
        let proof = secret.sign_hash(&proof_hash(&me, &link.entry.device));
        (place, proof.as_bytes().to_vec())
    }

    /// Waits no longer.
    pub fn leave(&self, place: &CommunityId) {
        self.lock().visits.remove(place);
    }

    /// The door's answer, if it is asked about a meeting place.
    pub fn opens(&self, device: DeviceId, community: CommunityId, pass: Option<&[u8]>) -> Option<Opening> {
        let mut inner = self.lock();
        if let Some((expected, _)) = inner.visits.get(&community) {
            let no = || Opening::Refused("?this is not for you".into());
            return Some(if *expected == device { Opening::Member } else { no() });
        }
        let offer = inner.offers.get_mut(&community)?;
        let no = |why: &str| Some(Opening::Refused(format!("!{why}")));
        if offer.expires_ms <= now_ms() {
            return no("this link has expired");
        }
        if offer.gift.is_empty() || offer.taker.is_some_and(|taker| taker != device) {
            return no("this link was used already");
        }
        let signature = pass.and_then(Signature::from_slice);
        if !signature.is_some_and(|signature| signature.is_by(&offer.public, &proof_hash(&device, &offer.me))) {
            return no("this link is not genuine");
        }
        offer.taker = Some(device);
        Some(Opening::Guest)
    }

    /// What came from the network about a meeting place.
    pub fn hear(&self, event: NetEvent) -> Act {
        let mut inner = self.lock();
        match event {
            NetEvent::Up { device, community, .. } => match inner.offers.get(&community) {
                Some(offer) if offer.taker == Some(device) && !offer.gift.is_empty() => Act::Send(offer.gift.clone()),
                None if inner.visits.contains_key(&community) => Act::Nothing,
                _ => Act::HangUp("there is nothing to talk about here"),
            },
            NetEvent::Frame { device, community, bytes } => {
                let offer = inner.offers.get_mut(&community);
                if let Some(offer) = offer.filter(|offer| offer.taker == Some(device) && bytes == THANKS) {
                    offer.gift = Vec::new();
                    return Act::HangUp("done");
                }
                if let Some((expected, inbox)) = inner.visits.get(&community)
                    && *expected == device
                {
                    inbox.try_send(bytes).ok(); // one gift is enough: more has no place in the queue
                }
                Act::Nothing
            }
            NetEvent::Refused { community, why, .. } => {
                if let Some((_, inbox)) = inner.visits.get(&community)
                    && why.starts_with('!')
                {
                    inbox.try_send(Vec::new()).ok(); // an empty frame stands for a final no
                }
                Act::Nothing
            }
            NetEvent::Down { .. } => Act::Nothing,
        }
    }
}

/// What the new device says when it has everything.
pub(crate) fn thanks() -> Vec<u8> {
    THANKS.to_vec()
}

impl Gift {
    /// Reads what the other device gave, within limits.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (gift, left) = postcard::take_from_bytes::<Self>(bytes).ok()?;
        let fits = |given: &Given| {
            given.entries.len() <= MAX_ENTRIES && given.entries.iter().all(|e| e.addresses.len() <= MAX_ADDRESSES)
        };
        let good = left.is_empty() && gift.communities.len() <= MAX_COMMUNITIES && gift.communities.iter().all(fits);
        good.then_some(gift)
    }
}

fn place(public: &[u8; 32]) -> CommunityId {
    CommunityId::from_bytes(statement(
        "skein 2026 device link: the place where two devices of one person meet",
        &[public],
    ))
}

fn proof_hash(new: &DeviceId, old: &DeviceId) -> [u8; 32] {
    statement("skein 2026 device link: this device holds the secret of the link", &[new.as_bytes(), old.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 32])
    }

    fn offer(lobby: &Lobby, secret: &SecretKey, expires_ms: u64) -> CommunityId {
        let gift = Gift { member: [9; 32], name: "Ana".into(), communities: vec![] };
        lobby.offer(secret, device(1), expires_ms, &gift);
        place(&secret.public())
    }

    fn pass(secret: &SecretKey, new: DeviceId) -> Vec<u8> {
        secret.sign_hash(&proof_hash(&new, &device(1))).as_bytes().to_vec()
    }

    #[test]
    fn the_gift_goes_to_the_first_device_that_proves_the_secret_and_to_no_other() {
        let lobby = Lobby::default();
        let secret = SecretKey::from_bytes([5; 32]);
        let place = offer(&lobby, &secret, u64::MAX);
        let opens = |new: DeviceId, pass: Option<Vec<u8>>| lobby.opens(new, place, pass.as_deref());
        assert!(matches!(opens(device(2), None), Some(Opening::Refused(_))));
        let stolen = pass(&secret, device(2));
        assert!(matches!(opens(device(3), Some(stolen)), Some(Opening::Refused(_))), "a proof is for one device");
        let other = pass(&SecretKey::from_bytes([6; 32]), device(2));
        assert!(matches!(opens(device(2), Some(other)), Some(Opening::Refused(_))));
        let up = |device| NetEvent::Up { device, community: place, guest: true };
        assert!(matches!(lobby.hear(up(device(2))), Act::HangUp(_)), "nobody has proved anything yet");
        assert_eq!(opens(device(2), Some(pass(&secret, device(2)))), Some(Opening::Guest));
        assert!(matches!(opens(device(3), Some(pass(&secret, device(3)))), Some(Opening::Refused(_))), "it is taken");
        assert!(matches!(lobby.hear(up(device(3))), Act::HangUp(_)));
        assert!(matches!(lobby.hear(up(device(2))), Act::Send(_)));
        let thanks = |device| NetEvent::Frame { device, community: place, bytes: thanks() };
        lobby.hear(thanks(device(3)));
        let again = || opens(device(2), Some(pass(&secret, device(2))));
        assert_eq!(again(), Some(Opening::Guest), "another's thanks mean nothing");
        lobby.hear(thanks(device(2)));
        assert_eq!(again(), Some(Opening::Refused("!this link was used already".into())));
    }

    #[test]
    fn an_old_link_opens_nothing() {
        let lobby = Lobby::default();
        let secret = SecretKey::from_bytes([5; 32]);
        let place = offer(&lobby, &secret, 1);
        let opening = lobby.opens(device(2), place, Some(&pass(&secret, device(2))));
        assert_eq!(opening, Some(Opening::Refused("!this link has expired".into())));
    }

    #[test]
    fn hostile_gifts_are_refused() {
        assert!(Gift::read(&[]).is_none());
        assert!(Gift::read(&[0xff; 2000]).is_none());
        let given = Given { community: CommunityId::ZERO, name: String::new(), entries: vec![] };
        let gift = Gift { member: [1; 32], name: "A".into(), communities: vec![given; MAX_COMMUNITIES + 1] };
        assert!(Gift::read(&postcard::to_stdvec(&gift).expect("writes")).is_none());
    }
}
