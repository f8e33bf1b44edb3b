//! Large files by pieces between real endpoints on loopback: many at once, one who leaves, one who lies, one who may not.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::raw::{Heard, RawSwarm};
use common::{Device, LONG, community};
use skein_event::{BlobHash, DeviceId};
use skein_net::{Holders, Progress};
use skein_swarm::{Bits, MAX_TOGETHER, Message, Wire};
use tokio::sync::watch;
use tokio::time::timeout;

const MIB: usize = 1 << 20;

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn held_by(devices: &[DeviceId]) -> Holders {
    let devices = devices.to_vec();
    Arc::new(move || devices.clone())
}

/// A device that has the file, and sends at most so many bytes a second.
async fn seed(n: u8, bytes: &[u8], limit: Option<u64>) -> (Device, BlobHash) {
    let device = Device::start_with(n, |config| config.upload_bytes_per_s = limit).await;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("film.bin");
    fs::write(&path, bytes).unwrap();
    let root = device.net.blobs().import(&path, watch::channel(Progress::default()).0).await.unwrap().root;
    device.door.0.lock().unwrap().all_blobs = true;
    (device, root)
}

/// Devices that know each other and those who have the file.
async fn crowd(numbers: std::ops::RangeInclusive<u8>, seeds: &[&Device]) -> Vec<Device> {
    let mut devices = vec![];
    for n in numbers {
        let device = Device::start(n).await;
        device.door.0.lock().unwrap().all_blobs = true;
        devices.push(device);
    }
    for device in &devices {
        let others = devices.iter().chain(seeds.iter().copied()).filter(|other| other.id != device.id);
        device.net.keep(community(1), others.map(Device::contact).collect());
    }
    devices
}

async fn assert_has(device: &Device, root: BlobHash, bytes: &[u8]) {
    let to = tempfile::tempdir().unwrap();
    let path = device.net.blobs().export(root, false, "film.bin", to.path()).await.unwrap();
    assert!(fs::read(path).unwrap() == bytes, "it is what was shared");
}

