//! Hostile and unknown devices at the door: refused alike, bounded, and no trouble for anybody else.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::time::Duration;

use common::{Device, LONG, check_sequence, community};
use iroh::endpoint::{Connection, RecvStream, SendStream, presets};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, TransportAddr};
use skein_event::{CommunityId, DeviceId};
use skein_net::{Contact, MAX_FRAME_BYTES, MAX_PASS_BYTES, NetEvent, Opening};
use tokio::time::{Instant, sleep, timeout};

const SYNC_ALPN: &[u8] = b"skein/sync/1";

/// A client that speaks to a device byte by byte.
struct Raw {
    endpoint: Endpoint,
    device: DeviceId,
}

impl Raw {
    async fn new(n: u8) -> Self {
        let builder = Endpoint::builder(presets::Minimal)
            .secret_key(iroh::SecretKey::from_bytes(&[n; 32]))
            .relay_mode(RelayMode::Disabled)
            .clear_ip_transports()
            .bind_addr("127.0.0.1:0")
            .unwrap();
        let endpoint = builder.bind().await.unwrap();
        let device = DeviceId::from_bytes(*endpoint.id().as_bytes());
        Self { endpoint, device }
    }

    async fn connect(&self, to: &Device) -> Connection {
        self.try_connect(to).await.expect("it is accepted")
    }

    async fn try_connect(&self, to: &Device) -> Option<Connection> {
        let id = EndpointId::from_bytes(to.id.as_bytes()).unwrap();
        let at: Vec<_> = to.net.addresses().iter().map(|a| TransportAddr::Ip(a.parse().unwrap())).collect();
        self.endpoint.connect(EndpointAddr::from_parts(id, at), SYNC_ALPN).await.ok()
    }
}

fn hello(about: CommunityId, stamp: u64, pass: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = about.as_bytes().to_vec();
    bytes.extend_from_slice(&77_u64.to_be_bytes());
    bytes.extend_from_slice(&stamp.to_be_bytes());
    bytes.extend_from_slice(&pass.map_or(u16::MAX, |pass| pass.len() as u16).to_be_bytes());
    bytes.extend_from_slice(pass.unwrap_or_default());
    bytes
}

