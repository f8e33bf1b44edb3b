//! The phones' door: shut until a phone is to be paired, open to phones only, and to them only for what a phone may do.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use skein_api::Limits;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::elsewhere::assert_safe;
use crate::kit::{JSON, LONG, Open, Reply, exchange, open};

const STATUS: &str = "\"status\"";

/// A phone: where it finds the computer, and its token.
struct Phone {
    at: String,
    bearer: String,
}

/// Where the phones' door is, and a code that is good there.
async fn code(door: &Open) -> (String, String) {
    let reply = door.send_socket("POST /api/phones/pair", &[JSON], "{\"label\":\"my phone\"}").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.json()["warning"].as_str().unwrap().contains("not encrypted"), "it says so honestly");
    let link = reply.json()["link"].as_str().unwrap().to_owned();
    let (at, code) = link.strip_prefix("http://").unwrap().split_once("/#code=").unwrap();
    assert!(at.starts_with("127.0.0.2:"), "{link}");
    (at.to_owned(), code.to_owned())
}

async fn send(door: &Open, at: &str, line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let host = [("Host", at)];
    let all =
        if headers.iter().any(|(name, _)| *name == "Host") { headers.to_vec() } else { [&host, headers].concat() };
    exchange(TcpStream::connect(at).await.unwrap(), door.request(line, &all, body).as_bytes()).await.expect("an answer")
}

async fn login(door: &Open, at: &str, code: &str) -> Reply {
    send(door, at, "POST /api/login", &[JSON], &json!({ "code": code }).to_string()).await
}

async fn paired(door: &Open) -> Phone {
    let (at, code) = code(door).await;
    let reply = login(door, &at, &code).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    Phone { at, bearer: format!("Bearer {}", reply.json()["token"].as_str().unwrap()) }
}

impl Phone {
    async fn ask(&self, door: &Open, body: &str) -> Reply {
        send(door, &self.at, "POST /api/request", &[JSON, ("Authorization", &self.bearer)], body).await
    }

    async fn get(&self, door: &Open, line: &str) -> Reply {
        send(door, &self.at, line, &[("Authorization", &self.bearer)], "").await
    }
}