#[tokio::test(flavor = "multi_thread")]
async fn four_pass_on_what_they_get_and_the_seed_sends_little_more_than_once() {
    let bytes = noise(1, 24 * MIB + 5);
    let (ana, root) = seed(1, &bytes, Some(6 << 20)).await;
    let others = crowd(2..=5, &[&ana]).await;
    let ids: Vec<_> = others.iter().map(|device| device.id).chain([ana.id]).collect();
    let mut fetches = tokio::task::JoinSet::new();
    for device in &others {
        let (progress, seen) = watch::channel(Progress::default());
        let blobs = device.net.blobs().clone();
        let holders: Vec<_> = ids.iter().copied().filter(|id| *id != device.id).collect();
        fetches.spawn(async move {
            timeout(LONG, blobs.fetch(root, false, held_by(&holders), progress)).await.expect("in time").unwrap();
            seen.borrow().clone()
        });
    }
    let ends = fetches.join_all().await;
    let mut from_seed = 0;
    for end in &ends {
        assert_eq!((end.bytes_done, end.files_done), (bytes.len() as u64, 1));
        let came: BTreeMap<_, _> = end.holders.iter().copied().collect();
        from_seed += came.get(&ana.id).copied().unwrap_or(0);
        assert!(came.len() >= 3, "all serve: {came:?}");
    }
    assert!(from_seed < (36 * MIB) as u64, "the seed sent {from_seed} bytes of {}", bytes.len());
    for device in &others {
        assert_has(device, root, &bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_may_leave_at_half_time() {
    let bytes = noise(2, 24 * MIB);
    let (ana, root) = seed(1, &bytes, Some(8 << 20)).await;
    let mut others = crowd(2..=4, &[&ana]).await;
    let ids: Vec<_> = others.iter().map(|device| device.id).chain([ana.id]).collect();
    let leaver = others.pop().unwrap();
    let (progress, mut seen) = watch::channel(Progress::default());
    let blobs = leaver.net.blobs().clone();
    let holders = ids.clone();
    let leaving = tokio::spawn(async move { blobs.fetch(root, false, held_by(&holders), progress).await });
    let mut fetches = tokio::task::JoinSet::new();
    for device in &others {
        let blobs = device.net.blobs().clone();
        let holders: Vec<_> = ids.iter().copied().filter(|id| *id != device.id).collect();
        let progress = watch::channel(Progress::default()).0;
        fetches.spawn(async move { timeout(LONG, blobs.fetch(root, false, held_by(&holders), progress)).await });
    }
    let half = (12 * MIB) as u64;
    timeout(LONG, seen.wait_for(|progress| progress.bytes_done >= half)).await.expect("in time").unwrap();
    // As if the power went: nobody is told.
    leaving.abort();
    drop(leaver);
    for end in fetches.join_all().await {
        end.expect("in time").unwrap();
    }
    for device in &others {
        assert_has(device, root, &bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liar_is_dropped_and_nothing_of_it_lands() {
    let bytes = noise(3, 12 * MIB);
    let (ana, root) = seed(1, &bytes, Some(4 << 20)).await;
    let ben = crowd(2..=2, &[&ana]).await.pop().unwrap();
    let mut liar = RawSwarm::bind(9).await;
    ben.net.keep(community(1), vec![ana.contact(), liar.contact()]);
    let lying = tokio::spawn(async move {
        let (mut calls, mut sent) = (0, 0);
        loop {
            let Ok(mut call) = timeout(Duration::from_secs(6), liar.accept()).await else { return (calls, sent) };
            calls += 1;
            while let Some(heard) = call.hear().await {
                let Heard::Message(file, Some(message)) = heard else { continue };
                match message {
                    Message::Hello { pieces, .. } => {
                        call.say(file, Some(&Message::Hello { pieces, have: Wire::All, name: 7 })).await;
                        call.say(file, Some(&Message::Have { runs: vec![], backlog_ms: 0 })).await;
                    }
                    Message::Ask { piece, .. } => {
                        sent += 1;
                        call.piece(file, piece, &noise(99, 68_000)).await;
                    }
                    Message::AskAny { more } => {
                        sent += more;
                        for piece in 0..more {
                            call.piece(file, piece, &noise(99, 68_000)).await;
                        }
                    }
                    _ => (),
                }
            }
        }
    });
    let liar_id = DeviceId::from_bytes(*iroh::SecretKey::from_bytes(&[9; 32]).public().as_bytes());
    let (progress, seen) = watch::channel(Progress::default());
    let fetched = ben.net.blobs().fetch(root, false, held_by(&[liar_id, ana.id]), progress);
    timeout(LONG, fetched).await.expect("in time").unwrap();
    let came: BTreeMap<_, _> = seen.borrow().holders.iter().copied().collect();
    assert!(came.get(&ana.id).is_some_and(|from| *from >= bytes.len() as u64), "all of it from Ana: {came:?}");
    let (calls, sent) = timeout(LONG, lying).await.expect("in time").unwrap();
    assert!(sent > 0, "the liar was asked");
    assert_eq!(calls, 1, "and not again");
    assert!(ben.net.blobs().verify(root, false).await);
    assert_has(&ben, root, &bytes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_have_it_gets_neither_a_piece_nor_word_of_it() {
    let bytes = noise(4, 4 * MIB);
    let (ana, root) = seed(1, &bytes, None).await;
    ana.door.0.lock().unwrap().all_blobs = false;
    let raw = RawSwarm::bind(9).await;
    let hello = Message::Hello { pieces: (bytes.len() / 65_536) as u32, have: Wire::Runs(vec![]), name: 7 };
    let unknown = BlobHash::from_bytes([5; 32]);
    let mut call = raw.connect(&ana).await;
    for file in [root, unknown] {
        for message in [&hello, &Message::Ask { piece: 0, count: 1, urgent: false }, &Message::AskAny { more: 4 }] {
            call.say(file, Some(message)).await;
            let heard = call.hear_within(LONG).await;
            assert_eq!(heard, Some(Heard::Message(file, None)), "the same whether it is there or not: {message:?}");
        }
    }
    assert_eq!(call.hear_within(Duration::from_millis(300)).await, None, "and nothing else");

    let me = raw.id();
    ana.door.0.lock().unwrap().blobs.insert((me, root));
    call.say(root, Some(&hello)).await;
    let answer = call.hear_within(LONG).await;
    let Some(Heard::Message(_, Some(Message::Hello { pieces, have, .. }))) = answer else { panic!("{answer:?}") };
    assert_eq!(Bits::read(&have, pieces), Some(Bits::all(pieces)));
    call.say(root, Some(&Message::Ask { piece: 3, count: 1, urgent: false })).await;
    let heard = call.hear_within(LONG).await;
    assert!(matches!(heard, Some(Heard::Pieces(file, 3, 1, length)) if file == root && length >= 65_536), "{heard:?}");

    // Whoever is let out in between gets no more.
    ana.door.0.lock().unwrap().blobs.clear();
    call.say(root, Some(&Message::Ask { piece: 4, count: 1, urgent: false })).await;
    while let Some(heard) = call.hear_within(Duration::from_secs(2)).await {
        assert!(!matches!(heard, Heard::Pieces(..)), "{heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hashes_that_somebody_has_are_not_sent_again() {
    let bytes = noise(6, 4 * MIB);
    let (ana, root) = seed(1, &bytes, None).await;
    let raw = RawSwarm::bind(9).await;
    let mut call = raw.connect(&ana).await;
    let hello = Message::Hello { pieces: 64, have: Wire::Runs(vec![]), name: 7 };
    call.say(root, Some(&hello)).await;
    let mut piece = async |piece, said: &[(u32, u32)]| {
        call.say(root, Some(&Message::Have { runs: said.to_vec(), backlog_ms: 0 })).await;
        call.say(root, Some(&Message::Ask { piece, count: 1, urgent: false })).await;
        loop {
            match call.hear_within(LONG).await {
                Some(Heard::Pieces(_, number, 1, length)) if number == piece => return length,
                Some(Heard::Message(..)) => (),
                other => panic!("{other:?}"),
            }
        }
    };
    // 64 pieces: six nodes above each. Three nodes are in a piece itself.
    let (whole, node) = (65_536 + 9 * 64, 64);
    assert_eq!(piece(8, &[]).await, whole);
    assert_eq!(piece(9, &[]).await, whole, "nothing was said to have come");
    assert_eq!(piece(10, &[(8, 1)]).await, whole - 5 * node, "all but the one above 10 and 11");
    assert_eq!(piece(63, &[]).await, whole - node, "only the root");
    assert_eq!(piece(11, &[(10, 1)]).await, whole - 6 * node);
    // Whoever comes anew has said nothing yet.
    call.say(root, None).await;
    call.say(root, Some(&hello)).await;
    call.say(root, Some(&Message::Ask { piece: 12, count: 1, urgent: false })).await;
    let again = loop {
        match call.hear_within(LONG).await {
            Some(Heard::Pieces(_, 12, 1, length)) => break length,
            Some(Heard::Message(..)) => (),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(again, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbouring_pieces_are_asked_for_in_one_word_and_nobody_may_ask_for_too_many() {
    let bytes = noise(8, 4 * MIB);
    let (ana, root) = seed(1, &bytes, None).await;
    let raw = RawSwarm::bind(9).await;
    let mut call = raw.connect(&ana).await;
    call.say(root, Some(&Message::Hello { pieces: 64, have: Wire::Runs(vec![]), name: 7 })).await;
    call.say(root, Some(&Message::Ask { piece: 8, count: 8, urgent: false })).await;
    let mut came: Vec<u32> = Vec::new();
    while came.len() < 8 {
        match call.hear_within(LONG).await {
            Some(Heard::Pieces(_, first, count, _)) => came.extend(first..first + u32::from(count)),
            Some(Heard::Message(..)) => (),
            None => panic!("{came:?}"),
        }
    }
    came.sort_unstable();
    assert_eq!(came, (8..16).collect::<Vec<_>>());
    // None, too many, and beyond the end: each is against the rules, and five times is enough.
    for (piece, count) in [(20, 0), (20, MAX_TOGETHER + 1), (60, 8), (u32::MAX, 2), (20, u32::MAX)] {
        call.say(root, Some(&Message::Ask { piece, count, urgent: false })).await;
    }
    let more = async { while call.hear().await.is_some() {} };
    timeout(LONG, more).await.expect("the connection ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_pieces_that_nobody_asked_for_brings_nothing() {
    let bytes = noise(9, 12 * MIB);
    let (ana, root) = seed(1, &bytes, Some(4 << 20)).await;
    let ben = crowd(2..=2, &[&ana]).await.pop().unwrap();
    let mut rude = RawSwarm::bind(9).await;
    ben.net.keep(community(1), vec![ana.contact(), rude.contact()]);
    let rude_id = rude.id();
    let tries = tokio::spawn(async move {
        let mut call = rude.accept().await;
        let mut tries = 0;
        while let Some(heard) = call.hear().await {
            match heard {
                Heard::Message(file, Some(Message::Hello { pieces, .. })) => {
                    call.say(file, Some(&Message::Hello { pieces, have: Wire::All, name: 7 })).await;
                }
                Heard::Message(file, Some(Message::Ask { piece, .. })) => {
                    for (first, count) in [(piece, 0), (piece, 255), (190, 16), (piece, 16), (u32::MAX, 16)] {
                        call.pieces(file, first, count, &noise(99, 68_000)).await;
                        tries += 1;
                    }
                }
                _ => (),
            }
        }
        tries
    });
    let progress = watch::channel(Progress::default()).0;
    let fetched = ben.net.blobs().fetch(root, false, held_by(&[rude_id, ana.id]), progress);
    timeout(LONG, fetched).await.expect("in time").unwrap();
    assert!(timeout(LONG, tries).await.expect("it is let go of").unwrap() > 0, "it was asked");
    assert_has(&ben, root, &bytes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_let_go_of_is_fetched_anew() {
    let bytes = noise(7, 4 * MIB);
    let (ana, root) = seed(1, &bytes, None).await;
    let ben = Device::start_with(2, |config| config.sweep = Duration::from_secs(1)).await;
    ben.net.keep(community(1), vec![ana.contact()]);
    for _ in 0..2 {
        let progress = watch::channel(Progress::default()).0;
        let fetched = ben.net.blobs().fetch(root, false, held_by(&[ana.id]), progress);
        timeout(LONG, fetched).await.expect("in time").unwrap();
        assert_has(&ben, root, &bytes).await;
        ben.net.blobs().forget(root).await.unwrap();
        let begun = Instant::now();
        while ben.net.blobs().has(root, false).await.unwrap().bytes_have > 0 {
            assert!(begun.elapsed() < LONG, "its room is given back");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_over_all_who_fetch() {
    let bytes = noise(5, 8 * MIB);
    let (ana, root) = seed(1, &bytes, Some(2 << 20)).await;
    let others = crowd(2..=3, &[&ana]).await;
    let began = Instant::now();
    // They do not know of each other: two copies leave.
    let fetches = others.iter().map(|device| {
        let blobs = device.net.blobs().clone();
        let progress = watch::channel(Progress::default()).0;
        let holders = held_by(&[ana.id]);
        tokio::spawn(async move { timeout(LONG, blobs.fetch(root, false, holders, progress)).await })
    });
    for fetch in fetches.collect::<Vec<_>>() {
        fetch.await.unwrap().expect("in time").unwrap();
    }
    let took = began.elapsed().as_secs_f64();
    assert!(took >= 7.5, "16 MiB at 2 MiB a second in {took:.1} s");
    assert!(took <= 12.0, "and hardly more slowly: {took:.1} s");
}
