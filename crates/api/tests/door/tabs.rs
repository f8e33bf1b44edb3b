//! WebSockets: who they are in the first frame, then what changes; and tabs that misbehave.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use skein_api::Limits;
use skein_host::Change;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::kit::{LONG, Open, open};

type Tab = WebSocketStream<TcpStream>;

async fn tab(door: &Open) -> Tab {
    // A small window, so that a tab that does not read is noticed soon.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(door.host().parse().unwrap()).await.unwrap();
    let request = format!("ws://{}/ws", door.host()).into_client_request().unwrap();
    client_async(request, stream).await.unwrap().0
}

async fn signed_in(door: &Open) -> Tab {
    let token = door.token().await;
    let mut tab = tab(door).await;
    tab.send(Message::text(json!({ "token": token }).to_string())).await.unwrap();
    assert_eq!(heard(&mut tab).await, Ok(json!("ready")));
    tab
}

/// The next thing that a tab hears, or the code with which it was closed; 0: without a word.
async fn heard(tab: &mut Tab) -> Result<Value, u16> {
    loop {
        match timeout(LONG, tab.next()).await.expect("something happens in time") {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(Some(frame)))) => {
                assert!(!frame.reason.is_empty(), "closed with a reason");
                return Err(frame.code.into());
            }
            Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(0),
            Some(Ok(_)) => (),
        }
    }
}

fn object(number: u32) -> Change {
    Change::Object { community: "c".into(), app: "chat".into(), object: number.to_string() }
}

#[tokio::test]
async fn a_tab_is_told_what_changes() {
    let door = open(Limits::default()).await;
    let mut tab = signed_in(&door).await;
    for number in [1, 2, 1] {
        door.desk.changes.send(object(number)).unwrap();
    }
    let told = heard(&mut tab).await.unwrap();
    let of = |number: &str| json!({ "object": { "community": "c", "app": "chat", "object": number } });
    assert_eq!(told, json!({ "changes": [of("1"), of("2")] }), "gathered, each once");
    tab.close(None).await.unwrap();
}

#[tokio::test]
async fn a_tab_that_cannot_keep_up_is_told_to_ask_anew() {
    let door = open(Limits { gathered: 8, gather: Duration::from_millis(200), ..Limits::default() }).await;
    let mut tab = signed_in(&door).await;
    for number in 0..20 {
        door.desk.changes.send(object(number)).unwrap();
    }
    assert_eq!(heard(&mut tab).await, Ok(json!({ "changes": ["lagged"] })));
}

#[tokio::test]
async fn a_tab_says_who_it_is_first() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    for first in [
        json!({ "token": "wrong" }).to_string(),
        json!({ "token": token, "more": 1 }).to_string(),
        json!({}).to_string(),
        token.clone(),
        "[".repeat(4000),
        String::new(),
    ] {
        let mut tab = tab(&door).await;
        tab.send(Message::text(first.clone())).await.unwrap();
        assert_eq!(heard(&mut tab).await, Err(4401), "{first}");
    }
    let mut binary = tab(&door).await;
    binary.send(Message::binary(json!({ "token": token }).to_string())).await.unwrap();
    assert_eq!(heard(&mut binary).await, Err(4401), "as bytes");
    let mut long = tab(&door).await;
    let _ = long.send(Message::text("a".repeat(1 << 20))).await; // it may hang up before all of it is sent
    assert!(heard(&mut long).await.is_err(), "far too long");
}

#[tokio::test]
async fn a_tab_that_says_nothing_is_closed() {
    let door = open(Limits { introduce: Duration::from_millis(100), ..Limits::default() }).await;
    let mut silent = tab(&door).await;
    door.desk.changes.send(object(1)).unwrap_or_default();
    assert_eq!(heard(&mut silent).await, Err(4408), "and it hears nothing before");
}

#[tokio::test]
async fn a_tab_only_listens() {
    let door = open(Limits::default()).await;
    let mut tab = signed_in(&door).await;
    tab.send(Message::text("{}")).await.unwrap();
    assert_eq!(heard(&mut tab).await, Err(1008));
}

#[tokio::test]
async fn a_tab_ends_with_its_session_and_with_the_door() {
    let door = open(Limits::default()).await;
    let mut first = signed_in(&door).await;
    door.server.end_sessions();
    assert_eq!(heard(&mut first).await, Err(4401));
    let mut second = signed_in(&door).await;
    let Open { server, .. } = door;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(heard(&mut second).await, Err(1001));
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_tab_that_does_not_read_is_closed_and_holds_up_nobody() {
    let limits = Limits { slow: Duration::from_millis(300), gather: Duration::from_millis(1), ..Limits::default() };
    let door = open(Limits { farewell: Duration::from_secs(10), ..limits }).await;
    let mut slow = signed_in(&door).await;
    let mut quick = signed_in(&door).await;
    let text = "x".repeat(64 << 10);
    let flood = async {
        loop {
            let (community, app) = ("c".to_owned(), "chat".to_owned());
            let said = Change::Signal { community, app, from: "d".into(), object: "o".into(), text: text.clone() };
            door.desk.changes.send(said).unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let reading = async {
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            assert!(heard(&mut quick).await.is_ok(), "the other tab hears all along");
        }
    };
    tokio::select! {
        () = flood => (),
        () = reading => (),
    }
    let ending = loop {
        if let Err(code) = heard(&mut slow).await {
            break code;
        }
    };
    assert_eq!(ending, 4409, "it reads in the end, and learns why it was closed");
}

#[tokio::test]
async fn a_tab_that_no_longer_answers_is_closed() {
    let door = open(Limits { ping: Duration::from_millis(100), ..Limits::default() }).await;
    let token = door.token().await;
    let mut tab = tab(&door).await;
    tab.send(Message::text(json!({ "token": token }).to_string())).await.unwrap();
    // It reads nothing, so it answers no ping.
    tokio::time::sleep(Duration::from_millis(900)).await;
    let ending = loop {
        if let Err(code) = heard(&mut tab).await {
            break code;
        }
    };
    assert_eq!(ending, 4410);
}

#[tokio::test]
async fn tabs_are_few() {
    let door = open(Limits { connections: 4, ..Limits::default() }).await;
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(signed_in(&door).await);
    }
    let stream = door.connect().await;
    let request = format!("ws://{}/ws", door.host()).into_client_request().unwrap();
    let refused = client_async(request.clone(), stream).await.err().map(|error| error.to_string());
    assert!(refused.is_some_and(|why| why.contains("429")));
    drop(tabs.pop());
    for _ in 0..100 {
        if client_async(request.clone(), door.connect().await).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a closed tab makes room");
}
