//! Who may have which bytes: every request for a blob or for word of it is asked about at the host's door.
//!
//! Only requests for one raw blob are answered: through hash sequences and lists of many, a member could name a blob that
//! the door never saw. Pushing is off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use iroh::endpoint::{Connection, VarInt};
use iroh_blobs::provider::events::{
    AbortReason, ConnectMode, EventMask, EventResult, EventSender, ObserveMode, ProviderMessage, RequestMode,
    ThrottleMode,
};
use skein_event::{BlobHash, DeviceId};

use crate::blobs::Blobs;
use crate::blobs::store::Store;
use crate::shared::{PATIENCE, Shared, device_id, widen};

/// Requests and throttle questions of one connection that wait for their answer.
const WAITING: usize = 32;

/// Serves one connection until it closes.
pub(crate) async fn serve(shared: &Arc<Shared>, blobs: &Blobs, connection: Connection, id: u64) {
    let device = device_id(connection.remote_id());
    let limit = blobs.store.upload.clone();
    let mask = EventMask {
        connected: ConnectMode::None,
        get: RequestMode::Intercept,
        get_many: RequestMode::Disabled,
        push: RequestMode::Disabled,
        observe: ObserveMode::Intercept,
        throttle: if limit.is_some() { ThrottleMode::Intercept } else { ThrottleMode::None },
    };
    let (events, mut requests) = EventSender::channel(WAITING, mask);
    let watch = connection.clone();
    let provider = iroh_blobs::provider::handle_connection(connection, blobs.store.api().clone(), events);
    let guard = async {
        let opened = Instant::now();
        loop {
            let message = match tokio::time::timeout(PATIENCE, requests.recv()).await {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(_) => {
                    if !shared.pool.is_proven(id) && opened.elapsed() >= PATIENCE {
                        watch.close(VarInt::from_u32(0), b"no door opened");
                    }
                    continue;
                }
            };
            answer(message, limit.as_ref(), &|hash| {
                let allowed = may_fetch(shared, &blobs.store, device, hash);
                if allowed && !shared.pool.is_proven(id) {
                    shared.pool.prove(id);
                    widen(&watch);
                }
                allowed
            })
            .await;
        }
    };
    tokio::join!(provider, guard);
}

/// Asks the door about the blob itself and about every root that contains it.
pub(crate) fn may_fetch(shared: &Shared, store: &Store, device: DeviceId, hash: BlobHash) -> bool {
    shared.door.may_fetch(device, hash)
        || store.index.roots_of(hash).into_iter().any(|root| shared.door.may_fetch(device, root))
}

async fn answer(message: ProviderMessage, limit: Option<&Arc<Bucket>>, allowed: &(dyn Fn(BlobHash) -> bool + Sync)) {
    let verdict = |hash: &iroh_blobs::Hash, raw: bool| -> EventResult {
        let hash = BlobHash::from_bytes(*hash.as_bytes());
        if raw && allowed(hash) { Ok(()) } else { Err(AbortReason::Permission) }
    };
    match message {
        ProviderMessage::GetRequestReceived(get) => {
            let said = verdict(&get.inner.request.hash, get.inner.request.ranges.is_blob());
            get.tx.send(said).await.ok();
        }
        ProviderMessage::ObserveRequestReceived(observe) => {
            let said = verdict(&observe.inner.request.hash, true);
            observe.tx.send(said).await.ok();
        }
        ProviderMessage::Throttle(throttle) => {
            let wait = limit.map_or(Duration::ZERO, |bucket| bucket.take(throttle.inner.size, Instant::now()));
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                throttle.tx.send(Ok(())).await.ok();
            });
        }
        ProviderMessage::GetManyRequestReceived(many) => {
            many.tx.send(Err(AbortReason::Permission)).await.ok();
        }
        ProviderMessage::PushRequestReceived(push) => {
            push.tx.send(Err(AbortReason::Permission)).await.ok();
        }
        _ => (),
    }
}

/// A shared allowance of bytes per second: who takes more than there is waits until it is earned.
pub(crate) struct Bucket {
    per_second: f64,
    free_at: Mutex<Option<Instant>>,
}

impl Bucket {
    /// An allowance of so many bytes a second.
    pub(crate) fn new(per_second: u64) -> Self {
        Self { per_second: per_second.max(1) as f64, free_at: Mutex::new(None) }
    }

    /// Takes so many bytes; says how long to wait before sending them. A tenth of a second's worth may go in a burst.
    pub(crate) fn take(&self, bytes: u64, now: Instant) -> Duration {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let burst = Duration::from_millis(100);
        let start = free_at.map_or(now, |free| free.max(now.checked_sub(burst).unwrap_or(now)));
        let next = start + Duration::from_secs_f64(bytes as f64 / self.per_second);
        *free_at = Some(next);
        next.saturating_duration_since(now)
    }
}

/// Which roots contain a blob. Roots that are the blob itself are not listed.
#[derive(Default)]
pub(crate) struct Index {
    inner: Mutex<HashMap<BlobHash, Vec<BlobHash>>>,
}

impl Index {
    /// The children of a folder become known.
    pub(crate) fn add(&self, root: BlobHash, children: impl IntoIterator<Item = BlobHash>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for child in children {
            let roots = inner.entry(child).or_default();
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }

    /// The folder is forgotten.
    pub(crate) fn remove(&self, root: BlobHash) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.retain(|_, roots| {
            roots.retain(|known| *known != root);
            !roots.is_empty()
        });
    }

    /// The folders that contain this blob.
    pub(crate) fn roots_of(&self, child: BlobHash) -> Vec<BlobHash> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.get(&child).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_lets_through_its_rate_and_no_more() {
        let bucket = Bucket::new(1000);
        let start = Instant::now();
        let waits: Vec<_> = (0..20).map(|_| bucket.take(100, start)).collect();
        assert_eq!(waits[0], Duration::from_millis(100));
        assert_eq!(waits[19], Duration::from_secs(2), "2,000 bytes take two seconds");
        let later = start + Duration::from_secs(60);
        assert!(bucket.take(100, later) <= Duration::from_millis(100), "an idle minute is not saved up");
        assert!(bucket.take(10_000, later) > Duration::from_secs(9));
    }

    #[test]
    fn a_blob_is_known_by_all_its_roots_until_they_are_forgotten() {
        let [child, one, two] = [1, 2, 3].map(|n| BlobHash::from_bytes([n; 32]));
        let index = Index::default();
        index.add(one, [child, child]);
        index.add(two, [child]);
        assert_eq!(index.roots_of(child), [one, two]);
        index.remove(one);
        assert_eq!(index.roots_of(child), [two]);
        index.remove(two);
        assert!(index.roots_of(child).is_empty());
    }
}
