//! Looking at what another device holds: it shows any part of it, nothing is stored here, and whoever has it only in part, or
//! damaged, or not at all, is found out.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::fs;
use std::sync::Arc;

use common::{Device, LONG, community};
use skein_event::{BlobHash, DeviceId};
use skein_net::{Progress, Proof};
use tokio::sync::watch;
use tokio::time::timeout;

const MIB: usize = 1 << 20;

/// Bytes that no compression and no chance repeats.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Ana has a folder with a large and a small file, Ben may fetch it; gives its root, the large file's, and all bytes.
async fn scene() -> (Device, Device, tempfile::TempDir, BlobHash, BlobHash, u64) {
    let (ana, ben) = (Device::start(1).await, Device::start(2).await);
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("album");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("large.bin"), noise(1, 3 * MIB + 17)).unwrap();
    fs::write(folder.join("small.txt"), "hello").unwrap();
    let progress = || watch::channel(Progress::default()).0;
    let file = ana.net.blobs().import(&folder.join("large.bin"), progress()).await.unwrap();
    let imported = ana.net.blobs().import(&folder, progress()).await.unwrap();
    ben.net.keep(community(1), vec![ana.contact()]);
    for root in [imported.root, file.root] {
        ana.door.0.lock().unwrap().blobs.insert((ben.id, root));
    }
    (ana, ben, place, imported.root, file.root, imported.bytes)
}

async fn prove(asker: &Device, holder: DeviceId, root: BlobHash, folder: bool) -> Proof {
    timeout(LONG, asker.net.blobs().prove(holder, root, folder, 7)).await.expect("in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_shows_what_it_holds_and_nothing_is_stored() {
    let (ana, ben, _place, folder, file, _) = scene().await;
    let Proof::Shown(bytes) = prove(&ben, ana.id, file, false).await else { panic!("it is shown") };
    // At most four places of 16 KiB, and some bytes at the end, where the size is proven.
    assert!((16 << 10..=5 * (16 << 10)).contains(&bytes), "{bytes}");
    assert!(matches!(prove(&ben, ana.id, folder, true).await, Proof::Shown(1..)));
    assert_eq!(ben.net.blobs().has(file, false).await.unwrap().bytes_have, 0);
    assert_eq!(ben.net.blobs().size_at(ana.id, file).await, Some(3 * MIB as u64 + 17));
    assert_eq!(ben.net.blobs().listed_bytes(folder).await.unwrap(), None, "the list is not here");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_not_got_it_fails_and_whoever_is_away_does_not() {
    let (ana, ben, _place, _, file, _) = scene().await;
    let missing = BlobHash::from_bytes([9; 32]);
    ana.door.0.lock().unwrap().blobs.insert((ben.id, missing));
    assert_eq!(prove(&ben, ana.id, missing, false).await, Proof::Failed);
    assert_eq!(prove(&ben, ana.id, missing, true).await, Proof::Failed);
    assert_eq!(ben.net.blobs().size_at(ana.id, missing).await, None);
    let nobody = Device::start(3).await.id;
    assert_eq!(prove(&ben, nobody, file, false).await, Proof::Unreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_can_be_fetched_into_a_place_of_its_own() {
    let (ana, ben, place, folder, _, bytes) = scene().await;
    let scratch = ben.net.blobs().scratch(&place.path().join("scratch")).await.unwrap();
    let holders = vec![ana.id];
    let fetched = scratch.fetch(folder, true, Arc::new(move || holders.clone()), watch::channel(Progress::default()).0);
    timeout(LONG, fetched).await.expect("in time").unwrap();
    assert!(scratch.verify(folder, true).await);
    assert_eq!(scratch.listed_bytes(folder).await.unwrap(), Some(bytes));
    assert!(!ben.net.blobs().has(folder, true).await.unwrap().complete, "Ben's own store has none of it");
    scratch.close_scratch().await;
}
