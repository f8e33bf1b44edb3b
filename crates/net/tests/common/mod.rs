//! Real endpoints on loopback, with a door that the test holds the keys of.
#![allow(dead_code, reason = "every test file uses a part of this")]

pub mod raw;

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use skein_event::{BlobHash, CommunityId, DeviceId, SecretKey};
use skein_net::{Config, Contact, Door, Net, NetEvent, Opening};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Long enough for a busy machine.
pub const LONG: Duration = Duration::from_secs(60);

pub fn key(n: u8) -> SecretKey {
    SecretKey::from_bytes([n; 32])
}

pub fn community(n: u8) -> CommunityId {
    CommunityId::from_bytes([n; 32])
}

/// Who is let in.
#[derive(Default)]
pub struct Rules {
    pub members: HashSet<(DeviceId, CommunityId)>,
    pub passes: HashMap<Vec<u8>, Opening>,
    pub blobs: HashSet<(DeviceId, BlobHash)>,
    pub all_blobs: bool,
    pub relay: HashSet<DeviceId>,
    pub asked: u64,
}

#[derive(Default, Clone)]
pub struct TestDoor(pub Arc<Mutex<Rules>>);

impl TestDoor {
    pub fn admit(&self, device: DeviceId, community: CommunityId) {
        self.0.lock().unwrap().members.insert((device, community));
    }
}

impl Door for TestDoor {
    fn opens(&self, device: DeviceId, community: CommunityId, pass: Option<&[u8]>) -> Opening {
        let mut rules = self.0.lock().unwrap();
        rules.asked += 1;
        if rules.members.contains(&(device, community)) {
            return Opening::Member;
        }
        let answer = pass.and_then(|pass| rules.passes.get(pass).cloned());
        answer.unwrap_or_else(|| Opening::Refused("secret: we have no such member".into()))
    }

    fn may_fetch(&self, device: DeviceId, blob: BlobHash) -> bool {
        let rules = self.0.lock().unwrap();
        rules.all_blobs || rules.blobs.contains(&(device, blob))
    }

    fn may_relay(&self, device: DeviceId) -> bool {
        self.0.lock().unwrap().relay.contains(&device)
    }
}

/// A device of a test.
pub struct Device {
    pub net: Net,
    pub door: TestDoor,
    pub inbox: mpsc::Receiver<NetEvent>,
    pub id: DeviceId,
    /// Events that were read while waiting for others.
    pub seen: VecDeque<NetEvent>,
    pub folder: Option<TempDir>,
}

pub fn config(n: u8, blobs: PathBuf) -> Config {
    Config {
        key: key(n),
        blobs,
        sweep: Duration::from_secs(120),
        bind: Some("127.0.0.1:0".parse().unwrap()),
        mdns: false,
        relays: vec![],
        serve_relay: None,
        upload_bytes_per_s: None,
    }
}

impl Device {
    pub async fn start(n: u8) -> Self {
        Self::start_with(n, |_| ()).await
    }

    pub async fn start_with(n: u8, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(n, folder.path().join("blobs"));
        change(&mut config);
        let mut device = Self::start_config(config).await;
        device.folder = Some(folder);
        device
    }

    pub async fn start_config(config: Config) -> Self {
        let door = TestDoor::default();
        let (sender, inbox) = mpsc::channel(64);
        let id = config.key.device();
        let net = Net::start(config, Arc::new(door.clone()), sender).await.unwrap();
        Self { net, door, inbox, id, seen: VecDeque::new(), folder: None }
    }

    pub fn contact(&self) -> Contact {
        Contact { device: self.id, addresses: self.net.addresses(), pass: None }
    }

    /// Keeps these devices, and lets them in.
    pub fn befriend(&self, about: CommunityId, others: &[&Device]) {
        for other in others {
            self.door.admit(other.id, about);
        }
        self.net.keep(about, others.iter().map(|other| other.contact()).collect());
    }

    /// The next event.
    pub async fn next(&mut self) -> NetEvent {
        if let Some(event) = self.seen.pop_front() {
            return event;
        }
        timeout(LONG, self.inbox.recv()).await.expect("an event within a minute").expect("the net runs")
    }

    /// Reads on to the first event that matches; the others are dropped.
    pub async fn until(&mut self, matches: impl Fn(&NetEvent) -> bool) -> NetEvent {
        loop {
            let event = self.next().await;
            if matches(&event) {
                return event;
            }
        }
    }

    pub async fn until_up(&mut self, other: DeviceId) {
        self.until(|event| matches!(event, NetEvent::Up { device, .. } if *device == other)).await;
    }

    pub async fn until_down(&mut self, other: DeviceId) -> String {
        let event = self.until(|event| matches!(event, NetEvent::Down { device, .. } if *device == other)).await;
        let NetEvent::Down { why, .. } = event else { unreachable!("it was matched") };
        why
    }

    pub async fn until_frame(&mut self, from: DeviceId) -> Vec<u8> {
        let event = self.until(|event| matches!(event, NetEvent::Frame { device, .. } if *device == from)).await;
        let NetEvent::Frame { bytes, .. } = event else { unreachable!("it was matched") };
        bytes
    }
}

/// Checks that events about each (device, community) alternate; gives how often each went up.
pub fn check_sequence(events: &[NetEvent]) -> HashMap<(DeviceId, CommunityId), usize> {
    let mut up = HashMap::new();
    let mut open = HashSet::new();
    for event in events {
        match event {
            NetEvent::Up { device, community, .. } => {
                assert!(open.insert((*device, *community)), "Up twice: {events:?}");
                *up.entry((*device, *community)).or_default() += 1;
            }
            NetEvent::Frame { device, community, .. } => {
                assert!(open.contains(&(*device, *community)), "a frame without a link: {events:?}");
            }
            NetEvent::Down { device, community, .. } => {
                assert!(open.remove(&(*device, *community)), "Down without Up: {events:?}");
            }
            NetEvent::Refused { .. } => (),
        }
    }
    up
}
