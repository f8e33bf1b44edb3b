//! Who may have which bytes: every request for a blob or for word of it is asked about at the host's door.
//!
//! Only requests for one raw blob are answered: through hash sequences and lists of many, a member could name a blob that
//! the door never saw. Pushing is off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use iroh::endpoint::{Connection, VarInt};
use iroh_blobs::provider::events::{
    AbortReason, ConnectMode, EventMask, EventResult, EventSender, ObserveMode, ProviderMessage, RequestMode,
    ThrottleMode,
};
use skein_event::{BlobHash, DeviceId};

use crate::blobs::Blobs;
use crate::blobs::store::Store;
use crate::shared::{PATIENCE, Shared, device_id, widen};
use crate::steer::Steering;

/// Requests and throttle questions of one connection that wait for their answer.
const WAITING: usize = 32;

/// Serves one connection until it closes.
pub(crate) async fn serve(shared: &Arc<Shared>, blobs: &Blobs, connection: Connection, id: u64) {
    let device = device_id(connection.remote_id());
    let steering = &blobs.store.steering;
    let mask = EventMask {
        connected: ConnectMode::None,
        get: RequestMode::Intercept,
        get_many: RequestMode::Disabled,
        push: RequestMode::Disabled,
        observe: ObserveMode::Intercept,
        // A limit may be set while the connection stands.
        throttle: ThrottleMode::Intercept,
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
            // While files rest, whoever asks waits: a "no" would mean that it is not here.
            tokio::select! {
                () = steering.awake() => (),
                _ = watch.closed() => break,
            }
            answer(message, steering, &|hash| {
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

async fn answer(message: ProviderMessage, steering: &Arc<Steering>, allowed: &(dyn Fn(BlobHash) -> bool + Sync)) {
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
        ProviderMessage::Throttle(throttle) if steering.up.rate().is_none() => {
            throttle.tx.send(Ok(())).await.ok();
        }
        ProviderMessage::Throttle(throttle) => {
            let steering = steering.clone();
            tokio::spawn(async move {
                steering.up.pass(throttle.inner.size).await;
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

    /// The folder is forgotten. Gives what no other folder contains.
    pub(crate) fn remove(&self, root: BlobHash) -> Vec<BlobHash> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = inner.extract_if(|_, roots| {
            roots.retain(|known| *known != root);
            roots.is_empty()
        });
        gone.map(|(child, _)| child).collect()
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
    fn a_blob_is_known_by_all_its_roots_until_they_are_forgotten() {
        let [child, one, two] = [1, 2, 3].map(|n| BlobHash::from_bytes([n; 32]));
        let index = Index::default();
        index.add(one, [child, child]);
        index.add(two, [child]);
        assert_eq!(index.roots_of(child), [one, two]);
        assert!(index.remove(one).is_empty());
        assert_eq!(index.roots_of(child), [two]);
        assert_eq!(index.remove(two), [child]);
        assert!(index.roots_of(child).is_empty());
    }
}
