//! What everybody but the loop knows of one community: a snapshot that the loop keeps up to date, and readers of its file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use skein_app::{Device, Refusal, View};
use skein_event::{BlobHash, CommunityId, DeviceId, MemberId};
use skein_store::{DbIds, Reader};
use tokio::sync::watch;

use crate::Standing;

/// Readers that wait for their next use.
const MAX_READERS: usize = 4;

/// One community, from outside the loop.
pub(crate) struct Hall {
    pub id: CommunityId,
    path: PathBuf,
    known: RwLock<Known>,
    readers: Mutex<Vec<Reader>>,
    /// Apps whose rows changed since the door last looked.
    stale: Mutex<BTreeSet<&'static str>>,
    /// How far coming in has got.
    pub entry: watch::Sender<EntryState>,
}

/// The snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub standing: Standing,
    /// What is wrong, in words.
    pub trouble: String,
    pub name: String,
    pub my_name: String,
    /// Every device of every member, and how it stands.
    pub devices: BTreeMap<DeviceId, Device>,
    /// Devices that we call though we know no members yet.
    pub called: BTreeSet<DeviceId>,
    /// Devices that there is a link with.
    pub up: BTreeSet<DeviceId>,
    /// What members may fetch, by app.
    pub blobs: HashMap<&'static str, HashSet<BlobHash>>,
    pub events: u64,
    /// With whom, if it is a conversation of two.
    pub direct: Option<Direct>,
    /// Somebody closed their door after this person left: they have heard of it.
    pub goodbye_heard: bool,
}

/// The other one in a conversation of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Direct {
    pub with: MemberId,
    /// As they call themselves; until they have come, as the community's name has it.
    pub name: String,
}

/// How far coming into a community has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntryState {
    /// Nobody was reached so far.
    Looking,
    /// History comes in: so many events of so many.
    Hearing(u64, u64),
    /// This device belongs.
    In,
    /// It was refused for good.
    Refused(Refusal),
}

impl Hall {
    pub fn new(id: CommunityId, path: PathBuf) -> Self {
        let known = Known {
            standing: Standing::Closed,
            trouble: String::new(),
            name: String::new(),
            my_name: String::new(),
            devices: BTreeMap::new(),
            called: BTreeSet::new(),
            up: BTreeSet::new(),
            blobs: HashMap::new(),
            events: 0,
            direct: None,
            goodbye_heard: false,
        };
        let (entry, _) = watch::channel(EntryState::Looking);
        Self { id, path, known: RwLock::new(known), readers: Mutex::default(), stale: Mutex::default(), entry }
    }

    /// The snapshot, for a short look.
    pub fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the snapshot.
    pub fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// An app's rows changed.
    pub fn stale(&self, app: &'static str) {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner).insert(app);
    }

    /// The apps whose rows changed since this was last asked.
    pub fn take_stale(&self) -> BTreeSet<&'static str> {
        std::mem::take(&mut *self.stale.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file, at one point in its history. Blocks; never inside the loop.
    ///
    /// # Errors
    /// What `read` says, or that the file cannot be read.
    pub fn read<T>(&self, read: impl FnOnce(&View<'_>, &Reader) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let waiting = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match waiting {
            Some(reader) => reader,
            None => Reader::open(&self.path).map_err(|error| crate::trouble::of_store(&self.path, &error))?,
        };
        let connection = reader.connection();
        connection.execute_batch("BEGIN")?;
        let ids = DbIds(connection);
        let answer = read(&View::of_all(connection, &ids), &reader);
        let ended = connection.execute_batch("COMMIT");
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.is_ok() && readers.len() < MAX_READERS {
            readers.push(reader);
        }
        answer
    }
}

impl Known {
    /// Whether a device is one of a member in good standing.
    pub fn is_member(&self, device: &DeviceId) -> bool {
        self.devices.get(device).is_some_and(|device| device.cut.is_none())
    }

    /// The members that still belong.
    pub fn members(&self) -> BTreeSet<MemberId> {
        self.devices.values().filter(|device| device.cut.is_none()).map(|device| device.member).collect()
    }
}
