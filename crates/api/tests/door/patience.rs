//! Slow and greedy clients: each is left after a while, and takes nothing from the others.

use std::time::{Duration, Instant};

use skein_api::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::elsewhere::assert_safe;
use crate::kit::{LONG, exchange, open};

#[tokio::test]
async fn a_head_that_drips_in_is_cut_off() {
    let door = open(Limits { headers: Duration::from_millis(300), ..Limits::default() }).await;
    let begun = Instant::now();
    let mut slow = door.connect().await;
    slow.write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n", door.host()).as_bytes()).await.unwrap();
    let mut closed = false;
    for number in 0..200 {
        if slow.write_all(format!("X-{number}: y\r\n").as_bytes()).await.is_err() {
            closed = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(closed && begun.elapsed() < Duration::from_secs(3), "cut off");
    assert_eq!(door.send("GET /", &[], "").await.status, 200);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let door = open(Limits { headers: Duration::from_millis(200), ..Limits::default() }).await;
    for used in [false, true] {
        let mut idle = door.connect().await;
        if used {
            idle.write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", door.host()).as_bytes()).await.unwrap();
        }
        let mut bytes = Vec::new();
        // An error is a closed connection too.
        let _ = timeout(Duration::from_secs(5), idle.read_to_end(&mut bytes)).await.expect("closed in time");
        assert_eq!(!bytes.is_empty(), used);
    }
}

#[tokio::test]
async fn a_body_that_drips_in_is_cut_off() {
    let door = open(Limits { body: Duration::from_millis(200), ..Limits::default() }).await;
    let token = door.token().await;
    let head = format!(
        "POST /api/request HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: 100\r\n\r\n{{",
        door.host()
    );
    let reply = exchange(door.connect().await, head.as_bytes()).await.unwrap();
    assert_eq!(reply.status, 408);
    assert_safe(&reply);
}

#[tokio::test]
async fn strangers_bodies_are_not_read_at_all() {
    let door = open(Limits { body: Duration::from_secs(60), ..Limits::default() }).await;
    let head = format!(
        "POST /api/request HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: 1000000\r\n\r\n",
        door.host()
    );
    let begun = Instant::now();
    assert_eq!(exchange(door.connect().await, head.as_bytes()).await.unwrap().status, 401);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn connections_are_few_and_the_next_is_closed_at_once() {
    let door = open(Limits { connections: 8, headers: Duration::from_secs(60), ..Limits::default() }).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(door.connect().await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    assert!(door.raw(door.request("GET /", &[], "")).await.is_none(), "closed without an answer");
    assert!(begun.elapsed() < Duration::from_secs(2));
    let socket = door.send_socket("POST /api/request", &[crate::kit::JSON], "\"status\"").await;
    assert_eq!(socket.status, 200, "the command line has room of its own");
    drop(held);
    for _ in 0..100 {
        if door.raw(door.request("GET /", &[], "")).await.is_some_and(|reply| reply.status == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("closed connections make room");
}

#[tokio::test]
async fn a_reader_that_stands_still_is_left() {
    let door = open(Limits { stalled: Duration::from_millis(200), ..Limits::default() }).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut still = socket.connect(door.host().parse().unwrap()).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", door.host());
    let left = async {
        // Asks on and on and reads nothing, until the other side has had enough.
        while still.write_all(request.as_bytes()).await.is_ok() {}
    };
    timeout(LONG, left).await.expect("it is left in time");
}

#[tokio::test]
async fn closing_the_door_does_not_wait_for_ever() {
    let door = open(Limits { farewell: Duration::from_millis(200), ..Limits::default() }).await;
    let token = door.token().await;
    let bearer = format!("Bearer {token}");
    let never = door.request("POST /api/request", &[crate::kit::JSON, ("Authorization", &bearer)], "\"doctor\"");
    let mut waiting = door.connect().await;
    waiting.write_all(never.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let socket = door.folder.path().join("profile/ctl.sock");
    assert!(socket.exists());
    let begun = Instant::now();
    door.server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(!socket.exists(), "the socket is cleared away");
    assert!(waiting.read_to_end(&mut Vec::new()).await.is_ok_and(|read| read == 0));
}
