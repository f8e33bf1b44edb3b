//! Codes and tokens: once, for a minute, and from nowhere but the header Authorization.

use std::time::Duration;

use serde_json::json;
use skein_api::Limits;

use crate::kit::{JSON, open};

#[tokio::test]
async fn a_link_opens_once() {
    let door = open(Limits::default()).await;
    let link = door.server.opening_link().unwrap();
    assert!(link.starts_with(&format!("http://{}/#code=", door.host())), "in the fragment: {link}");
    let body = json!({ "code": link.split_once("=").unwrap().1 }).to_string();
    let first = door.send("POST /api/login", &[JSON], &body).await;
    assert_eq!(first.status, 200);
    let token = first.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(door.send("POST /api/login", &[JSON], &body).await.status, 401, "a second time");
    assert_eq!(door.ask(&token, "\"status\"").await.status, 200);
}

#[tokio::test]
async fn a_link_runs_out() {
    let door = open(Limits { code: Duration::from_millis(100), ..Limits::default() }).await;
    let link = door.server.opening_link().unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    let body = json!({ "code": link.split_once("=").unwrap().1 }).to_string();
    assert_eq!(door.send("POST /api/login", &[JSON], &body).await.status, 401);
}

#[tokio::test]
async fn a_token_counts_in_its_header_only() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    for line in [
        &format!("POST /api/request?token={token}"),
        &format!("POST /api/request?access_token={token}"),
        &format!("GET /api/follow?token={token}"),
        &format!("GET /ws?token={token}"),
    ] {
        let status = door.send(line, &[JSON], "\"status\"").await.status;
        assert!(matches!(status, 400 | 401), "{line}: {status}");
    }
    for (name, value) in [
        ("Authorization", format!("Basic {token}")),
        ("Authorization", token.clone()),
        ("Authorization", "Bearer ".into()),
        ("Authorization", format!("Bearer {token}x")),
        ("Authorization", format!("Bearer {}", &token[1..])),
        ("Cookie", format!("token={token}")),
        ("X-Token", token.clone()),
    ] {
        let reply = door.send("POST /api/request", &[JSON, (name, &value)], "\"status\"").await;
        assert_eq!(reply.status, 401, "{name}: {value}");
    }
    let bearer = format!("Bearer {token}");
    let twice = [JSON, ("Authorization", bearer.as_str()), ("Authorization", bearer.as_str())];
    assert_eq!(door.send("POST /api/request", &twice, "\"status\"").await.status, 401, "twice");
}

#[tokio::test]
async fn signing_out_ends_a_session() {
    let door = open(Limits::default()).await;
    let (one, two) = (door.token().await, door.token().await);
    let bearer = format!("Bearer {one}");
    assert_eq!(door.send("POST /api/sign-out", &[JSON, ("Authorization", &bearer)], "{}").await.status, 200);
    assert_eq!(door.ask(&one, "\"status\"").await.status, 401);
    assert_eq!(door.ask(&two, "\"status\"").await.status, 200, "the other one goes on");
    assert_eq!(door.server.end_sessions(), 1);
    assert_eq!(door.ask(&two, "\"status\"").await.status, 401);
}

#[tokio::test]
async fn sessions_are_few() {
    let door = open(Limits { sessions: 2, ..Limits::default() }).await;
    let first = door.token().await;
    let second = door.token().await;
    let third = door.token().await;
    assert_eq!(door.ask(&first, "\"status\"").await.status, 401, "made room");
    for token in [second, third] {
        assert_eq!(door.ask(&token, "\"status\"").await.status, 200);
    }
}
