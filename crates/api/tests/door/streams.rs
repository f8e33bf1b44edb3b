//! What the door serves: answers as lines, statuses by the kind of trouble, and what changes.

use std::time::Duration;

use serde_json::json;
use skein_api::Limits;
use skein_host::Change;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::elsewhere::assert_safe;
use crate::kit::{LONG, open};

#[tokio::test]
async fn answers_come_as_lines() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    let short = door.ask(&token, "\"status\"").await;
    assert_eq!(short.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(short.lines(), [json!({ "done": { "version": "test" } })]);
    assert_safe(&short);
    let long = door.ask(&token, "{\"backup\":{\"to\":\"/x\"}}").await.lines();
    assert_eq!(long.len(), 4);
    assert_eq!(long[2]["progress"]["done"], 3);
    assert_eq!(long[3], json!({ "done": "/backup" }));
}

#[tokio::test]
async fn a_no_has_a_status_and_words() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    for (kind, status) in [
        ("usage", 400),
        ("not-found", 404),
        ("ambiguous", 409),
        ("denied", 403),
        ("conflict", 409),
        ("unreachable", 504),
        ("not-running", 503),
        ("limit", 429),
        ("failed", 500),
    ] {
        let reply = door.ask(&token, &json!({ "members": { "community": kind } }).to_string()).await;
        assert_eq!(reply.status, status, "{kind}");
        assert_eq!(reply.json(), json!({ "error": { "code": kind, "message": "no", "hint": "try" } }));
        assert_safe(&reply);
    }
    assert_eq!(door.ask(&token, "\"communities\"").await.status, 500, "it broke off");
}

#[tokio::test]
async fn what_changes_is_told_until_the_session_ends() {
    let door = open(Limits::default()).await;
    let bearer = format!("Bearer {}", door.token().await);
    let mut stream = door.connect().await;
    let request = door.request("GET /api/follow", &[("Authorization", &bearer)], "");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    assert!(line_with(&mut lines, "200 OK").await);
    let community = "c".to_owned();
    while door.desk.changes.send(Change::Members { community: community.clone() }).is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(line_with(&mut lines, "members").await, "it is told");
    door.server.end_sessions();
    assert!(!line_with(&mut lines, "members").await, "it ends with the session");
}

/// Reads on until a line holds this; false if the stream ends before.
async fn line_with(lines: &mut Lines<BufReader<TcpStream>>, word: &str) -> bool {
    while let Some(line) = timeout(LONG, lines.next_line()).await.expect("in time").unwrap_or(None) {
        if line.contains(word) {
            return true;
        }
    }
    false
}