async fn list(door: &Open) -> Value {
    let reply = door.send_socket("GET /api/phones", &[], "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

async fn until_shut(at: &str) {
    let begun = Instant::now();
    while TcpStream::connect(at).await.is_ok() {
        assert!(begun.elapsed() < LONG, "something still listens");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn nothing_listens_before_a_phone_is_paired_and_after_the_last_is_ended() {
    let door = open(Limits::default()).await;
    assert_eq!(list(&door).await, json!({ "phones": [], "address": "" }));
    let phone = paired(&door).await;
    let listed = list(&door).await;
    assert_eq!(listed["address"], format!("http://{}", phone.at));
    assert_eq!(listed["phones"][0]["label"], "my phone");
    let id = listed["phones"][0]["id"].as_str().unwrap();
    assert_eq!(phone.ask(&door, STATUS).await.status, 200);
    assert_eq!(door.send_socket("POST /api/phones/end", &[JSON], &json!({ "id": id }).to_string()).await.status, 200);
    until_shut(&phone.at).await;
    assert_eq!(list(&door).await, json!({ "phones": [], "address": "" }));
}

#[tokio::test]
async fn the_door_shuts_by_itself_when_the_code_was_not_used() {
    let door = open(Limits { pairing: Duration::from_millis(200), ..Limits::default() }).await;
    let (at, code) = code(&door).await;
    sleep(Duration::from_millis(250)).await;
    until_shut(&at).await;
    assert_eq!(list(&door).await["address"], "");
    assert!(door.send("POST /api/login", &[JSON], &json!({ "code": code }).to_string()).await.status == 401);
}

#[tokio::test]
async fn codes_and_tokens_are_good_at_their_own_door_only() {
    let door = open(Limits::default()).await;
    let (at, pairing) = code(&door).await;
    let opening = door.server.opening_link().unwrap();
    let opening = opening.split_once("#code=").unwrap().1;
    assert_eq!(login(&door, &at, opening).await.status, 401, "the computer's code at the phones' door");
    let at_loopback = door.send("POST /api/login", &[JSON], &json!({ "code": pairing }).to_string()).await;
    assert_eq!(at_loopback.status, 401, "the phone's code on the computer");
    let reply = login(&door, &at, &pairing).await;
    assert_eq!(reply.status, 200, "neither was used up by that: {reply:?}");
    assert_eq!(login(&door, &at, &pairing).await.status, 401, "a second time");
    let token = reply.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(door.ask(&token, STATUS).await.status, 401, "a phone's token on the computer");
    let full = format!("Bearer {}", door.token().await);
    let reply = send(&door, &at, "POST /api/request", &[JSON, ("Authorization", &full)], STATUS).await;
    assert_eq!(reply.status, 401, "the computer's token at the phones' door");
    assert_eq!(send(&door, &at, "POST /api/link", &[JSON], "{}").await.status, 404);
}

#[tokio::test]
async fn a_ticket_ends_with_the_phone_and_is_good_at_its_door_only() {
    let door = open(Limits::default()).await;
    let (phone, _other) = (paired(&door).await, paired(&door).await);
    let root = door.desk.files.keys().next().unwrap();
    let wanted = json!({ "root": root.to_string(), "name": "a.png" }).to_string();
    let reply = send(&door, &phone.at, "POST /api/ticket", &[JSON, ("Authorization", &phone.bearer)], &wanted).await;
    let url = format!("GET {}", reply.json()["url"].as_str().unwrap());
    assert_eq!(phone.get(&door, &url).await.status, 200);
    assert_eq!(door.send(&url, &[], "").await.status, 403, "on the computer");
    let reply = send(&door, &phone.at, "POST /api/sign-out", &[JSON, ("Authorization", &phone.bearer)], "{}").await;
    assert_eq!(reply.status, 200);
    assert_eq!(phone.get(&door, &url).await.status, 403, "after the phone signed out");
}

#[tokio::test]
async fn only_its_own_address_and_its_own_pages_are_answered() {
    let door = open(Limits::default()).await;
    let phone = paired(&door).await;
    let auth = ("Authorization", phone.bearer.as_str());
    let own = format!("http://{}", phone.at);
    let reply = send(&door, &phone.at, "POST /api/request", &[JSON, auth, ("Origin", &own)], STATUS).await;
    assert_eq!(reply.status, 200);
    assert_safe(&reply);
    assert_eq!(reply.header("cross-origin-opener-policy"), None, "browsers refuse it without encryption");
    let port = phone.at.rsplit_once(':').unwrap().1;
    let localhost = format!("localhost:{port}");
    let loopback = format!("127.0.0.1:{port}");
    for host in [&localhost, &loopback, "laptop.local:7118", "evil.example", "127.0.0.2", &door.host()] {
        let origin = format!("http://{host}");
        let headers = [("Host", host), ("Origin", &origin), JSON, auth];
        let reply = send(&door, &phone.at, "POST /api/request", &headers, STATUS).await;
        assert_eq!(reply.status, 403, "{host}");
        assert_safe(&reply);
    }
    for origin in ["null", "http://evil.example", &format!("http://{}", door.host()), "http://192.168.1.1"] {
        let reply = send(&door, &phone.at, "POST /api/request", &[JSON, auth, ("Origin", origin)], STATUS).await;
        assert_eq!(reply.status, 403, "{origin}");
        let (up, version) = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"));
        let socket = [("Origin", origin), up, version, ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")];
        assert_eq!(send(&door, &phone.at, "GET /ws", &socket, "").await.status, 403, "{origin} on a WebSocket");
    }
    assert_eq!(door.send("GET /", &[("Host", &phone.at)], "").await.status, 403, "the other door has other names");
}

#[tokio::test]
async fn what_a_phone_may_not_do_is_refused_with_a_hint() {
    let door = open(Limits::default()).await;
    let phone = paired(&door).await;
    for refused in [
        json!({ "backup": { "to": "/tmp/x" } }),
        json!("device-add"),
        json!({ "device-link": { "link": "skein:x", "label": "x" } }),
        json!("device-renew"),
        json!({ "leave": { "community": null } }),
        json!({ "export": { "community": null, "to": "/tmp/x" } }),
        json!("stop"),
    ] {
        let reply = phone.ask(&door, &refused.to_string()).await;
        assert_eq!(reply.status, 403, "{refused}: {reply:?}");
        assert_eq!(reply.json()["error"]["code"], "denied");
        assert_eq!(reply.json()["error"]["hint"], "Do this on your computer.");
    }
    let id = list(&door).await["phones"][0]["id"].clone();
    let auth = ("Authorization", phone.bearer.as_str());
    for (line, body) in [
        ("POST /api/phones/pair", json!({ "label": "mine too" })),
        ("POST /api/phones/end", json!({ "id": id })),
        ("GET /api/phones", json!(null)),
        ("POST /api/demo", json!({})),
    ] {
        let reply = send(&door, &phone.at, line, &[JSON, auth], &body.to_string()).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (403, &json!("denied")), "{line}");
    }
    let said = json!({ "do": { "community": null, "app": "chat", "command": {}, "cwd": null } }).to_string();
    assert_eq!(phone.ask(&door, &said).await.lines(), [json!({ "done": "within" })], "its paths are held to the spool");
}

#[tokio::test]
async fn everybody_is_told_what_they_are() {
    let door = open(Limits::default()).await;
    let phone = paired(&door).await;
    assert_eq!(phone.get(&door, "GET /api/me").await.json(), json!({ "phone": true, "label": "my phone" }));
    let computer = json!({ "phone": false, "label": "" });
    assert_eq!(door.send_socket("GET /api/me", &[], "").await.json(), computer);
    let bearer = format!("Bearer {}", door.token().await);
    assert_eq!(door.send("GET /api/me", &[("Authorization", &bearer)], "").await.json(), computer);
    assert_eq!(send(&door, &phone.at, "GET /api/me", &[], "").await.status, 401);
    let reply = door.send("POST /api/phones/pair", &[JSON, ("Authorization", &bearer)], "{}").await;
    assert_eq!(reply.status, 200, "the page on the computer may");
    assert_eq!(door.send("POST /api/phones/pair", &[JSON], "{}").await.status, 401, "nobody else");
    assert_eq!(door.send("POST /api/demo", &[JSON], "{}").await.status, 401, "nor the demo");
    let reply = door.send("POST /api/demo", &[JSON, ("Authorization", &bearer)], "{}").await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "community": "allotment" })));
}

