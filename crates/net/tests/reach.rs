//! How devices find each other: a bounded circle in large communities, an own relay for members only.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::time::Duration;

use common::{Device, LONG, community};
use skein_net::Contact;
use tokio::time::{sleep, timeout};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_large_community_is_met_through_a_bounded_circle() {
    let ana = Device::start(1).await;
    let mut others = vec![];
    for n in 2..=35 {
        let other = Device::start(n).await;
        other.door.admit(ana.id, community(1));
        others.push(other);
    }
    let drain = |mut device: Device| {
        tokio::spawn(async move {
            while device.inbox.recv().await.is_some() {}
            device
        })
    };
    let contacts: Vec<_> = others.iter().map(Device::contact).collect();
    ana.net.keep(community(1), contacts.clone());
    let _others: Vec<_> = others.into_iter().map(drain).collect();
    timeout(LONG, async {
        while ana.net.reach().len() < 12 {
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("a full circle");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(ana.net.reach().len(), 12, "and no more");
    // The community has shrunk: everybody is met.
    ana.net.keep(community(1), contacts[..20].to_vec());
    timeout(LONG, async {
        let met = |contact: &Contact| ana.net.reach().iter().any(|reach| reach.device == contact.device);
        while !contacts[..20].iter().all(met) {
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("all twenty");
}

/// This device's relay address, once it is connected there.
async fn relay_of(device: &Device, within: Duration) -> Option<String> {
    timeout(within, async {
        loop {
            if let Some(relay) = device.net.addresses().into_iter().find(|address| address.starts_with("relay:")) {
                return relay;
            }
            sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_serves_members_and_nobody_else() {
    let keeper = Device::start_with(1, |config| config.serve_relay = Some("127.0.0.1:0".parse().unwrap())).await;
    keeper.door.0.lock().unwrap().relay.extend([1, 2, 3].map(|n| common::key(n).device()));
    let at = relay_of(&keeper, LONG).await.expect("the keeper is at its own relay");
    let url = at.strip_prefix("relay:").unwrap().to_owned();
    let with_relay = |config: &mut skein_net::Config| config.relays = vec![url.clone()];
    let mut ben = Device::start_with(2, with_relay).await;
    let mut cem = Device::start_with(3, with_relay).await;
    let dan = Device::start_with(4, with_relay).await;
    assert_eq!(relay_of(&ben, LONG).await.as_ref(), Some(&at));
    ben.door.admit(cem.id, community(1));
    // Cem knows no other address of Ben than the relay.
    cem.net.keep(community(1), vec![Contact { device: ben.id, addresses: vec![at.clone()], pass: None }]);
    cem.until_up(ben.id).await;
    ben.until_up(cem.id).await;
    // A stranger to the relay is not reached through it.
    dan.door.admit(cem.id, community(1));
    cem.net.keep(community(1), vec![Contact { device: dan.id, addresses: vec![at], pass: None }]);
    sleep(Duration::from_secs(5)).await;
    assert!(!cem.net.reach().iter().any(|reach| reach.device == dan.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_relay_or_a_taken_port_is_said_so() {
    use skein_net::{Net, NetError};
    use std::sync::Arc;
    let folder = tempfile::tempdir().unwrap();
    let start = async |change: &dyn Fn(&mut skein_net::Config)| {
        let mut config = common::config(1, folder.path().join("blobs"));
        change(&mut config);
        let door = Arc::new(common::TestDoor::default());
        Net::start(config, door, tokio::sync::mpsc::channel(1).0).await.err()
    };
    let wrong = start(&|config| config.relays = vec!["not a relay".into()]).await;
    assert!(matches!(wrong, Some(NetError::Relay { .. })), "{wrong:?}");
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let busy = start(&|config| config.bind = Some(taken.local_addr().unwrap())).await;
    assert!(matches!(busy, Some(NetError::Bind { .. })), "{busy:?}");
}
