//! The iroh endpoint: bound without any server of others, and its front door, where connections are counted.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use iroh::address_lookup::MemoryLookup;
use iroh::endpoint::{
    BindOpts, Builder, Connection, Incoming, IncomingAddr, PortmapperConfig, QuicTransportConfig, VarInt, presets,
};
use iroh::{Endpoint, EndpointAddr, RelayMode, RelayUrl, TransportAddr};
use tokio::time::timeout;

use crate::config::{Config, NetError};
use crate::gossip::GOSSIP_ALPN;
use crate::pool::Kind;
use crate::shared::{SYNC_ALPN, Shared, device_id, widen};
use crate::swarm::SWARM_ALPN;

/// Handshakes that are under way, in total.
const MAX_HANDSHAKES: usize = 128;
/// Handshakes under way from one address.
const MAX_HANDSHAKES_PER_SOURCE: usize = 32;
/// From so many on, a caller must first show that its address is its own.
const CROWD: usize = 16;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Both sides notice within this time that the other is gone.
const IDLE: Duration = Duration::from_secs(15);
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Streams and bytes that a device may have under way before a door has opened.
const UNPROVEN_STREAMS: u32 = 8;
const UNPROVEN_WINDOW: u32 = 256 << 10;

/// Binds the endpoint.
pub(crate) async fn bind(config: &Config, lookup: MemoryLookup) -> Result<Endpoint, NetError> {
    let relays = config.relays.iter().map(|url| relay_url(url)).collect::<Result<Vec<_>, _>>()?;
    let portmapper = if relays.is_empty() { PortmapperConfig::Disabled } else { PortmapperConfig::default() };
    // Nobody is asked to acknowledge less often: noq 1.4 writes that request without looking whether it fits into a packet, and
    // where packets of a handshake get lost it may not: a panic that ends the program (`tests/worst_line.rs`).
    let transport = QuicTransportConfig::builder()
        .max_idle_timeout(Some(IDLE.try_into().expect("15 s fit an idle timeout")))
        .keep_alive_interval(KEEP_ALIVE)
        .max_concurrent_bidi_streams(VarInt::from_u32(UNPROVEN_STREAMS))
        .max_concurrent_uni_streams(VarInt::from_u32(UNPROVEN_STREAMS))
        .receive_window(VarInt::from_u32(UNPROVEN_WINDOW))
        .build();
    // Without relays of the person's choice the map is empty, and nobody but the contacts is spoken to.
    let relay_mode =
        if relays.is_empty() && config.serve_relay.is_none() { RelayMode::Disabled } else { RelayMode::custom(relays) };
    let builder = Endpoint::builder(presets::Minimal)
        .secret_key(iroh::SecretKey::from_bytes(&config.key.to_bytes()))
        .alpns(vec![SYNC_ALPN.to_vec(), iroh_blobs::ALPN.to_vec(), SWARM_ALPN.to_vec(), GOSSIP_ALPN.to_vec()])
        .relay_mode(relay_mode)
        .portmapper_config(portmapper)
        .transport_config(transport)
        .address_lookup(lookup);
    let address = config.bind.map_or_else(|| "every address".to_owned(), |address| address.to_string());
    let failed = |why: String| NetError::Bind { address: address.clone(), why };
    let builder = listen(builder, config.bind).map_err(&failed)?;
    builder.bind().await.map_err(|error| failed(format!("{error:#}")))
}

pub(crate) fn listen(builder: Builder, bind: Option<SocketAddr>) -> Result<Builder, String> {
    let Some(address) = bind else { return Ok(builder) };
    let builder = builder.clear_ip_transports().bind_addr(address).map_err(|error| error.to_string())?;
    if address.is_ipv4() && address.ip().is_unspecified() {
        let six = SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, address.port(), 0, 0));
        let optional = BindOpts::default().set_is_required(false);
        return builder.bind_addr_with_opts(six, optional).map_err(|error| error.to_string());
    }
    Ok(builder)
}

/// Reads a relay's URL.
pub(crate) fn relay_url(url: &str) -> Result<RelayUrl, NetError> {
    url.parse().map_err(|error| NetError::Relay { url: url.to_owned(), why: format!("{error}") })
}

/// Reads an address that a peer can be given: "ip:port" or "relay:URL".
pub(crate) fn parse_address(text: &str) -> Option<TransportAddr> {
    match text.strip_prefix("relay:") {
        Some(url) => url.parse().ok().map(TransportAddr::Relay),
        None => text.parse().ok().map(TransportAddr::Ip),
    }
}

