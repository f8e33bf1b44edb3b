//! Gossip, for large communities only: who is near. A hint about whom to connect with, never the truth about anything.
//!
//! The topic's id is derived from the community's, so that seeing the one does not give away the other. No message is sent.

use std::collections::BTreeSet;
use std::time::Duration;

use iroh::Endpoint;
use iroh_gossip::api::{Event, GossipTopic};
use iroh_gossip::proto::TopicId;
use n0_future::StreamExt;
use skein_event::{CommunityId, DeviceId};
use tokio::time::{Instant, timeout_at};

use crate::keep::mix;
use crate::shared::{device_id, endpoint_id};

pub(crate) use iroh_gossip::ALPN as GOSSIP_ALPN;

const TOPIC: &str = "skein gossip topic of a community, version 1";
/// How many contacts are asked to let us in.
const BOOTSTRAP: usize = 8;
const MAX_MESSAGE_BYTES: usize = 4096;

/// The gossip engine of this device.
pub(crate) struct Gossip(pub(crate) iroh_gossip::net::Gossip);

/// What gossip tells about one community.
pub(crate) struct Topic(Option<GossipTopic>);

impl Gossip {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self(iroh_gossip::net::Gossip::builder().max_message_size(MAX_MESSAGE_BYTES).spawn(endpoint))
    }

    /// Joins a community's topic through some of its contacts.
    pub(crate) async fn join(&self, community: CommunityId, contacts: &[DeviceId], seed: u64) -> Topic {
        let mut ranked: Vec<_> = contacts.iter().enumerate().map(|(n, id)| (mix(seed ^ n as u64), *id)).collect();
        ranked.sort_unstable();
        let some = ranked.into_iter().take(BOOTSTRAP).filter_map(|(_, device)| endpoint_id(device)).collect();
        Topic(self.0.subscribe(topic_id(community), some).await.ok())
    }
}

/// The topic of a community.
fn topic_id(community: CommunityId) -> TopicId {
    TopicId::from_bytes(blake3::derive_key(TOPIC, community.as_bytes()))
}

impl Topic {
    /// Follows what happens for so long.
    pub(crate) async fn listen_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(topic) = &mut self.0 {
            match timeout_at(end, topic.next()).await {
                Ok(Some(Ok(Event::NeighborUp(_) | Event::NeighborDown(_) | Event::Received(_)))) => (),
                Ok(_) => self.0 = None,
                Err(_) => return,
            }
        }
        tokio::time::sleep_until(end).await;
    }

    /// Who is near.
    pub(crate) fn neighbours(&self) -> BTreeSet<DeviceId> {
        self.0.iter().flat_map(|topic| topic.neighbors().map(device_id).collect::<Vec<_>>()).collect()
    }

    /// Nobody is: time to join again.
    pub(crate) fn is_lonely(&self) -> bool {
        self.0.as_ref().is_none_or(|topic| topic.neighbors().next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_does_not_show_its_community() {
        let community = CommunityId::from_bytes([7; 32]);
        assert_ne!(topic_id(community).as_bytes(), community.as_bytes());
        assert_ne!(topic_id(community), topic_id(CommunityId::ZERO));
        assert_eq!(topic_id(community), topic_id(community));
    }
}
