//! One house of the village: a device with its node, its clock, and a disk that survives crashes.

use rusqlite::Connection;
use skein_event::{CommunityId, DeviceId, SecretKey};
use skein_node::{Effect, Input, Keys, Node, Rules};
use skein_store::Store;

/// The rules under test: every app in the list.
pub const RULES: fn() -> Rules = || Rules { apps: skein_apps::APPS, roster: skein_apps::ROSTER };

/// The keys of the n-th person on their first device.
pub fn keys(n: u8) -> Keys {
    Keys { device: SecretKey::from_bytes([n + 1; 32]), member: SecretKey::from_bytes([n + 101; 32]) }
}

/// A device.
pub struct House {
    /// Its keys.
    pub keys: Keys,
    /// How far its clock is off, in milliseconds.
    pub skew_ms: i64,
    /// Not before then does it come up again; `u64::MAX`: never, even when all others come home.
    pub down_until_ms: u64,
    community: CommunityId,
    node: Option<Node>,
    disk: Option<Connection>,
    /// What would be left after a power cut: the disk as of the last synced commit.
    synced: Option<Vec<u8>>,
}

impl House {
    /// A house with an empty disk, powered off.
    pub fn new(keys: Keys, community: CommunityId) -> Self {
        let disk = Connection::open_in_memory().expect("memory can be opened");
        Self { keys, skew_ms: 0, down_until_ms: 0, community, node: None, disk: Some(disk), synced: None }
    }

    /// What the person of the n-th house is called.
    pub fn name(n: u8) -> String {
        format!("House {n}")
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.keys.device.device()
    }

    /// The node, if it is running.
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// The node, if it is running.
    pub fn node_mut(&mut self) -> Option<&mut Node> {
        self.node.as_mut()
    }

    /// Its own clock at this true time.
    pub fn clock(&self, true_ms: u64) -> u64 {
        true_ms.saturating_add_signed(self.skew_ms)
    }

    /// Starts the node over what is on the disk.
    pub fn start(&mut self) {
        if let Some(disk) = self.disk.take() {
            let store = Store::over(disk).expect("a disk that was whole opens");
            let node = Node::open(RULES(), self.community, self.keys.clone(), false, store);
            self.node = Some(node.expect("a node opens over its own disk"));
        }
    }

    /// Ends the node without warning: what was not committed is gone.
    pub fn crash(&mut self) {
        if let Some(node) = self.node.take() {
            self.disk = Some(node.into_store().into_connection());
        }
    }

    /// Lets the node deal with inputs. `crash_at`: the store fails after about that many steps of SQLite, and the node
    /// dies there, with nothing of this call kept or sent.
    pub fn handle(&mut self, inputs: Vec<Input>, true_ms: u64, crash_at: Option<u32>) -> Option<Vec<Effect>> {
        let now_ms = self.clock(true_ms);
        let node = self.node.as_mut()?;
        if let Some(steps) = crash_at {
            let after = std::sync::atomic::AtomicU32::new(steps);
            let fails = move || after.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1;
            node.store_mut().connection_mut().progress_handler(10, Some(fails)).expect("a handler can be set");
        }
        let effects = node.handle(inputs, now_ms);
        let done = node.store_mut().connection_mut().progress_handler(0, None::<fn() -> bool>);
        done.expect("a handler can be taken away");
        match effects {
            Ok(effects) => Some(effects),
            Err(error) => {
                assert!(crash_at.is_some(), "the store failed by itself: {error}");
                self.crash();
                None
            }
        }
    }

    /// A copy of the disk as it is.
    pub fn copy_of_disk(&mut self) -> Vec<u8> {
        let connection = match (&mut self.node, &mut self.disk) {
            (Some(node), _) => node.store_mut().connection_mut(),
            (None, Some(disk)) => disk,
            (None, None) => unreachable!("a house has either a node or a disk"),
        };
        connection.serialize("main").expect("memory can be copied").to_vec()
    }

    /// Remembers the disk as synced.
    pub fn sync(&mut self) {
        self.synced = Some(self.copy_of_disk());
    }

    /// A power cut: only what was synced is left. Gives whether anything was ever synced.
    pub fn power_cut(&mut self) -> bool {
        let Some(synced) = self.synced.clone() else { return false };
        self.crash();
        self.put_back(&synced);
        true
    }

    /// Puts an older copy of the disk in place of this one.
    pub fn put_back(&mut self, copy: &[u8]) {
        self.crash();
        let mut disk = Connection::open_in_memory().expect("memory can be opened");
        disk.deserialize_read_exact("main", copy, copy.len(), false).expect("a copy can be put back");
        self.disk = Some(disk);
    }
}

impl House {
    /// After an older copy was put back: the copy is what a power cut would leave.
    pub fn sync_after_start(&mut self) {
        self.sync();
    }
}
