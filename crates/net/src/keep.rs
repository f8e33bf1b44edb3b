//! Whom to stay connected with. Small communities: everybody. Large ones: a bounded circle that is looked over now and then.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iroh::EndpointAddr;
use iroh::address_lookup::MemoryLookup;
use skein_event::{CommunityId, DeviceId};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::config::{Contact, MAX_PASS_BYTES};
use crate::dial::{Caller, Outcome};
use crate::endpoint::parse_address;
use crate::gossip::Gossip;
use crate::shared::{Shared, endpoint_id, random};

/// Communities up to this size are connected each with all.
pub(crate) const SMALL: usize = 32;
/// How many contacts of a larger community are kept.
pub(crate) const CIRCLE: usize = 12;
/// How often a circle is looked over.
const LOOK_OVER: Duration = Duration::from_secs(20);
/// How many addresses of one contact are tried.
const MAX_ADDRESSES: usize = 16;

/// Who was asked to be kept.
pub(crate) struct Keeping {
    lookup: MemoryLookup,
    gossip: Gossip,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    contacts: HashMap<CommunityId, HashMap<DeviceId, Contact>>,
    circles: HashMap<CommunityId, CancellationToken>,
    known: HashSet<DeviceId>,
}

impl Keeping {
    pub(crate) fn new(lookup: MemoryLookup, gossip: Gossip) -> Self {
        Self { lookup, gossip, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether any community keeps this device.
    pub(crate) fn knows(&self, device: DeviceId) -> bool {
        self.lock().known.contains(&device)
    }

    /// Replaces the list of one community.
    pub(crate) fn keep(&self, shared: &Arc<Shared>, community: CommunityId, contacts: Vec<Contact>) {
        let contacts: HashMap<_, _> = contacts
            .into_iter()
            .filter(|contact| contact.device != shared.me && endpoint_id(contact.device).is_some())
            .map(|contact| (contact.device, contact))
            .collect();
        for contact in contacts.values() {
            self.remember(contact);
        }
        let mut inner = self.lock();
        let large = contacts.len() > SMALL;
        let chosen: BTreeSet<DeviceId> = if large {
            choose(&linked(shared, community), &BTreeSet::new(), contacts.keys().copied().collect(), random())
        } else {
            contacts.keys().copied().collect()
        };
        inner.contacts.insert(community, contacts);
        inner.known = inner.contacts.values().flat_map(HashMap::keys).copied().collect();
        apply(shared, &inner, community, &chosen);
        if !large {
            if let Some(circle) = inner.circles.remove(&community) {
                circle.cancel();
            }
        } else if let Entry::Vacant(place) = inner.circles.entry(community) {
            let circle = place.insert(CancellationToken::new()).clone();
            let task = shared.clone();
            shared.spawn(async move {
                circle.run_until_cancelled(look_over(task, community)).await;
            });
        }
    }

    fn remember(&self, contact: &Contact) {
        let addresses: Vec<_> = contact.addresses.iter().filter_map(|text| parse_address(text)).collect();
        if let Some(id) = endpoint_id(contact.device)
            && !addresses.is_empty()
        {
            self.lookup.set_endpoint_info(EndpointAddr::from_parts(id, addresses));
        }
    }
}

/// Looks a large community's circle over, for ever.
async fn look_over(shared: Arc<Shared>, community: CommunityId) {
    let everybody = || -> Vec<DeviceId> {
        let inner = shared.keeping.lock();
        inner.contacts.get(&community).map(|contacts| contacts.keys().copied().collect()).unwrap_or_default()
    };
    let mut topic = shared.keeping.gossip.join(community, &everybody(), random()).await;
    loop {
        topic.listen_for(LOOK_OVER).await;
        let neighbours = topic.neighbours();
        let chosen = choose(&linked(&shared, community), &neighbours, everybody(), random());
        apply(&shared, &shared.keeping.lock(), community, &chosen);
        if topic.is_lonely() {
            topic = shared.keeping.gossip.join(community, &everybody(), random()).await;
        }
    }
}

/// The contacts of this community that there is a link with.
fn linked(shared: &Shared, community: CommunityId) -> BTreeSet<DeviceId> {
    shared.links.all().iter().filter(|link| link.key.1 == community).map(|link| link.key.0).collect()
}

/// Whom of a large community to stay connected with: who is connected, then neighbours, then some at random.
pub(crate) fn choose(
    linked: &BTreeSet<DeviceId>,
    neighbours: &BTreeSet<DeviceId>,
    mut everybody: Vec<DeviceId>,
    seed: u64,
) -> BTreeSet<DeviceId> {
    everybody.sort_unstable();
    let mut ranked: Vec<_> = everybody
        .into_iter()
        .enumerate()
        .map(|(place, device)| {
            let class = if linked.contains(&device) { 0 } else { 1 + u8::from(!neighbours.contains(&device)) };
            (class, mix(seed ^ place as u64), device)
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(CIRCLE).map(|(_, _, device)| device).collect()
}

/// Spreads a number over all 64 bits (the finaliser of splitmix64).
pub(crate) fn mix(number: u64) -> u64 {
    let mut n = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// Makes callers for those who are chosen, and lets go of the others.
fn apply(shared: &Arc<Shared>, inner: &Inner, community: CommunityId, chosen: &BTreeSet<DeviceId>) {
    let mut callers = shared.callers();
    callers.retain(|device, caller| {
        let keep = chosen.contains(device) || !caller.wants(community) || !caller.unwant(community);
        if !keep {
            caller.gone.cancel();
        }
        keep
    });
    let contacts = inner.contacts.get(&community);
    for contact in chosen.iter().filter_map(|device| contacts?.get(device)) {
        let addresses = contact.addresses.iter().filter_map(|text| parse_address(text)).take(MAX_ADDRESSES).collect();
        let pass = contact.pass.clone().filter(|pass| pass.len() <= MAX_PASS_BYTES);
        let caller = callers.entry(contact.device).or_insert_with(|| {
            let caller = Arc::new(Caller::new(contact.device));
            let (task, called) = (shared.clone(), caller.clone());
            shared.spawn(async move {
                called.gone.clone().run_until_cancelled(call_on(task, called)).await;
            });
            caller
        });
        caller.want(community, addresses, pass);
    }
}

/// Calls one device whenever a kept community has no link with it, for ever.
async fn call_on(shared: Arc<Shared>, caller: Arc<Caller>) {
    let device = caller.device;
    loop {
        let linked = |community| shared.links.get((device, community)).is_some();
        let (due, soonest) = caller.due(linked, random() as u32);
        if due.is_empty() {
            let alarm = async {
                match soonest {
                    Some(soonest) => sleep_until(Instant::from_std(soonest)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = caller.wake.notified() => (),
                () = alarm => (),
            }
            continue;
        }
        let Some((id, connection)) = shared.connection(&caller).await else {
            for community in due {
                caller.note(community, &Outcome::Failed, random() as u32);
            }
            continue;
        };
        for community in due {
            let outcome = shared.call(&connection, id, community).await;
            caller.note(community, &outcome, random() as u32);
            if outcome == Outcome::Failed && connection.close_reason().is_some() {
                break;
            }
        }
        // What crossed or was answered is in the table only when its task has run.
        sleep(Duration::from_millis(1)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 32])
    }

    #[test]
    fn a_circle_is_bounded_and_takes_the_connected_first_then_neighbours() {
        let everybody: Vec<_> = (0..100).map(device).collect();
        let linked: BTreeSet<_> = (40..45).map(device).collect();
        let neighbours: BTreeSet<_> = (60..64).map(device).collect();
        let chosen = choose(&linked, &neighbours, everybody.clone(), 1);
        assert_eq!(chosen.len(), CIRCLE);
        assert!(linked.is_subset(&chosen) && neighbours.is_subset(&chosen));
        assert_ne!(chosen, choose(&linked, &neighbours, everybody, 2), "the rest is drawn by lot");
        assert_eq!(choose(&linked, &neighbours, vec![device(1)], 1), BTreeSet::from([device(1)]));
    }
}
