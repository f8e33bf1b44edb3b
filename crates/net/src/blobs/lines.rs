//! Connections on which files are fetched: one for each holder, shared by all fetches, closed when none uses it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use iroh::endpoint::{Connection, VarInt};
use skein_event::DeviceId;

use crate::shared::Shared;

/// What a holder may have under way towards us, in bytes.
const WINDOW: u32 = 32 << 20;

/// A connection to a holder; closed with its last user.
pub(crate) struct Line {
    pub(crate) connection: Connection,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.connection.close(VarInt::from_u32(0), b"done");
    }
}

type Slot = Arc<tokio::sync::Mutex<Weak<Line>>>;

/// The connections that are in use.
#[derive(Default)]
pub(crate) struct Lines {
    slots: Mutex<HashMap<DeviceId, Slot>>,
}

impl Lines {
    /// The connection to this holder; made if there is none. One caller at a time dials a holder.
    pub(crate) async fn get(&self, shared: &Shared, device: DeviceId) -> Option<Arc<Line>> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            let in_use = |slot: &Slot| slot.try_lock().map_or(true, |line| line.strong_count() > 0);
            slots.retain(|known, slot| *known == device || Arc::strong_count(slot) > 1 || in_use(slot));
            slots.entry(device).or_default().clone()
        };
        let mut line = slot.lock().await;
        if let Some(line) = line.upgrade().filter(|line| line.connection.close_reason().is_none()) {
            return Some(line);
        }
        let connection = shared.endpoint.connect(shared.whereabouts(device)?, iroh_blobs::ALPN).await.ok()?;
        connection.set_receive_window(VarInt::from_u32(WINDOW));
        let fresh = Arc::new(Line { connection });
        *line = Arc::downgrade(&fresh);
        Some(fresh)
    }
}
