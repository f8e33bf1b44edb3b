//! Writing a file out while it still comes: what lies where by when, and what becomes of it if something goes wrong.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::{Device, LONG, community};
use skein_event::BlobHash;
use skein_net::{BlobsError, Progress};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

const MIB: usize = 1 << 20;
const BYTES: usize = 8 * MIB + 5;

struct Scene {
    ana: Device,
    ben: Device,
    root: BlobHash,
    bytes: Vec<u8>,
    to: TempDir,
}

impl Scene {
    /// Ana has a file, and gives so many bytes of it a second.
    async fn new(bytes: usize, limit: Option<u64>) -> Self {
        let ana = Device::start_with(1, |config| config.upload_bytes_per_s = limit).await;
        ana.door.0.lock().unwrap().all_blobs = true;
        let ben = Device::start(2).await;
        ben.net.keep(community(1), vec![ana.contact()]);
        let to = tempfile::tempdir().unwrap();
        let source = to.path().join("source");
        let mut noise = vec![0; bytes];
        blake3::Hasher::new().update(b"noise").finalize_xof().fill(&mut noise);
        fs::write(&source, &noise).unwrap();
        let root = ana.net.blobs().import(&source, watch::channel(Progress::default()).0).await.unwrap().root;
        Self { ana, ben, root, bytes: noise, to }
    }

    /// Fetches until so many bytes are here.
    async fn fetch(&self, upto: usize) {
        let (progress, mut seen) = watch::channel(Progress::default());
        let ana = self.ana.id;
        let fetch = self.ben.net.blobs().fetch(self.root, false, Arc::new(move || vec![ana]), progress);
        let far = async {
            seen.wait_for(|now| now.bytes_done >= upto as u64).await.ok();
        };
        let part = async {
            tokio::select! {
                fetched = fetch => fetched.unwrap(),
                () = far, if upto < self.bytes.len() => (),
            }
        };
        timeout(LONG, part).await.expect("in time");
    }

    fn place(&self) -> PathBuf {
        self.to.path().join("films")
    }
}

/// The names in a folder; none if there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_is_written_beside_its_place_at_once_and_put_there_in_the_end() {
    let scene = Scene::new(BYTES, Some(4 << 20)).await;
    let early = scene.ben.net.blobs().export_early(scene.root, &scene.place()).expect("it may");
    assert!(!scene.place().exists(), "nothing is made before something comes");
    scene.fetch(BYTES / 2).await;
    let grown = async {
        loop {
            if let [name] = &names(&scene.place())[..] {
                assert!(name.starts_with(".skein-"), "hidden: {name}");
                // It has holes where nothing came yet: what counts is what is there.
                let there = fs::read(scene.place().join(name)).unwrap();
                let same = there.chunks(65_536).zip(scene.bytes.chunks(65_536)).filter(|(one, other)| one == other);
                if same.count() * 65_536 >= BYTES / 3 {
                    return;
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, grown).await.expect("much of it is written before all has come");
    scene.fetch(BYTES).await;
    let path = early.finish("film.bin").await.unwrap();
    assert_eq!(path, scene.place().join("film.bin"));
    assert!(fs::read(path).unwrap() == scene.bytes);
    assert_eq!(names(&scene.place()), ["film.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_here_before_is_copied_at_the_end() {
    let scene = Scene::new(BYTES, Some(8 << 20)).await;
    scene.fetch(BYTES / 2).await;
    let early = scene.ben.net.blobs().export_early(scene.root, &scene.place()).expect("it may");
    scene.fetch(BYTES).await;
    let path = early.finish("film.bin").await.unwrap();
    assert!(fs::read(path).unwrap() == scene.bytes);
    // All of it was here before, or it came whole: it is written at the end.
    let early = scene.ben.net.blobs().export_early(scene.root, &scene.place()).expect("it may");
    let path = early.finish("again.bin").await.unwrap();
    assert!(fs::read(path).unwrap() == scene.bytes);
    let small = Scene::new(100_000, None).await;
    let early = small.ben.net.blobs().export_early(small.root, &small.place()).expect("it may");
    small.fetch(100_000).await;
    let path = early.finish("note.txt").await.unwrap();
    assert!(fs::read(path).unwrap() == small.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_not_all_here_is_not_given_out_and_one_that_is_given_up_leaves_nothing() {
    let scene = Scene::new(BYTES, Some(4 << 20)).await;
    let blobs = scene.ben.net.blobs();
    let early = blobs.export_early(scene.root, &scene.place()).expect("it may");
    assert!(blobs.export_early(scene.root, &scene.place()).is_none(), "one at a time");
    scene.fetch(BYTES / 3).await;
    assert!(matches!(early.finish("film.bin").await, Err(BlobsError::Incomplete)));
    let early = blobs.export_early(scene.root, &scene.place()).expect("again");
    scene.fetch(2 * BYTES / 3).await;
    drop(early);
    let gone = async {
        while !names(&scene.place()).is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, gone).await.expect("nothing is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_written_the_file_comes_all_the_same_and_the_end_says_why() {
    let scene = Scene::new(BYTES, None).await;
    fs::write(scene.place(), b"in the way").unwrap();
    let early = scene.ben.net.blobs().export_early(scene.root, &scene.place()).expect("it may");
    scene.fetch(BYTES).await;
    let said = early.finish("film.bin").await.unwrap_err().to_string();
    assert!(said.contains("films"), "{said}");
    assert_eq!(fs::read(scene.place()).unwrap(), b"in the way");
    let elsewhere = scene.to.path().join("elsewhere");
    let path = scene.ben.net.blobs().export(scene.root, false, "film.bin", &elsewhere).await.unwrap();
    assert!(fs::read(path).unwrap() == scene.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changes_replaces_or_takes_away_is_written_anew() {
    for (takes_away, changes) in [(true, false), (false, true), (true, true)] {
        let scene = Scene::new(BYTES, Some(8 << 20)).await;
        let early = scene.ben.net.blobs().export_early(scene.root, &scene.place()).expect("it may");
        scene.fetch(BYTES / 2).await;
        let changed = async {
            while names(&scene.place()).is_empty() {
                sleep(Duration::from_millis(5)).await;
            }
            let draft = scene.place().join(names(&scene.place()).remove(0));
            sleep(Duration::from_millis(100)).await;
            if takes_away {
                fs::remove_file(&draft).unwrap();
            }
            if changes {
                fs::write(&draft, b"something else").unwrap();
            }
        };
        timeout(LONG, changed).await.expect("it is there");
        scene.fetch(BYTES).await;
        let path = early.finish("film.bin").await.unwrap();
        assert!(fs::read(path).unwrap() == scene.bytes, "taken away: {takes_away}, changed: {changes}");
        assert_eq!(names(&scene.place()), ["film.bin"]);
    }
}
