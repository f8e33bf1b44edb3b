//! The network as the host holds it: start, keep, send, hang up, stop.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use iroh::Watcher;
use iroh::address_lookup::MemoryLookup;
use iroh_mdns_address_lookup::{DiscoveryEvent, MdnsAddressLookup};
use iroh_relay::server::Server;
use n0_future::StreamExt;
use skein_event::{CommunityId, DeviceId};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::blobs::Blobs;
use crate::config::{Config, Contact, Door, NetError, NetEvent, Reach};
use crate::gift::Gifts;
use crate::gossip::Gossip;
use crate::keep::Keeping;
use crate::links::Links;
use crate::shared::{Shared, device_id, random};
use crate::steer::Upload;
use crate::{endpoint, relay};

/// Dials that are under way at once.
const MAX_DIALS: usize = 16;
/// How long to wait at the start for the system to name this device's addresses.
const FIRST_ADDRESSES: Duration = Duration::from_secs(2);
/// How long stopping may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// This device's place in the network.
pub struct Net {
    shared: Arc<Shared>,
    blobs: Blobs,
    gossip: iroh_gossip::net::Gossip,
    relay: Option<Server>,
    gifts: Gifts,
}

impl Net {
    /// Starts: binds, opens the blob store, listens. Must be called within a tokio runtime.
    ///
    /// The inbox is bounded by the caller; while it is full, links are not read.
    pub async fn start(config: Config, door: Arc<dyn Door>, inbox: mpsc::Sender<NetEvent>) -> Result<Self, NetError> {
        let relay = match config.serve_relay {
            Some(address) => Some(relay::serve(address, door.clone()).await?),
            None => None,
        };
        let lookup = MemoryLookup::new();
        let endpoint = endpoint::bind(&config, lookup.clone()).await?;
        let gossip = Gossip::new(endpoint.clone());
        let gossip_net = gossip.0.clone();
        let me = device_id(endpoint.id());
        let shared = Arc::new(Shared {
            me,
            endpoint,
            door: door.clone(),
            inbox,
            links: Links::new(me, random()),
            pool: Default::default(),
            callers: Default::default(),
            keeping: Keeping::new(lookup, gossip),
            dials: Semaphore::new(MAX_DIALS),
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            next_link: AtomicU64::new(0),
        });
        let blobs = Blobs::open(&config, &shared).await?;
        let gifts = Gifts::new(&config, shared.clone(), blobs.store.steering.clone());
        let net = Self { shared, blobs, gossip: gossip_net, relay, gifts };
        net.shared.spawn(endpoint::accept(net.shared.clone(), net.gossip.clone(), net.blobs.clone()));
        if config.mdns {
            net.look_around().await;
        }
        net.learn_addresses().await;
        Ok(net)
    }

    /// Announces this device on the local network, and listens for others.
    async fn look_around(&self) {
        let endpoint = &self.shared.endpoint;
        let Ok(mdns) = MdnsAddressLookup::builder().service_name("skein").build(endpoint.id()) else {
            tracing::warn!("the local network cannot be searched; known addresses still work");
            return;
        };
        if let Ok(services) = endpoint.address_lookup() {
            services.add(mdns.clone());
        }
        let shared = self.shared.clone();
        self.shared.spawn(async move {
            let mut seen = mdns.subscribe().await;
            while let Some(event) = seen.next().await {
                if let DiscoveryEvent::Discovered { endpoint_info, .. } = event
                    && let Some(caller) = shared.caller(device_id(endpoint_info.endpoint_id))
                {
                    caller.heard_of();
                }
            }
        });
    }

    /// Waits a moment for the first addresses; joins our own relay.
    async fn learn_addresses(&self) {
        let endpoint = &self.shared.endpoint;
        if endpoint.bound_sockets().iter().any(|socket| socket.ip().is_unspecified()) {
            let mut watch = endpoint.watch_addr();
            let known = async {
                while watch.get().ip_addrs().next().is_none() {
                    if watch.updated().await.is_err() {
                        break;
                    }
                }
            };
            timeout(FIRST_ADDRESSES, known).await.ok();
        }
        let Some(mut at) = self.relay.as_ref().and_then(Server::http_addr) else { return };
        if at.ip().is_unspecified() {
            let addr = endpoint.addr();
            let Some(ip) = addr.ip_addrs().map(|a| a.ip()).find(|ip| ip.is_ipv4()) else { return };
            at.set_ip(ip);
        }
        if let Ok(url) = endpoint::relay_url(&format!("http://{at}")) {
            let config = iroh::RelayConfig::new(url.clone(), None);
            endpoint.insert_relay(url, Arc::new(config)).await;
        }
    }

    /// Whom to stay connected with for this community; replaces the earlier list. Existing links stay until hung up.
    ///
    /// Up to 32 contacts: with all of them. More: with a bounded circle of them.
    pub fn keep(&self, community: CommunityId, contacts: Vec<Contact>) {
        self.shared.keeping.keep(&self.shared, community, contacts);
    }

    /// Puts a frame of at most [`MAX_FRAME_BYTES`](crate::MAX_FRAME_BYTES) in the link's queue; never waits.
    ///
    /// False: there is no link, or its queue is full; in the latter case it is closed. Other links are untouched.
    pub fn send(&self, device: DeviceId, community: CommunityId, frame: Vec<u8>) -> bool {
        self.shared.links.get((device, community)).is_some_and(|link| link.send(frame))
    }

    /// Closes a link after what is queued, and tells the other side why. A kept contact is called again later.
    pub fn hang_up(&self, device: DeviceId, community: CommunityId, why: &str) {
        if let Some(link) = self.shared.links.get((device, community)) {
            link.close(why);
        }
    }

    /// This device's own addresses, as text that a peer can be given: "ip:port" or "relay:URL".
    pub fn addresses(&self) -> Vec<String> {
        endpoint::own_addresses(&self.shared.endpoint)
    }

    /// How each connected device is reached.
    pub fn reach(&self) -> Vec<Reach> {
        crate::reach::reach(&self.shared)
    }

    /// The files.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Files for and from people who are no members.
    pub fn gifts(&self) -> &Gifts {
        &self.gifts
    }

    /// The device's upload limit.
    pub fn upload(&self) -> Upload {
        Upload(self.blobs.store.steering.clone())
    }

    /// The one address of this computer that may be listened on; `None`: all of them.
    pub fn listens_on(&self) -> Option<IpAddr> {
        self.gifts.listens_on()
    }

    /// This device's id.
    pub fn device(&self) -> DeviceId {
        self.shared.me
    }

    /// Hangs up everywhere, closes the store and the endpoint. Nothing is sent to the inbox afterwards.
    pub async fn stop(mut self) {
        for link in self.shared.links.all() {
            link.close("the device is going offline");
        }
        let quiet = async {
            while !self.shared.links.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(FAREWELL, quiet).await.ok();
        timeout(FAREWELL, self.gossip.shutdown()).await.ok();
        self.shared.stop.cancel();
        timeout(FAREWELL, self.shared.endpoint.close()).await.ok();
        self.shared.tasks.close();
        timeout(FAREWELL, self.shared.tasks.wait()).await.ok();
        self.blobs.close().await;
        if let Some(relay) = self.relay.take() {
            relay.shutdown().await.ok();
        }
    }
}

impl Drop for Net {
    /// Without [`stop`](Self::stop) nobody is told, but at least nothing runs on.
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
