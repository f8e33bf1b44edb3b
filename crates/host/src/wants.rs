//! What apps want on this device, level-triggered: looked at again and again until the rows no longer say so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use skein_app::{Hold, Refusal, Want};
use skein_event::{BlobHash, CommunityId, DeviceId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Standing;
use crate::core::Core;
use crate::desk::{InHand, free, held, of_blobs};
use crate::hall::Hall;
use crate::pull::{Wanted, pull};
use crate::spare::{self, Most};
use crate::steer::{Why, paused};

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
    running: BTreeMap<Key, Running>,
    failed: BTreeMap<Key, (u32, Instant)>,
}

/// Something under way.
struct Running {
    /// The most bytes that it takes in for the others, and the end of that if it is no longer wanted.
    spare: Option<(u64, CancellationToken)>,
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
            match read(core, &hall).await {
                Ok(wants) => {
                    // What is no longer taken in for the others is gone before anything else is: room is never used twice.
                    if self.end_what_is_over(core, &hall, &wants).await {
                        wants.into_iter().for_each(|want| self.begin(core, &hall, want));
                    }
                }
                Err(refusal) => tracing::warn!("what apps want could not be read: {refusal}"),
            }
        }
    }

    /// Ends what was begun for the others and is no longer wanted; gives whether all of it is gone.
    async fn end_what_is_over(&self, core: &Arc<Core>, hall: &Arc<Hall>, wants: &[Want]) -> bool {
        let wanted: BTreeSet<BlobHash> =
            wants.iter().filter(|want| matches!(want, Want::Spare { .. })).map(Want::root).collect();
        let running: BTreeSet<BlobHash> = {
            let inner = lock(&self.0);
            let of_hall = inner.running.iter().filter(|(key, _)| key.0 == hall.id);
            let spare: Vec<_> =
                of_hall.filter_map(|(key, running)| Some((key.1, &running.spare.as_ref()?.1))).collect();
            spare.iter().filter(|(root, _)| !wanted.contains(root)).for_each(|(_, end)| end.cancel());
            spare.into_iter().map(|(root, _)| root).collect()
        };
        spare::clear(core, hall, &wanted, &running).await && running.is_subset(&wanted)
    }

    fn begin(&self, core: &Arc<Core>, hall: &Arc<Hall>, want: Want) {
        let key = (hall.id, want.root());
        let fetches = matches!(want, Want::Blob { .. } | Want::Spare { .. });
        if fetches && paused(core, &key.1).is_some() {
            return; // looked at again when it is resumed
        }
        let mut inner = lock(&self.0);
        let early = inner.failed.get(&key).is_some_and(|(_, until)| *until > Instant::now());
        if early || inner.running.contains_key(&key) || inner.running.len() >= MAX_FETCHES {
            return;
        }
        let mut running = Running { spare: None };
        if let Want::Spare { most_bytes, most_list_bytes, .. } = want {
            let most = most_bytes.saturating_add(most_list_bytes);
            let others = inner.running.values().filter_map(|running| running.spare.as_ref());
            let promised = others.fold(most, |sum: u64, (bytes, _)| sum.saturating_add(*bytes));
            if spare::left_bytes(core) < promised {
                return; // the others hear of it when the app is next asked what it has to say
            }
            running.spare = Some((most, core.stop.child_token()));
        }
        let end = running.spare.as_ref().map_or_else(|| core.stop.clone(), |(_, end)| end.clone());
        inner.running.insert(key, running);
        drop(inner);
        let (state, own, hall) = (self.0.clone(), core.clone(), hall.clone());
        core.spawn(async move {
            let result = end.run_until_cancelled(fulfil(&own, &hall, want)).await.unwrap_or(Ok(()));
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

/// What the apps want in a community.
pub(crate) async fn read(core: &Arc<Core>, hall: &Arc<Hall>) -> Result<Vec<Want>, Refusal> {
    let (rules, me) = (core.rules, core.me(hall.id));
    let there: Vec<DeviceId> = hall.known().up.iter().copied().collect();
    core.read(hall, move |_, reader| Ok(skein_node::wants(rules, reader.connection(), &me, &there)?)).await
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
            let _in_hand = InHand::new(core, root);
            let blobs = core.wire.blobs()?;
            let here = blobs.has(root, folder).await.map_err(|error| of_blobs(&error))?;
            if !here.complete {
                pull(core, hall, &blobs, &Wanted::new(root, folder, Why::Kept), &mut |_| ()).await?;
            }
            held(core, hall, root, Hold::Own).await;
            Ok(())
        }
        Want::Gone { root, .. } => {
            free(core, root, Some(hall.id)).await?;
            held(core, hall, root, Hold::Not).await;
            Ok(())
        }
        Want::Spare { root, folder, share, most_bytes, most_list_bytes } => {
            let _in_hand = InHand::new(core, root);
            let most = Most { bytes: most_bytes, list_bytes: most_list_bytes };
            spare::take(core, hall, root, folder, share, most).await
        }
        Want::Over { root, .. } => spare::let_go(core, hall, root, want).await,
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
