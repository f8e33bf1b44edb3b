//! Files between real endpoints on loopback: folders with their modes, several holders, resuming, and who may have what.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{Device, LONG, community};
use skein_event::{BlobHash, DeviceId};
use skein_net::{BlobsError, Holders, Progress};
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

fn told() -> (watch::Sender<Progress>, watch::Receiver<Progress>) {
    watch::channel(Progress::default())
}

fn held_by(devices: &[DeviceId]) -> Holders {
    let devices = devices.to_vec();
    Arc::new(move || devices.clone())
}

/// What is in a folder: path, mode, content.
fn tree(top: &Path) -> BTreeMap<String, (u32, Option<Vec<u8>>)> {
    let mut all = BTreeMap::new();
    let mut open = vec![top.to_owned()];
    while let Some(folder) = open.pop() {
        for item in fs::read_dir(&folder).unwrap() {
            let path = item.unwrap().path();
            let data = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(top).unwrap().display().to_string();
            let mode = data.permissions().mode() & 0o7777;
            if data.is_dir() {
                open.push(path);
                all.insert(name, (mode, None));
            } else if data.is_file() {
                all.insert(name, (mode, Some(fs::read(&path).unwrap())));
            }
        }
    }
    all
}

fn make_folder(top: &Path) {
    fs::create_dir_all(top.join("photos/summer")).unwrap();
    fs::create_dir(top.join("empty")).unwrap();
    fs::write(top.join("read me.txt"), "hello").unwrap();
    fs::write(top.join("nothing"), "").unwrap();
    fs::write(top.join("photos/large.bin"), noise(1, 5 * MIB + 17)).unwrap();
    fs::write(top.join("photos/middle.bin"), noise(2, 200_000)).unwrap();
    fs::write(top.join("photos/summer/same.txt"), "hello").unwrap();
    fs::write(top.join("run.sh"), "#!/bin/sh\n").unwrap();
    let mode = |path: &str, mode| fs::set_permissions(top.join(path), fs::Permissions::from_mode(mode)).unwrap();
    mode("run.sh", 0o750);
    mode("photos/middle.bin", 0o440);
    mode("photos/summer", 0o711);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_arrives_with_its_tree_and_modes() {
    let (ana, ben) = (Device::start(1).await, Device::start(2).await);
    let place = tempfile::tempdir().unwrap();
    let original = place.path().join("album");
    make_folder(&original);
    fs::set_permissions(original.join("run.sh"), fs::Permissions::from_mode(0o4750)).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", original.join("link")).unwrap();

    let imported = ana.net.blobs().import(&original, told().0).await.unwrap();
    assert_eq!((imported.name.as_str(), imported.folder, imported.files), ("album", true, 6));
    assert_eq!(imported.left_out.len(), 1, "the link: {:?}", imported.left_out);
    let again = ana.net.blobs().import(&original, told().0).await.unwrap();
    assert_eq!(again, imported, "the same folder has the same root");

    ben.net.keep(community(1), vec![ana.contact()]);
    ana.door.0.lock().unwrap().blobs.insert((ben.id, imported.root));
    let (progress, seen) = told();
    let fetched = ben.net.blobs().fetch(imported.root, true, held_by(&[ana.id]), progress);
    timeout(LONG, fetched).await.expect("in time").unwrap();
    let last = seen.borrow().clone();
    assert_eq!((last.bytes_done, last.files_done), (last.bytes_total, last.files_total));
    assert!(ben.net.blobs().has(imported.root, true).await.unwrap().complete);
    assert!(ben.net.blobs().verify(imported.root, true).await);

    let to = place.path().join("to");
    let path = ben.net.blobs().export(imported.root, true, "album", &to).await.unwrap();
    assert_eq!(path, to.join("album"));
    let mut wanted = tree(&original);
    wanted.remove("link");
    wanted.get_mut("run.sh").unwrap().0 = 0o750;
    assert_eq!(tree(&path), wanted, "the set-uid bit stays behind, all else arrives");

    let hidden = |name: &String| name.starts_with(".skein-");
    assert!(!tree(&to).keys().any(hidden), "no draft is left");
    let left = to.join(format!(".skein-{}-00000000000000ff", ben.id.short()));
    fs::create_dir(&left).unwrap();
    fs::write(left.join("half"), b"written by a program that was killed").unwrap();
    let same = ben.net.blobs().export(imported.root, true, "album", &to).await.unwrap();
    assert!(!tree(&to).keys().any(hidden), "nor one of a program that was killed");
    assert_eq!(same, path, "what is there already is not written again");
    fs::write(path.join("read me.txt"), "mine now").unwrap();
    let second = ben.net.blobs().export(imported.root, true, "album", &to).await.unwrap();
    assert_eq!(second, to.join("album (2)"));
    assert_eq!(fs::read(path.join("read me.txt")).unwrap(), b"mine now", "nothing is overwritten");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 2, "no half-written leavings");
    for name in ["", "..", "a/b", "/etc/x"] {
        let refused = ben.net.blobs().export(imported.root, true, name, &to).await;
        assert!(matches!(refused, Err(BlobsError::Unfit(_))), "{name:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_list_is_refused_before_anything_of_it_is_fetched() {
    let (ana, ben) = (Device::start(1).await, Device::start(2).await);
    let place = tempfile::tempdir().unwrap();
    // A list that leads out of its folder, made by hand: head, one entry, path "../evil", mode 0o644, a folder.
    let mut hostile = b"skein folder\x01\0\0\0\x01\x07../evil".to_vec();
    hostile.extend_from_slice(&[0xa4, 0x03, 0x00]);
    fs::write(place.path().join("list"), &hostile).unwrap();
    let list = ana.net.blobs().import(&place.path().join("list"), told().0).await.unwrap();
    ana.door.0.lock().unwrap().all_blobs = true;
    ben.net.keep(community(1), vec![ana.contact()]);
    let fetched = ben.net.blobs().fetch(list.root, true, held_by(&[ana.id]), told().0);
    let refused = timeout(LONG, fetched).await.expect("in time");
    assert!(matches!(&refused, Err(BlobsError::List(why)) if why.contains("called")), "{refused:?}");
    let exported = ben.net.blobs().export(list.root, true, "x", &place.path().join("to")).await;
    assert!(matches!(exported, Err(BlobsError::List(_))), "{exported:?}");
    assert!(!place.path().join("evil").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_holders_all_serve_a_part() {
    let mut holders = vec![];
    for n in 1..=3 {
        // Each is held to a rate, so that none can serve everything before the others have begun.
        holders.push(Device::start_with(n, |config| config.upload_bytes_per_s = Some(8 << 20)).await);
    }
    let ben = Device::start(9).await;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("film.bin");
    fs::write(&path, noise(3, 24 * MIB + 5)).unwrap();
    let mut root = BlobHash::ZERO;
    for holder in &holders {
        root = holder.net.blobs().import(&path, told().0).await.unwrap().root;
        holder.door.0.lock().unwrap().blobs.insert((ben.id, root));
    }
    ben.net.keep(community(1), holders.iter().map(Device::contact).collect());
    let ids: Vec<_> = holders.iter().map(|holder| holder.id).collect();
    let (progress, seen) = told();
    timeout(LONG, ben.net.blobs().fetch(root, false, held_by(&ids), progress)).await.expect("in time").unwrap();
    let came: BTreeMap<_, _> = seen.borrow().holders.iter().copied().collect();
    assert_eq!(came.len(), 3, "{came:?}");
    let total: u64 = came.values().sum();
    assert!(came.values().all(|bytes| *bytes >= 2 << 20), "each its share: {came:?}");
    assert!(total < (30 * MIB) as u64, "hardly anything twice: {came:?}");
    let out = ben.net.blobs().export(root, false, "film.bin", &place.path().join("to")).await.unwrap();
    assert_eq!(fs::read(out).unwrap(), fs::read(path).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_has_only_a_part_serves_that_part_and_the_rest_comes_from_another() {
    let slow = |config: &mut skein_net::Config| config.upload_bytes_per_s = Some(6 << 20);
    let (ana, mut ben, cem) =
        (Device::start_with(1, slow).await, Device::start_with(2, slow).await, Device::start(3).await);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("film.bin");
    fs::write(&path, noise(4, 24 * MIB)).unwrap();
    let root = ana.net.blobs().import(&path, told().0).await.unwrap().root;
    for door in [&ana.door, &ben.door] {
        door.0.lock().unwrap().all_blobs = true;
    }
    ben.net.keep(community(1), vec![ana.contact()]);
    cem.net.keep(community(1), vec![ana.contact(), ben.contact()]);
    // Ben gets a good part and gives up.
    fetch_some(&ben, root, ana.id, 6 << 20).await;
    let part = ben.net.blobs().has(root, false).await.unwrap();
    assert!(!part.complete && part.bytes_have > 0, "{part:?}");
    let (progress, seen) = told();
    let fetched = cem.net.blobs().fetch(root, false, held_by(&[ana.id, ben.id]), progress);
    timeout(LONG, fetched).await.expect("in time").unwrap();
    let came: BTreeMap<_, _> = seen.borrow().holders.iter().copied().collect();
    assert!(came.get(&ben.id).is_some_and(|bytes| *bytes > 0), "the partial holder serves too: {came:?}");
    assert!(cem.net.blobs().verify(root, false).await);
    ben.inbox.close();
}

/// Fetches until so many bytes are here, then gives up.
async fn fetch_some(device: &Device, root: BlobHash, from: DeviceId, bytes: u64) {
    let (progress, mut seen) = told();
    let fetched = device.net.blobs().fetch(root, false, held_by(&[from]), progress);
    let enough = seen.wait_for(|progress| progress.bytes_done >= bytes);
    tokio::select! {
        _ = fetched => panic!("it was meant to take longer"),
        enough = timeout(LONG, enough) => { enough.expect("in time").unwrap(); }
    }
}

/// A folder as a kill would leave it at this moment.
fn as_killed(folder: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-r").args([folder, to]).status().unwrap();
    assert!(copied.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_be_here_is_here_after_a_kill() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let ana = Device::start_config(common::config(1, at("ana"))).await;
    let ben = Device::start_config(common::config(2, at("ben"))).await;
    ana.door.0.lock().unwrap().all_blobs = true;
    fs::write(at("film.bin"), noise(6, 3 * MIB)).unwrap();
    let root = ana.net.blobs().import(&at("film.bin"), told().0).await.unwrap().root;
    as_killed(&at("ana"), &at("ana-killed"));
    ben.net.keep(community(1), vec![ana.contact()]);
    let fetched = ben.net.blobs().fetch(root, false, held_by(&[ana.id]), told().0);
    timeout(LONG, fetched).await.expect("in time").unwrap();
    as_killed(&at("ben"), &at("ben-killed"));
    for (n, name) in [(1, "ana-killed"), (2, "ben-killed")] {
        let after = Device::start_config(common::config(n, at(name))).await;
        assert!(after.net.blobs().verify(root, false).await, "{name} has lost it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_goes_on_where_it_was_when_everything_fell_over() {
    let ana = Device::start_with(1, |config| config.upload_bytes_per_s = Some(8 << 20)).await;
    ana.door.0.lock().unwrap().all_blobs = true;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("film.bin");
    let size = 24 * MIB;
    fs::write(&path, noise(5, size)).unwrap();
    let root = ana.net.blobs().import(&path, told().0).await.unwrap().root;
    let config = || common::config(2, place.path().join("ben"));

    let ben = Device::start_config(config()).await;
    ben.net.keep(community(1), vec![ana.contact()]);
    fetch_some(&ben, root, ana.id, 12 << 20).await;
    ben.net.stop().await;

    let ben = Device::start_config(config()).await;
    ben.net.keep(community(1), vec![ana.contact()]);
    let before = ben.net.blobs().has(root, false).await.unwrap();
    assert!(before.bytes_have >= 8 << 20, "{before:?}");
    let (progress, seen) = told();
    timeout(LONG, ben.net.blobs().fetch(root, false, held_by(&[ana.id]), progress)).await.expect("in time").unwrap();
    let came: u64 = seen.borrow().holders.iter().map(|(_, bytes)| bytes).sum();
    assert!(came + before.bytes_have < (size + 6 * MIB) as u64, "{came} came after {before:?}");
    assert!(ben.net.blobs().verify(root, false).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_have_a_blob_gets_it_or_word_of_it() {
    let (ana, ben) = (Device::start(1).await, Device::start(2).await);
    let place = tempfile::tempdir().unwrap();
    let original = place.path().join("album");
    make_folder(&original);
    let folder = ana.net.blobs().import(&original, told().0).await.unwrap();
    fs::write(place.path().join("other"), noise(6, 2 * MIB)).unwrap();
    let other = ana.net.blobs().import(&place.path().join("other"), told().0).await.unwrap();
    ben.net.keep(community(1), vec![ana.contact()]);
    let try_for = async |root: BlobHash, folder: bool| {
        let fetched = ben.net.blobs().fetch(root, folder, held_by(&[ana.id]), told().0);
        timeout(Duration::from_secs(4), fetched).await.is_ok_and(|outcome| outcome.is_ok())
    };
    assert!(!try_for(folder.root, true).await, "a stranger gets nothing");
    assert_eq!(ben.net.blobs().has(folder.root, true).await.unwrap().bytes_have, 0);
    ana.door.0.lock().unwrap().blobs.insert((ben.id, folder.root));
    assert!(!try_for(other.root, false).await, "one root allowed is not all");
    assert!(try_for(folder.root, true).await);
    let child = BlobHash::from_bytes(*blake3::hash(b"hello").as_bytes());
    assert!(ben.net.blobs().has(child, false).await.unwrap().complete);

    // Raw iroh-blobs requests, as a hostile client would make them.
    let raw = raw_client(9).await;
    let outcome = raw.attempt(&ana, child, Attempt::Get).await;
    assert!(!outcome, "a stranger who knows a hash gets nothing");
    assert!(!raw.attempt(&ana, child, Attempt::Observe).await, "nor word of it");
    let me = DeviceId::from_bytes(*raw.endpoint.id().as_bytes());
    ana.door.0.lock().unwrap().blobs.insert((me, folder.root));
    assert!(raw.attempt(&ana, child, Attempt::Get).await, "a file of a folder that is allowed");
    assert!(raw.attempt(&ana, child, Attempt::Observe).await);
    assert!(!raw.attempt(&ana, other.root, Attempt::Get).await);
    // A file that is the name of another: as a hash sequence it would lead past the door.
    fs::write(place.path().join("bait"), other.root.as_bytes()).unwrap();
    let bait = ana.net.blobs().import(&place.path().join("bait"), told().0).await.unwrap();
    ana.door.0.lock().unwrap().blobs.insert((me, bait.root));
    assert!(raw.attempt(&ana, bait.root, Attempt::Get).await);
    assert!(!raw.attempt(&ana, bait.root, Attempt::Sequence).await);
    assert!(!raw.attempt(&ana, child, Attempt::Many).await);
    ana.net.blobs().forget(folder.root).await.unwrap();
    assert!(!raw.attempt(&ana, child, Attempt::Get).await, "what is forgotten is not served as part of it");
}

#[derive(Clone, Copy)]
enum Attempt {
    Get,
    Observe,
    Sequence,
    Many,
}

struct RawClient {
    endpoint: iroh::Endpoint,
}

async fn raw_client(n: u8) -> RawClient {
    let endpoint = iroh::Endpoint::builder(iroh::endpoint::presets::Minimal)
        .secret_key(iroh::SecretKey::from_bytes(&[n; 32]))
        .relay_mode(iroh::RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr("127.0.0.1:0")
        .unwrap()
        .bind()
        .await
        .unwrap();
    RawClient { endpoint }
}

impl RawClient {
    async fn attempt(&self, at: &Device, blob: BlobHash, what: Attempt) -> bool {
        use iroh_blobs::protocol::{ChunkRanges, ChunkRangesSeq, GetManyRequest, GetRequest, ObserveRequest};
        use n0_future::StreamExt;
        let id = iroh::EndpointId::from_bytes(at.id.as_bytes()).unwrap();
        let addresses =
            at.net.addresses().iter().map(|a| iroh::TransportAddr::Ip(a.parse().unwrap())).collect::<Vec<_>>();
        let address = iroh::EndpointAddr::from_parts(id, addresses);
        let store = iroh_blobs::store::mem::MemStore::new();
        let hash = iroh_blobs::Hash::from_bytes(*blob.as_bytes());
        let asked = async {
            let connection = self.endpoint.connect(address, iroh_blobs::ALPN).await.unwrap();
            let remote = store.remote();
            match what {
                Attempt::Get => remote.execute_get(connection, GetRequest::blob(hash)).await.is_ok(),
                Attempt::Sequence => {
                    let request = GetRequest::new(hash, ChunkRangesSeq::all());
                    remote.execute_get(connection, request).await.is_ok()
                }
                Attempt::Many => {
                    let request = GetManyRequest::builder().hash(hash, ChunkRanges::all()).build();
                    remote.execute_get_many(connection, request).await.is_ok()
                }
                Attempt::Observe => {
                    let mut bits = Box::pin(remote.observe(connection, ObserveRequest::new(hash)));
                    matches!(bits.next().await, Some(Ok(_)))
                }
            }
        };
        timeout(LONG, asked).await.expect("an answer, not silence")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_on_the_disk_is_found_and_not_handed_out() {
    let ana = Device::start(1).await;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("film.bin");
    fs::write(&path, noise(7, 2 * MIB)).unwrap();
    let root = ana.net.blobs().import(&path, told().0).await.unwrap().root;
    assert!(ana.net.blobs().verify(root, false).await);
    assert!(ana.net.blobs().stored_bytes().await >= 2 * MIB as u64);
    let data = ana.folder.as_ref().unwrap().path().join("blobs/data");
    let stored = fs::read_dir(data).unwrap().map(|item| item.unwrap().path());
    let stored = stored.into_iter().find(|path| path.extension().is_some_and(|e| e == "data")).expect("it is stored");
    let mut bytes = fs::read(&stored).unwrap();
    bytes[MIB] ^= 1;
    fs::set_permissions(&stored, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&stored, bytes).unwrap();
    assert!(!ana.net.blobs().verify(root, false).await);
    let exported = ana.net.blobs().export(root, false, "film.bin", &place.path().join("to")).await;
    assert!(matches!(exported, Err(BlobsError::Damaged(_))), "{exported:?}");
    assert_eq!(fs::read_dir(place.path().join("to")).unwrap().count(), 0);
}