/// Writes it.
pub(crate) fn show_address(address: &TransportAddr) -> Option<String> {
    match address {
        TransportAddr::Ip(ip) => Some(ip.to_string()),
        TransportAddr::Relay(url) => Some(format!("relay:{url}")),
        _ => None,
    }
}

/// Where this device can be reached, as far as it knows.
pub(crate) fn own_addresses(endpoint: &Endpoint) -> Vec<String> {
    let EndpointAddr { addrs, .. } = endpoint.addr();
    let bound = endpoint.bound_sockets().into_iter().filter(|socket| !socket.ip().is_unspecified());
    let mut all: Vec<String> = addrs.iter().filter_map(show_address).chain(bound.map(|s| s.to_string())).collect();
    all.sort();
    all.dedup();
    all
}

/// Accepts connections until the endpoint closes.
pub(crate) async fn accept(shared: Arc<Shared>, gossip: iroh_gossip::net::Gossip, blobs: crate::blobs::Blobs) {
    let handshakes = Arc::new(Handshakes::default());
    while let Some(incoming) = shared.endpoint.accept().await {
        let Some(incoming) = handshakes.sift(incoming) else { continue };
        let (incoming, turn) = incoming;
        let (shared2, gossip, blobs) = (shared.clone(), gossip.clone(), blobs.clone());
        shared.spawn(async move {
            let connection = match incoming.accept() {
                Ok(accepting) => timeout(HANDSHAKE, accepting).await,
                Err(_) => return,
            };
            drop(turn);
            if let Ok(Ok(connection)) = connection {
                welcome(shared2, connection, gossip, blobs).await;
            }
        });
    }
}

async fn welcome(
    shared: Arc<Shared>,
    connection: Connection,
    gossip: iroh_gossip::net::Gossip,
    blobs: crate::blobs::Blobs,
) {
    let device = device_id(connection.remote_id());
    let known = shared.knows(device);
    let kind = match connection.alpn() {
        SYNC_ALPN => Kind::Sync,
        iroh_blobs::ALPN => Kind::Blobs,
        SWARM_ALPN => Kind::Swarm,
        _ => Kind::Gossip,
    };
    // Gossip is for those with whom a door is open already.
    let admitted =
        if kind == Kind::Gossip && !known { None } else { shared.pool.admit(device, kind, known, &connection) };
    let Some(id) = admitted else {
        connection.close(VarInt::from_u32(0), b"not here");
        return;
    };
    if known {
        widen(&connection);
    }
    match kind {
        Kind::Sync => {
            if let Some(caller) = shared.caller(device) {
                caller.reset();
            }
            shared.serve(connection, id).await;
        }
        Kind::Blobs => {
            crate::blobs::gate::serve(&shared, &blobs, connection, id).await;
            shared.pool.remove(id);
        }
        Kind::Swarm => match &blobs.swarm {
            Some(swarm) => crate::swarm::serve(&shared, swarm, connection, id, false).await,
            None => shared.pool.remove(id),
        },
        Kind::Gossip => {
            let closed = connection.clone();
            gossip.handle_connection(connection).await.ok();
            closed.closed().await;
            shared.pool.remove(id);
        }
    }
}

/// Counts handshakes by where they come from.
#[derive(Default)]
struct Handshakes {
    by_source: Mutex<HashMap<Option<IpAddr>, usize>>,
}

/// One handshake's place in the count; given back when dropped.
struct Turn {
    handshakes: Arc<Handshakes>,
    source: Option<IpAddr>,
}

impl Handshakes {
    /// Lets a connection attempt in, or sends it away.
    fn sift(self: &Arc<Self>, incoming: Incoming) -> Option<(Incoming, Turn)> {
        let source = match incoming.remote_addr() {
            IncomingAddr::Ip(address) => Some(address.ip()),
            _ => None,
        };
        let mut by_source = self.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = by_source.values().sum();
        let here = by_source.entry(source).or_default();
        if total >= MAX_HANDSHAKES || *here >= MAX_HANDSHAKES_PER_SOURCE {
            incoming.refuse();
            return None;
        }
        if total >= CROWD && !incoming.remote_addr_validated() {
            if let Err(error) = incoming.retry() {
                error.into_incoming().refuse();
            }
            return None;
        }
        *here += 1;
        Some((incoming, Turn { handshakes: self.clone(), source }))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut by_source = self.handshakes.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_source.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                by_source.remove(&self.source);
            }
        }
    }
}
