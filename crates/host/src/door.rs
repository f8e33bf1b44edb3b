//! The door: who may talk about which community, and who may have which file. Asked by the network at every attempt.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use skein_app::{Guest, Kind, Refusal, Roster};
use skein_event::{BlobHash, CommunityId, DeviceId};
use skein_net::{Door, Opening};

use crate::Standing;
use crate::chance::now_ms;
use crate::hall::{Hall, Known};
use crate::lobby::Lobby;

/// All communities here, as the door and the requests see them.
#[derive(Default)]
pub(crate) struct Halls(RwLock<HashMap<CommunityId, Arc<Hall>>>);

impl Halls {
    pub fn get(&self, community: &CommunityId) -> Option<Arc<Hall>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(community).cloned()
    }

    pub fn put(&self, hall: Arc<Hall>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(hall.id, hall);
    }

    pub fn remove(&self, community: &CommunityId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(community);
    }

    /// Whether this holds for any of them.
    pub fn any(&self, holds: impl Fn(&Known) -> bool) -> bool {
        let halls = self.0.read().unwrap_or_else(PoisonError::into_inner);
        halls.values().any(|hall| holds(&hall.known()))
    }

    /// All of them, in the order of their names.
    pub fn all(&self) -> Vec<Arc<Hall>> {
        let halls = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<Hall>> = halls.values().cloned().collect();
        drop(halls);
        all.sort_by_cached_key(|hall| (hall.known().name.clone(), hall.id));
        all
    }
}

/// What the network asks.
pub(crate) struct FrontDoor {
    pub halls: Arc<Halls>,
    pub lobby: Arc<Lobby>,
    pub roster: &'static dyn Roster,
}

impl Door for FrontDoor {
    fn opens(&self, device: DeviceId, community: CommunityId, pass: Option<&[u8]>) -> Opening {
        if let Some(opening) = self.lobby.opens(device, community, pass) {
            return opening;
        }
        let Some(hall) = self.halls.get(&community) else { return refused(&unknown()) };
        if let Some(opening) = at_once(&hall.known(), &device) {
            return opening;
        }
        let Some(pass) = pass else { return refused(&unknown()) };
        let guest = Guest { device, pass: pass.to_vec() };
        match hall.read(|view, _| self.roster.admits(&community, &guest, now_ms(), view)) {
            Ok(()) => Opening::Guest,
            Err(refusal) => refused(&refusal),
        }
    }

    fn may_fetch(&self, device: DeviceId, blob: BlobHash) -> bool {
        self.halls.any(|known| {
            known.standing == Standing::Member
                && known.is_member(&device)
                && known.blobs.values().any(|blobs| blobs.contains(&blob))
        })
    }

    fn may_relay(&self, device: DeviceId) -> bool {
        self.halls.any(|known| known.is_member(&device))
    }
}

/// What can be said without a look at the pass.
fn at_once(known: &Known, device: &DeviceId) -> Option<Opening> {
    match known.standing {
        Standing::Closed => Some(refused(&Refusal::new(Kind::Unreachable, "this device has trouble with its disk"))),
        _ if known.is_member(device) => Some(Opening::Member),
        // Whoever left or was removed may still hold a link that is good: it is not good for this device.
        _ if known.devices.contains_key(device) => Some(refused(&gone())),
        // Whoever comes in knows no members yet: it trusts those whom the link names.
        Standing::Joining if known.called.contains(device) => Some(Opening::Member),
        Standing::Joining | Standing::Refused | Standing::Left => Some(refused(&unknown())),
        Standing::Member => None,
    }
}

fn gone() -> Refusal {
    Refusal::new(Kind::Denied, "this device no longer belongs to the community")
}

fn unknown() -> Refusal {
    Refusal::new(Kind::NotFound, "this device does not know you here")
}

fn refused(refusal: &Refusal) -> Opening {
    Opening::Refused(write_reason(refusal))
}

/// A refusal as the network carries it: the first letter says whether asking others may help.
pub(crate) fn write_reason(refusal: &Refusal) -> String {
    let final_word = matches!(refusal.kind, Kind::Denied | Kind::Limit);
    format!("{}{}", if final_word { '!' } else { '?' }, refusal.message)
}

/// Reads it: whether the other side's word is final, and its words.
pub(crate) fn read_reason(reason: &str) -> (bool, &str) {
    match reason.strip_prefix('!') {
        Some(words) => (true, words),
        None => (false, reason.strip_prefix('?').unwrap_or(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_no_is_told_from_one_that_others_may_lift() {
        let expired = Refusal::new(Kind::Denied, "this invitation has expired");
        assert_eq!(read_reason(&write_reason(&expired)), (true, "this invitation has expired"));
        assert_eq!(read_reason(&write_reason(&unknown())), (false, "this device does not know you here"));
        assert_eq!(read_reason("something else"), (false, "something else"));
    }
}
