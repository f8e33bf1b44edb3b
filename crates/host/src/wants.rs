//! What apps want on this device, level-triggered: looked at again and again until the rows no longer say so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use skein_app::{Refusal, Want};
use skein_event::{BlobHash, CommunityId};
use tokio::time::Instant;

use crate::Standing;
use crate::core::Core;
use crate::desk::{free, held, of_blobs};
use crate::hall::Hall;
use crate::pull::{PATIENCE, pull};

/// How many fetches run at once by themselves.
const MAX_FETCHES: usize = 2;
/// The first and the longest wait after a fetch that came to nothing.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LAST_WAIT: Duration = Duration::from_secs(600);
/// How many failures are remembered; beyond it all are forgotten and tried again.
const MAX_FAILURES: usize = 10_000;

type Key = (CommunityId, BlobHash);

/// What runs, and what came to nothing.
#[derive(Default)]
pub(crate) struct Wants(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    running: BTreeMap<Key, ()>,
    failed: BTreeMap<Key, (u32, Instant)>,
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wants {
    /// Looks at what all apps want now, and begins what there is room for.
    pub async fn look(&mut self, core: &Arc<Core>) {
        for hall in core.halls.all() {
            if hall.known().standing != Standing::Member {
                continue;
            }
            let (rules, me) = (core.rules, core.me(hall.id));
            let read = core.read(&hall, move |_, reader| Ok(skein_node::wants(rules, reader.connection(), &me)?));
            match read.await {
                Ok(wants) => wants.into_iter().for_each(|want| self.begin(core, &hall, want)),
                Err(refusal) => tracing::warn!("what apps want could not be read: {refusal}"),
            }
        }
    }

    fn begin(&self, core: &Arc<Core>, hall: &Arc<Hall>, want: Want) {
        let (Want::Blob { root, .. } | Want::Gone { root, .. }) = want;
        let key = (hall.id, root);
        let mut inner = lock(&self.0);
        let early = inner.failed.get(&key).is_some_and(|(_, until)| *until > Instant::now());
        if early || inner.running.contains_key(&key) || inner.running.len() >= MAX_FETCHES {
            return;
        }
        inner.running.insert(key, ());
        drop(inner);
        let (state, own, hall) = (self.0.clone(), core.clone(), hall.clone());
        core.spawn(async move {
            let result = fulfil(&own, &hall, want).await;
            let mut inner = lock(&state);
            inner.running.remove(&key);
            match result {
                Ok(()) => drop(inner.failed.remove(&key)),
                Err(refusal) => {
                    tracing::info!("what an app wants did not work this time: {refusal}");
                    inner.put_off(key);
                }
            }
            drop(inner);
            own.news.notify_one();
        });
    }
}

impl Inner {
    fn put_off(&mut self, key: Key) {
        if self.failed.len() >= MAX_FAILURES {
            self.failed.clear();
        }
        let (failures, until) = self.failed.entry(key).or_insert((0, Instant::now()));
        *until = Instant::now() + FIRST_WAIT.saturating_mul(1 << (*failures).min(16)).min(LAST_WAIT);
        *failures = failures.saturating_add(1);
    }
}

async fn fulfil(core: &Arc<Core>, hall: &Arc<Hall>, want: Want) -> Result<(), Refusal> {
    match want {
        Want::Blob { root, folder, .. } => {
            let here = core.wire.blobs()?.has(root, folder).await.map_err(|error| of_blobs(&error))?;
            if !here.complete {
                pull(core, hall, root, folder, PATIENCE, &mut |_| ()).await?;
            }
            held(core, hall, root, true).await;
            Ok(())
        }
        Want::Gone { root, .. } => {
            free(core, root, Some(hall.id)).await?;
            held(core, hall, root, false).await;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_to_nothing_waits_longer_each_time_and_is_bounded() {
        let mut inner = Inner::default();
        let key = (CommunityId::ZERO, BlobHash::ZERO);
        let mut waits = Vec::new();
        for _ in 0..20 {
            inner.put_off(key);
            waits.push(inner.failed[&key].1 - Instant::now());
        }
        assert!(waits[0] <= FIRST_WAIT && waits[3] > waits[0], "{waits:?}");
        assert!(waits[19] <= LAST_WAIT && waits[19] > LAST_WAIT / 2, "{waits:?}");
    }
}