/// Says hello; gives the whole answer (code, reason) and the stream.
async fn greet(connection: &Connection, hello: &[u8]) -> Option<(u8, String, SendStream, RecvStream)> {
    let (mut send, mut recv) = connection.open_bi().await.ok()?;
    send.write_all(hello).await.ok()?;
    let mut head = [0; 19];
    recv.read_exact(&mut head).await.ok()?;
    let mut reason = vec![0; usize::from(u16::from_be_bytes([head[17], head[18]]))];
    recv.read_exact(&mut reason).await.ok()?;
    Some((head[0], String::from_utf8(reason).unwrap(), send, recv))
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_unknown_communities_hear_the_same_and_bearers_of_a_pass_hear_why() {
    let ana = Device::start(1).await;
    ana.door.admit(common::key(2).device(), community(1));
    let raw = Raw::new(9).await;
    let connection = raw.connect(&ana).await;
    let known = greet(&connection, &hello(community(1), 1, None)).await.unwrap();
    let unknown = greet(&connection, &hello(community(200), 2, None)).await.unwrap();
    assert_eq!((known.0, &known.1), (unknown.0, &unknown.1), "byte for byte the same");
    assert_eq!(known.0, 1);
    assert!(!known.1.contains("secret"), "the door's reason stays inside: {}", known.1);
    ana.door.0.lock().unwrap().passes.insert(b"old".to_vec(), Opening::Refused("this invitation has run out".into()));
    let why = greet(&connection, &hello(community(1), 3, Some(b"old"))).await.unwrap();
    assert_eq!((why.0, why.1.as_str()), (1, "this invitation has run out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_comes_in_with_a_pass() {
    let (mut ana, mut ben) = (Device::start(1).await, Device::start(2).await);
    ana.door.0.lock().unwrap().passes.insert(b"good".to_vec(), Opening::Guest);
    let contact = |pass: &[u8]| vec![Contact { pass: Some(pass.to_vec()), ..ana.contact() }];
    ben.net.keep(community(1), contact(b"bad"));
    let refused = ben.until(|event| matches!(event, NetEvent::Refused { .. })).await;
    assert!(matches!(&refused, NetEvent::Refused { why, .. } if why.contains("no such member")), "{refused:?}");
    ben.net.keep(community(1), contact(b"good"));
    ben.until_up(ana.id).await;
    let up = ana.next().await;
    assert_eq!(up, NetEvent::Up { device: ben.id, community: community(1), guest: true });
    assert!(ben.net.send(ana.id, community(1), b"let me in".to_vec()));
    assert_eq!(ana.until_frame(ben.id).await, b"let me in");
    ben.net.keep(community(2), vec![Contact { pass: Some(vec![0; MAX_PASS_BYTES + 1]), ..ana.contact() }]);
    ben.until(|event| matches!(event, NetEvent::Refused { community: about, .. } if *about == community(2))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_over_the_limit_closes_that_link_only() {
    let (mut ana, mut ben) = (Device::start(1).await, Device::start(2).await);
    let raw = Raw::new(9).await;
    ana.door.admit(raw.device, community(1));
    ben.door.admit(ana.id, community(1));
    ana.befriend(community(1), &[&ben]);
    ana.until_up(ben.id).await;
    let connection = raw.connect(&ana).await;
    let (code, _, mut send, mut recv) = greet(&connection, &hello(community(1), 1, None)).await.unwrap();
    assert_eq!(code, 0);
    send.write_all(&(MAX_FRAME_BYTES as u32 + 1).to_be_bytes()).await.unwrap();
    assert!(ana.until_down(raw.device).await.contains("over"));
    let farewell = timeout(LONG, recv.read_to_end(1000)).await.expect("in time").unwrap_or_default();
    assert!(String::from_utf8_lossy(&farewell).contains("over"), "the other side is told: {farewell:?}");
    assert!(ana.net.send(ben.id, community(1), b"still here".to_vec()));
    assert_eq!(ben.until_frame(ana.id).await, b"still here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_calls_again_and_again_makes_a_clean_sequence() {
    let mut ana = Device::start(1).await;
    let raw = Raw::new(9).await;
    ana.door.admit(raw.device, community(1));
    let connection = raw.connect(&ana).await;
    let mut streams = vec![];
    let mut accepted = 0;
    for stamp in 1..=50 {
        // Each says that the link before is lost.
        let Some(answer) = greet(&connection, &hello(community(1), stamp, None)).await else { continue };
        accepted += usize::from(answer.0 == 0);
        streams.push(answer);
    }
    let stale = greet(&connection, &hello(community(1), 1, None)).await.unwrap();
    assert_eq!(stale.0, 2, "an old hello does not replace a newer link");
    drop(streams);
    connection.close(0_u32.into(), b"");
    let mut events = vec![];
    while let Ok(Some(event)) = timeout(Duration::from_secs(3), ana.inbox.recv()).await {
        events.push(event);
    }
    let ups = check_sequence(&events)[&(raw.device, community(1))];
    assert!((1..=accepted).contains(&ups), "{ups} of {accepted}");
    assert!(matches!(events.last(), Some(NetEvent::Down { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_that_does_not_come_ends_the_connection() {
    let ana = Device::start(1).await;
    let raw = Raw::new(9).await;
    let connection = raw.connect(&ana).await;
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    let began = Instant::now();
    let drip = async {
        for byte in hello(community(1), 1, None) {
            send.write_all(&[byte]).await?;
            sleep(Duration::from_secs(1)).await;
        }
        Ok::<(), iroh::endpoint::WriteError>(())
    };
    tokio::select! {
        _ = connection.closed() => (),
        _ = drip => panic!("a byte a second is too slow"),
    }
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    assert_eq!(ana.door.0.lock().unwrap().asked, 0, "the door was not even asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_strangers_is_bounded_and_keeps_no_member_out() {
    let mut ana = Device::start(1).await;
    let raw = Raw::new(9).await;
    let mut held = vec![];
    for _ in 0..40 {
        held.extend(raw.try_connect(&ana).await);
    }
    sleep(Duration::from_millis(300)).await;
    let alive = held.iter().filter(|connection| connection.close_reason().is_none()).count();
    assert!(alive <= 2, "one stranger holds {alive} connections");
    // Many strangers: each with its own key, all from one address.
    let mut crowd = vec![];
    for n in 20..110 {
        let raw = Raw::new(n).await;
        let connection = timeout(Duration::from_secs(10), raw.try_connect(&ana)).await;
        crowd.push((raw, connection));
    }
    let open = |crowd: &[(Raw, Result<Option<Connection>, _>)]| {
        let alive = |one: &&(Raw, Result<Option<Connection>, _>)| match &one.1 {
            Ok(Some(connection)) => connection.close_reason().is_none(),
            _ => false,
        };
        crowd.iter().filter(alive).count()
    };
    // Being sent away takes a moment to arrive; well below the ten seconds after which the silent are sent away anyhow.
    for _ in 0..15 {
        if open(&crowd) > 64 {
            sleep(Duration::from_millis(200)).await;
        }
    }
    assert!(open(&crowd) <= 64, "{} strangers at once", open(&crowd));
    let mut ben = Device::start(2).await;
    ana.door.admit(ben.id, community(1));
    ben.net.keep(community(1), vec![ana.contact()]);
    ben.until_up(ana.id).await;
    ana.until_up(ben.id).await;
    timeout(LONG, async {
        while open(&crowd) > 0 {
            sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .expect("those who do not say what they want are sent away");
}