#[tokio::test]
async fn an_ended_phones_socket_closes_at_once_and_another_ones_stays() {
    let door = open(Limits { farewell: Duration::from_millis(200), ..Limits::default() }).await;
    let (one, two) = (paired(&door).await, paired(&door).await);
    let tab = async |phone: &Phone| {
        let request = format!("ws://{}/ws", phone.at).into_client_request().unwrap();
        let mut tab = client_async(request, TcpStream::connect(&phone.at).await.unwrap()).await.unwrap().0;
        let token = phone.bearer.strip_prefix("Bearer ").unwrap();
        tab.send(Message::text(json!({ "token": token }).to_string())).await.unwrap();
        assert_eq!(tab.next().await.unwrap().unwrap(), Message::text("\"ready\""));
        tab
    };
    let (mut first, mut second) = (tab(&one).await, tab(&two).await);
    let id = list(&door).await["phones"][0]["id"].clone();
    let begun = Instant::now();
    door.send_socket("POST /api/phones/end", &[JSON], &json!({ "id": id }).to_string()).await;
    let closed = timeout(LONG, first.next()).await.expect("in time").unwrap().unwrap();
    assert!(matches!(closed, Message::Close(Some(frame)) if u16::from(frame.code) == 4401));
    assert!(begun.elapsed() < Duration::from_secs(2), "at once");
    assert_eq!(one.ask(&door, STATUS).await.status, 401);
    assert_eq!(two.ask(&door, STATUS).await.status, 200);
    let still_there = timeout(Duration::from_millis(300), second.next()).await;
    assert!(still_there.is_err(), "the other phone heard {still_there:?}");
}

#[tokio::test]
async fn guessing_is_stopped_and_a_paired_phone_is_not() {
    let door = open(Limits::default()).await;
    let phone = paired(&door).await;
    let (at, code) = code(&door).await;
    let mut answers = Vec::new();
    for guess in 0..12 {
        answers.push(login(&door, &at, &format!("guess{guess}")).await.status);
    }
    assert_eq!((answers[0], answers[11]), (401, 429), "{answers:?}");
    assert_eq!(login(&door, &at, &code).await.status, 429, "not even the right one, for a minute");
    let bad = ("Authorization", "Bearer guess");
    assert_eq!(send(&door, &at, "POST /api/request", &[JSON, bad], STATUS).await.status, 429);
    assert_eq!(phone.ask(&door, STATUS).await.status, 200);
    door.token().await;
}

#[tokio::test]
async fn phones_stay_paired_when_the_program_starts_anew() {
    let door = open(Limits::default()).await;
    let phone = paired(&door).await;
    let door = door.again().await;
    let begun = Instant::now();
    while TcpStream::connect(&phone.at).await.is_err() {
        assert!(begun.elapsed() < LONG, "the door does not open again where it was");
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(phone.ask(&door, STATUS).await.status, 200);
}
