//! The connections that exist, and how many of them strangers may hold.
//!
//! A connection is unproven until a door has opened on it. Unproven ones are few: the oldest makes room for the newest, so
//! that a flood of strangers cannot keep a member out for long.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use iroh::endpoint::{Connection, VarInt};
use skein_event::DeviceId;

/// Unproven connections in total.
pub(crate) const MAX_UNPROVEN: usize = 64;
/// Unproven connections of one device.
pub(crate) const MAX_UNPROVEN_PER_DEVICE: usize = 2;
/// Connections of one device and kind.
pub(crate) const MAX_PER_DEVICE: usize = 4;
/// Connections in total; beyond it nobody is admitted.
pub(crate) const MAX_CONNECTIONS: usize = 4096;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sync,
    Blobs,
    Swarm,
    Gossip,
}

struct Entry {
    device: DeviceId,
    kind: Kind,
    proven: bool,
    /// Which run of the other side's program it belongs to, once known.
    instance: Option<u64>,
    connection: Connection,
}

/// All connections; ids rise with age.
#[derive(Default)]
pub(crate) struct Pool {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    entries: HashMap<u64, Entry>,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in, and closes whichever it pushes out. `None`: there is no room.
    pub(crate) fn admit(&self, device: DeviceId, kind: Kind, proven: bool, connection: &Connection) -> Option<u64> {
        let mut inner = self.lock();
        if inner.entries.len() >= MAX_CONNECTIONS {
            return None;
        }
        let of_device = |entry: &Entry| entry.device == device && entry.kind == kind;
        inner.push_out(MAX_PER_DEVICE, of_device);
        if !proven {
            inner.push_out(MAX_UNPROVEN_PER_DEVICE, |entry| entry.device == device && !entry.proven);
            inner.push_out(MAX_UNPROVEN, |entry| !entry.proven);
        }
        inner.next += 1;
        let id = inner.next;
        let connection = connection.clone();
        inner.entries.insert(id, Entry { device, kind, proven, instance: None, connection });
        Some(id)
    }

    /// A door opened on this connection.
    pub(crate) fn prove(&self, id: u64) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            entry.proven = true;
        }
    }

    /// Whether a door has opened on it.
    pub(crate) fn is_proven(&self, id: u64) -> bool {
        self.lock().entries.get(&id).is_some_and(|entry| entry.proven)
    }

    /// Notes which run of the other side's program this connection belongs to; those of earlier runs are dead: closed.
    pub(crate) fn belongs_to(&self, id: u64, instance: u64) {
        let mut inner = self.lock();
        let Some(entry) = inner.entries.get_mut(&id) else { return };
        entry.instance = Some(instance);
        let device = entry.device;
        for (other, entry) in &inner.entries {
            if entry.device == device && *other < id && entry.instance.is_some_and(|known| known != instance) {
                entry.connection.close(VarInt::from_u32(0), b"started anew");
            }
        }
    }

    /// The connection to use for a new stream to this device: the newest one.
    pub(crate) fn newest(&self, device: DeviceId, kind: Kind) -> Option<(u64, Connection)> {
        let inner = self.lock();
        let usable = inner.entries.iter().filter(|(_, entry)| {
            entry.device == device && entry.kind == kind && entry.connection.close_reason().is_none()
        });
        usable.max_by_key(|(id, _)| **id).map(|(id, entry)| (*id, entry.connection.clone()))
    }

    /// All connections with this device.
    pub(crate) fn with(&self, device: DeviceId) -> Vec<Connection> {
        self.lock()
            .entries
            .values()
            .filter(|entry| entry.device == device)
            .map(|entry| entry.connection.clone())
            .collect()
    }

    /// The connection is gone.
    pub(crate) fn remove(&self, id: u64) {
        self.lock().entries.remove(&id);
    }
}

impl Inner {
    /// Closes the oldest of those that match until one more fits within the limit.
    fn push_out(&mut self, limit: usize, matches: impl Fn(&Entry) -> bool) {
        let mut ids: Vec<u64> = self.entries.iter().filter(|(_, entry)| matches(entry)).map(|(id, _)| *id).collect();
        ids.sort_unstable();
        let surplus = (ids.len() + 1).saturating_sub(limit);
        for id in ids.into_iter().take(surplus) {
            if let Some(entry) = self.entries.remove(&id) {
                entry.connection.close(VarInt::from_u32(0), b"too many connections");
            }
        }
    }
}
