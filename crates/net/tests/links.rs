//! Links between real endpoints on loopback: made once, kept, closed with a reason, made again.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::time::Duration;

use common::{Device, LONG, check_sequence, community};
use skein_net::{MAX_FRAME_BYTES, NetEvent};
use tokio::time::{sleep, timeout};

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_talk_both_ways() {
    let (mut ana, mut ben) = (Device::start(1).await, Device::start(2).await);
    ana.befriend(community(1), &[&ben]);
    ben.befriend(community(1), &[&ana]);
    ana.until_up(ben.id).await;
    ben.until_up(ana.id).await;
    assert!(ana.net.send(ben.id, community(1), b"hello".to_vec()));
    assert_eq!(ben.until_frame(ana.id).await, b"hello");
    let largest = vec![7; MAX_FRAME_BYTES];
    assert!(ben.net.send(ana.id, community(1), largest.clone()));
    assert_eq!(ana.until_frame(ben.id).await, largest);
    assert!(!ana.net.send(ben.id, community(2), b"about something else".to_vec()), "there is no such link");

    let reach = ana.net.reach();
    assert_eq!(reach.len(), 1);
    assert!(reach[0].direct && reach[0].via.starts_with("127.0.0.1:"), "{reach:?}");
    assert_eq!(reach[0].communities, [community(1)]);
    assert!(reach[0].received_bytes > MAX_FRAME_BYTES as u64, "{reach:?}");

    ana.net.send(ben.id, community(1), b"bye".to_vec());
    ana.net.hang_up(ben.id, community(1), "we are done");
    assert_eq!(ben.until_frame(ana.id).await, b"bye", "what was queued still goes out");
    assert!(ben.until_down(ana.id).await.contains("we are done"));
    ana.until_up(ben.id).await;
    ana.net.stop().await;
    ben.until_down(ana.id).await;
    ben.net.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_devices_all_talk_to_all_about_two_communities() {
    let mut devices = Vec::new();
    for n in 1..=5 {
        devices.push(Device::start(n).await);
    }
    for about in [community(1), community(2)] {
        for one in 0..5 {
            let others: Vec<_> = (0..5).filter(|other| *other != one).map(|other| &devices[other]).collect();
            devices[one].befriend(about, &others);
        }
    }
    let ids: Vec<_> = devices.iter().map(|device| device.id).collect();
    for device in &mut devices {
        let mut events = vec![];
        while events.iter().filter(|event| matches!(event, NetEvent::Up { .. })).count() < 8 {
            events.push(device.next().await);
        }
        assert_eq!(check_sequence(&events).len(), 8);
    }
    for one in &devices {
        for other in ids.iter().filter(|id| **id != one.id) {
            assert!(one.net.send(*other, community(2), one.id.as_bytes().to_vec()));
        }
    }
    for device in &mut devices {
        for other in ids.iter().filter(|id| **id != device.id) {
            let from = *other;
            if !device.seen.iter().any(|event| matches!(event, NetEvent::Frame { device, .. } if *device == from)) {
                while !matches!(device.seen.back(), Some(NetEvent::Frame { device, .. }) if *device == from) {
                    let event = timeout(LONG, device.inbox.recv()).await.expect("in time").expect("the net runs");
                    device.seen.push_back(event);
                }
            }
        }
        assert_eq!(device.seen.len(), 4, "nothing but four frames: {:?}", device.seen);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_both_call_at_once_one_link_survives_without_flapping() {
    for round in 0..20 {
        let (mut ana, mut ben) = (Device::start(1).await, Device::start(2).await);
        ana.befriend(community(1), &[]);
        let (to_ben, to_ana) = (ben.contact(), ana.contact());
        ana.door.admit(ben.id, community(1));
        ben.door.admit(ana.id, community(1));
        ana.net.keep(community(1), vec![to_ben]);
        ben.net.keep(community(1), vec![to_ana]);
        ana.until_up(ben.id).await;
        ben.until_up(ana.id).await;
        for n in 0..10_u8 {
            assert!(ana.net.send(ben.id, community(1), vec![n]), "round {round}");
            assert!(ben.net.send(ana.id, community(1), vec![n]), "round {round}");
        }
        for n in 0..10_u8 {
            assert_eq!(ana.next().await, frame(&ben, n), "round {round}");
            assert_eq!(ben.next().await, frame(&ana, n), "round {round}");
        }
        sleep(Duration::from_millis(50)).await;
        assert!(ana.inbox.try_recv().is_err() && ben.inbox.try_recv().is_err(), "round {round}: it flaps");
        ana.net.stop().await;
        ben.net.stop().await;
    }
}

fn frame(from: &Device, n: u8) -> NetEvent {
    NetEvent::Frame { device: from.id, community: community(1), bytes: vec![n] }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_again_after_the_other_side_vanishes_without_a_word() {
    let mut ana = Device::start(1).await;
    let folder = tempfile::tempdir().unwrap();
    // Ben lives in a runtime of his own, so that he can be torn out without a farewell.
    let ben_config = |name: &str| common::config(2, folder.path().join(name));
    let first = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = ben_config("first");
    let ben = first.spawn(Device::start_config(config)).await.unwrap();
    let (ben_id, ben_contact) = (ben.id, ben.contact());
    ana.door.admit(ben_id, community(1));
    ben.door.admit(ana.id, community(1));
    ana.net.keep(community(1), vec![ben_contact.clone()]);
    ana.until_up(ben_id).await;
    // Forgotten, not dropped: his socket stays open and nobody answers on it.
    std::mem::forget(ben);
    first.shutdown_background();
    sleep(Duration::from_millis(500)).await;

    let config = ben_config("second");
    let mut again = Device::start_config(config).await;
    again.door.admit(ana.id, community(1));
    again.net.keep(community(1), vec![ana.contact()]);
    let back = tokio::time::Instant::now();
    assert!(!ana.until_down(ben_id).await.is_empty());
    ana.until_up(ben_id).await;
    again.until_up(ana.id).await;
    assert!(back.elapsed() < Duration::from_secs(12), "without waiting for the old connection to time out");
    assert!(ana.net.send(ben_id, community(1), b"there you are".to_vec()));
    assert_eq!(again.until_frame(ana.id).await, b"there you are");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_device_is_noticed_within_seconds() {
    let mut ana = Device::start(1).await;
    let life = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ben = life.spawn(Device::start(2)).await.unwrap();
    ben.door.admit(ana.id, community(1));
    ana.net.keep(community(1), vec![ben.contact()]);
    ana.until_up(ben.id).await;
    let (ben_id, died) = (ben.id, tokio::time::Instant::now());
    std::mem::forget(ben);
    life.shutdown_background();
    assert!(ana.until_down(ben_id).await.contains("no sign of life"));
    assert!(died.elapsed() < Duration::from_secs(25), "{:?}", died.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_reader_is_dropped_and_slows_nobody() {
    let (mut ana, ben, mut cem) = (Device::start(1).await, Device::start(2).await, Device::start(3).await);
    for other in [&ben, &cem] {
        other.door.admit(ana.id, community(1));
    }
    ana.befriend(community(1), &[&ben, &cem]);
    ana.until_up(ben.id).await;
    cem.until_up(ana.id).await;
    while !ana.net.send(cem.id, community(1), vec![0]) {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(cem.until_frame(ana.id).await, [0]);
    // Ben's inbox of 64 events is never read; his link takes what fits the buffers in between, then is closed.
    let mut sent = 0;
    while ana.net.send(ben.id, community(1), vec![1; 500_000]) {
        sent += 1;
        assert!(sent < 2_000, "somebody buffers without end");
        if sent % 8 == 0 {
            assert!(ana.net.send(cem.id, community(1), vec![2]), "the other link is untouched");
            assert_eq!(cem.until_frame(ana.id).await, [2]);
        }
        sleep(Duration::from_millis(5)).await;
    }
    assert!(ana.until_down(ben.id).await.contains("slowly"));
    assert!(ana.net.send(cem.id, community(1), vec![3]));
    assert_eq!(cem.until_frame(ana.id).await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_over_the_limit_does_not_leave() {
    let (mut ana, mut ben) = (Device::start(1).await, Device::start(2).await);
    ben.door.admit(ana.id, community(1));
    ana.befriend(community(1), &[&ben]);
    ana.until_up(ben.id).await;
    assert!(!ana.net.send(ben.id, community(1), vec![0; MAX_FRAME_BYTES + 1]));
    assert!(ana.until_down(ben.id).await.contains("limit"));
    ben.until_down(ana.id).await;
}
