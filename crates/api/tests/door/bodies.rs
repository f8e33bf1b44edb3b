//! Hostile bodies: whatever is sent, there is an answer, and the door still stands.

use skein_api::Limits;

use crate::elsewhere::assert_safe;
use crate::kit::{JSON, Open, open};

async fn refused(door: &Open, token: &str, body: &str) {
    let reply = door.ask(token, body).await;
    let short: String = body.chars().take(60).collect();
    assert_eq!(reply.status, 400, "{short}: {reply:?}");
    assert_safe(&reply);
    assert!(reply.body.len() < 4096, "an answer does not echo all of it: {short}");
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_and_nothing_breaks() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    let deep = format!("{{\"do\":{{\"app\":\"a\",\"command\":{}}}}}", "[".repeat(500_000));
    let deep_closed = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
    let wide = format!("{{\"{}\":1}}", "a".repeat(900_000));
    for body in [
        "",
        " ",
        "null",
        "42",
        "\"\"",
        "\"Status\"",
        "\"no such thing\"",
        "{}",
        "[]",
        "{\"status\":{}, \"stop\":{}}",
        "{\"feed\":{\"limit\":-1}}",
        "{\"feed\":{\"limit\":1e999}}",
        "{\"feed\":{\"limit\":99999999999999999999999999999999999999}}",
        "{\"feed\":{\"limit\":\"1\"}}",
        "{\"feed\":{\"limit\":1,\"unknown\":2}}",
        "{\"join\":{\"link\":7}}",
        "{\"invite\":{\"uses\":4294967296,\"expires_ms\":0}}",
        "{\"backup\":{\"to\":null}}",
        "\"\\ud800\"",
        "{\"found\":{\"name\":\"\u{0}\"",
        &deep,
        &deep_closed,
        &wide,
    ] {
        refused(&door, &token, body).await;
    }
    assert_eq!(door.ask(&token, "\"status\"").await.status, 200, "it still stands");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    let head = format!(
        "POST /api/request HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: 4\r\n\r\n",
        door.host()
    );
    let reply = door.raw([head.as_bytes(), &[0xff, 0xfe, 0x00, 0x22]].concat()).await.unwrap();
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn too_long_is_refused_however_it_comes() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    let long = format!("\"{}\"", "a".repeat(1 << 20));
    assert_eq!(door.ask(&token, &long).await.status, 413);
    let head = format!(
        "POST /api/request HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\n",
        door.host()
    );
    // In chunks, so that nobody says beforehand how long it will be.
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(20));
    assert_eq!(door.raw(chunked).await.unwrap().status, 413);
    let lie = format!("{head}Content-Length: 18446744073709551615\r\n\r\n");
    assert!(matches!(door.raw(lie).await.map(|reply| reply.status), Some(400 | 413 | 431) | None));
    assert_eq!(door.ask(&token, "\"status\"").await.status, 200, "it still stands");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let door = open(Limits::default()).await;
    let endless = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    assert!(matches!(door.raw(endless).await.map(|reply| reply.status), Some(400 | 431) | None));
    let many = format!("GET / HTTP/1.1\r\nHost: {}\r\n{}\r\n", door.host(), "X: y\r\n".repeat(500));
    assert!(matches!(door.raw(many).await.map(|reply| reply.status), Some(400 | 431) | None));
    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..], b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n"]
    {
        let reply = door.raw(garbage).await;
        assert!(reply.is_none_or(|reply| reply.status >= 400));
    }
    assert_eq!(door.send("GET /", &[], "").await.status, 200, "it still stands");
}

#[tokio::test]
async fn one_request_cannot_hide_another() {
    let door = open(Limits::default()).await;
    let both = format!(
        "POST /api/login HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
         Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        door.host()
    );
    let reply = door.raw(both).await;
    assert!(reply.is_none_or(|reply| reply.status >= 400), "two lengths that contradict each other");
}

#[tokio::test]
async fn login_takes_codes_only() {
    let door = open(Limits::default()).await;
    for body in ["{}", "{\"code\":1}", "{\"code\":\"a\",\"token\":\"b\"}", "[\"a\"]"] {
        let status = door.send("POST /api/login", &[JSON], body).await.status;
        assert!(matches!(status, 400 | 401), "{body}: {status}");
    }
    assert_eq!(door.send("POST /api/login", &[JSON], "{\"code\":\"\"}").await.status, 401);
    let long = format!("{{\"code\":\"{}\"}}", "a".repeat(100_000));
    assert_eq!(door.send("POST /api/login", &[JSON], &long).await.status, 401);
}
