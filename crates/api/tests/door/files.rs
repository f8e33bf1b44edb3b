//! Files: with a ticket for this file, under this name, for a while; and harmless in a browser whatever they are.

use std::time::Duration;

use serde_json::json;
use skein_api::Limits;

use crate::elsewhere::assert_safe;
use crate::kit::{JSON, Open, Reply, open};

const SCRIPT: &[u8] = b"<script>alert(1)</script>";
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\nthe rest of it";

fn root(bytes: &[u8]) -> String {
    skein_event::BlobHash::from_bytes(*blake3::hash(bytes).as_bytes()).to_string()
}

async fn ticket(door: &Open, bytes: &[u8], name: &str) -> String {
    let bearer = format!("Bearer {}", door.token().await);
    let body = json!({ "root": root(bytes), "name": name }).to_string();
    let reply = door.send("POST /api/ticket", &[JSON, ("Authorization", &bearer)], &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["url"].as_str().unwrap().to_owned()
}

async fn get(door: &Open, url: &str, headers: &[(&str, &str)]) -> Reply {
    door.send(&format!("GET {url}"), headers, "").await
}

#[tokio::test]
async fn a_script_can_only_be_saved() {
    let door = open(Limits::default()).await;
    for name in ["a.html", "a.svg", "a.png", "x\"; filename=\"evil.html", "\r\nSet-Cookie: a=b", "ñ 雪.txt", ""] {
        let url = ticket(&door, SCRIPT, name).await;
        let reply = get(&door, &url, &[]).await;
        assert_eq!((reply.status, reply.body.as_slice()), (200, SCRIPT), "{name}");
        assert_eq!(reply.header("content-type"), Some("application/octet-stream"), "{name}");
        let disposition = reply.header("content-disposition").unwrap();
        assert!(disposition.starts_with("attachment") && !disposition.contains('"'), "{disposition}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
        assert_safe(&reply);
    }
}

#[tokio::test]
async fn a_picture_is_shown_whatever_its_name() {
    let door = open(Limits::default()).await;
    let reply = get(&door, &ticket(&door, PICTURE, "a.html").await, &[]).await;
    assert_eq!(reply.header("content-type"), Some("image/png"));
    assert_eq!(reply.header("content-disposition"), Some("inline; filename*=UTF-8''a.html"));
    assert_eq!(reply.body, PICTURE);
    assert_safe(&reply);
}

#[tokio::test]
async fn without_the_right_ticket_there_is_nothing() {
    let door = open(Limits::default()).await;
    let url = ticket(&door, PICTURE, "a.png").await;
    let other = url.replace(&root(PICTURE), &root(SCRIPT));
    let renamed = url.replace("a.png", "b.png");
    let bare = format!("/blob/{}", root(PICTURE));
    let ticket_of = |url: &str| url.split("t=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mut bent = ticket_of(&url).into_bytes();
    bent[20] = if bent[20] == b'a' { b'b' } else { b'a' };
    let bent = url.replace(&ticket_of(&url), std::str::from_utf8(&bent).unwrap());
    let token = door.token().await;
    let with_token = format!("{bare}?t={token}");
    for wrong in [&other, &renamed, &bare, &bent, &with_token, &format!("{bare}?t="), &format!("{url}&t=x")] {
        let reply = get(&door, wrong, &[]).await;
        assert_eq!(reply.status, 403, "{wrong}");
        assert_safe(&reply);
    }
    let bearer = format!("Bearer {token}");
    assert_eq!(get(&door, &bare, &[("Authorization", &bearer)]).await.status, 403, "a session is no ticket");
    assert_eq!(door.send(&format!("POST {url}"), &[JSON], "").await.status, 405);
    assert_eq!(get(&door, &url, &[("Origin", "http://evil.example")]).await.status, 403, "from elsewhere");
    let stranger = door.send("POST /api/ticket", &[JSON], "{}").await;
    assert_eq!(stranger.status, 401);
    let unknown = ticket(&door, b"not here", "x").await;
    assert_eq!(get(&door, &unknown, &[]).await.status, 404);
}

#[tokio::test]
async fn tickets_run_out() {
    let door = open(Limits { ticket: Duration::from_millis(100), ..Limits::default() }).await;
    let url = ticket(&door, PICTURE, "").await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(get(&door, &url, &[]).await.status, 403);
}

#[tokio::test]
async fn parts_of_a_file_can_be_asked_for() {
    let door = open(Limits::default()).await;
    let url = ticket(&door, SCRIPT, "").await;
    let length = SCRIPT.len();
    for (range, from, to) in [("bytes=0-3", 0, 4), ("bytes=8-", 8, length), ("bytes=-4", length - 4, length)] {
        let reply = get(&door, &url, &[("Range", range)]).await;
        assert_eq!((reply.status, reply.body.as_slice()), (206, &SCRIPT[from..to]), "{range}");
        let expected = format!("bytes {from}-{}/{length}", to - 1);
        assert_eq!(reply.header("content-range"), Some(expected.as_str()));
    }
    assert_eq!(get(&door, &url, &[("Range", "bytes=0-18446744073709551615")]).await.body, SCRIPT);
    for nothing in ["bytes=999-", "bytes=999-1000", "bytes=-0"] {
        let reply = get(&door, &url, &[("Range", nothing)]).await;
        assert_eq!((reply.status, reply.body.len()), (416, 0), "{nothing}");
        assert_safe(&reply);
    }
    for odd in ["bytes=5-2", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=99999999999999999999-"] {
        assert_eq!(get(&door, &url, &[("Range", odd)]).await.status, 200, "{odd}: all of it, as it may be");
    }
    let empty = get(&door, &ticket(&door, b"", "").await, &[("Range", "bytes=0-0")]).await;
    assert_eq!((empty.status, empty.body.len()), (416, 0));
}
