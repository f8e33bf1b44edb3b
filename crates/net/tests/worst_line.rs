//! Handshakes over a line that loses and mixes up half of all packets: whatever is sent again, nothing here breaks.
//!
//! What breaks in a connection's own task takes the whole program with it, so it is counted as it happens.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{Device, community};
use iroh::endpoint::presets;
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey, TransportAddr};
use skein_event::DeviceId;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const SYNC_ALPN: &[u8] = b"skein/sync/1";
/// How many come in, and how many at a time: before callers have to show first that their address is theirs.
const CALLERS: u32 = 200;
const AT_ONCE: usize = 14;
/// Packets that get through each way before any is lost: without them, nobody knows yet when to send again, and waits for long.
const FIRST: usize = 2;
const LOST_PERCENT: u64 = 50;
const MAX_DELAY_US: u64 = 4_000;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Numbers without a pattern, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// One way of a line.
async fn carry(from: Arc<UdpSocket>, out: Arc<UdpSocket>, seed: u64) {
    let mut dice = Dice(seed);
    let mut packet = vec![0; 2_048];
    for n in 0.. {
        let Ok(length) = from.recv(&mut packet).await else { continue };
        if n >= FIRST && dice.roll(100) < LOST_PERCENT {
            continue;
        }
        let (wait, out, bytes) =
            (Duration::from_micros(dice.roll(MAX_DELAY_US)), out.clone(), packet[..length].to_vec());
        tokio::spawn(async move {
            sleep(wait).await;
            out.send(&bytes).await.ok();
        });
    }
}

/// A line from one address to another. Gives where it begins; it lies there as long as `ways` does.
async fn line(from: SocketAddr, to: SocketAddr, seed: u64, ways: &mut JoinSet<()>) -> SocketAddr {
    let (near, far) = (UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
    near.connect(from).await.unwrap();
    far.connect(to).await.unwrap();
    let (near, far) = (Arc::new(near), Arc::new(far));
    ways.spawn(carry(near.clone(), far.clone(), seed));
    ways.spawn(carry(far, near.clone(), !seed));
    near.local_addr().unwrap()
}

/// Somebody comes in, and stays for a moment. Gives whether they did.
async fn come_in(key: SecretKey, id: EndpointId, to: SocketAddr, seed: u64) -> bool {
    let endpoint = Endpoint::builder(presets::Minimal)
        .secret_key(key)
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr("127.0.0.1:0")
        .unwrap();
    let endpoint = endpoint.bind().await.unwrap();
    let mut ways = JoinSet::new();
    let begins = line(endpoint.bound_sockets()[0], to, seed, &mut ways).await;
    let address = EndpointAddr { id, addrs: [TransportAddr::Ip(begins)].into() };
    let connection = timeout(Duration::from_secs(5), endpoint.connect(address, SYNC_ALPN)).await;
    let connection = connection.ok().and_then(Result::ok);
    sleep(Duration::from_millis(50)).await;
    let came = connection.is_some();
    drop(connection);
    endpoint.close().await;
    came
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_over_the_worst_line_break_nothing() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        usual(panic);
    }));
    let device = Device::start(1).await;
    let to: SocketAddr = device.net.addresses()[0].parse().unwrap();
    let id = EndpointId::from_bytes(device.id.as_bytes()).unwrap();
    let (mut callers, mut came) = (JoinSet::new(), 0);
    for n in 0..CALLERS {
        while callers.len() >= AT_ONCE {
            came += u32::from(callers.join_next().await.unwrap().unwrap());
        }
        let key = SecretKey::from_bytes(blake3::hash(&n.to_le_bytes()).as_bytes());
        device.door.admit(DeviceId::from_bytes(*key.public().as_bytes()), community(1));
        callers.spawn(come_in(key, id, to, u64::from(n)));
    }
    while let Some(one) = callers.join_next().await {
        came += u32::from(one.unwrap());
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    assert!(came > CALLERS / 2, "{came} of {CALLERS} came in");
    device.net.stop().await;
}
