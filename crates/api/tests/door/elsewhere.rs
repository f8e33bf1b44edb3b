//! Requests from elsewhere in the person's own browser: other names, other pages, forms. None gets past the guard.

use skein_api::Limits;

use crate::kit::{JSON, Open, Reply, open};

/// Everything that every answer must carry, and what none may.
pub fn assert_safe(reply: &Reply) {
    let policy = reply.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src"), "{reply:?}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{reply:?}");
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY")]
    {
        assert_eq!(reply.header(name), Some(value), "{name} of {reply:?}");
    }
    assert!(reply.header("cache-control").is_some_and(|value| value.contains("no-store")), "{reply:?}");
    assert!(!reply.head.to_ascii_lowercase().contains("access-control-"), "{reply:?}");
    assert!(reply.header("set-cookie").is_none(), "{reply:?}");
}

const STATUS: &str = "\"status\"";

async fn signed_in() -> (Open, String) {
    let door = open(Limits::default()).await;
    let bearer = format!("Bearer {}", door.token().await);
    (door, bearer)
}

#[tokio::test]
async fn a_name_that_is_made_to_lead_here_is_turned_away() {
    let (door, bearer) = signed_in().await;
    let port = door.server.port();
    for name in ["127.0.0.1", "[::1]", "localhost"] {
        let host = format!("{name}:{port}");
        let headers = [("Host", host.as_str()), JSON, ("Authorization", &bearer)];
        assert_eq!(door.send("POST /api/request", &headers, STATUS).await.status, 200, "{name}");
    }
    for host in [&format!("evil.example:{port}"), "127.0.0.1", &format!("127.0.0.1:{}", port ^ 1), "localhost", ""] {
        let origin = format!("http://{host}");
        // Rebinding makes Origin and Host equal, and the browser says same-origin.
        let headers = [("Host", host), ("Origin", &origin), ("Sec-Fetch-Site", "same-origin"), JSON];
        let reply =
            door.send("POST /api/request", &[&headers[..], &[("Authorization", &bearer)]].concat(), STATUS).await;
        assert_eq!(reply.status, 403, "{host}");
        assert_safe(&reply);
        assert_eq!(door.send("GET /", &[("Host", host)], "").await.status, 403, "{host}");
    }
}

#[tokio::test]
async fn hosts_that_contradict_themselves_are_turned_away() {
    let (door, _) = signed_in().await;
    let host = door.host();
    let two = format!("GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_eq!(door.raw(two).await.unwrap().status, 403);
    let none = "GET / HTTP/1.0\r\n\r\n";
    assert_eq!(door.raw(none).await.unwrap().status, 403);
    let absolute = format!("GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert_eq!(door.raw(absolute).await.unwrap().status, 403);
}

#[tokio::test]
async fn other_pages_are_turned_away() {
    let (door, bearer) = signed_in().await;
    let own = format!("http://{}", door.host());
    let other_port = format!("http://127.0.0.1:{}", door.server.port() ^ 1);
    let ask = async |headers: &[(&str, &str)]| {
        let all = [headers, &[JSON, ("Authorization", &bearer)]].concat();
        door.send("POST /api/request", &all, STATUS).await
    };
    assert_eq!(ask(&[("Origin", &own), ("Sec-Fetch-Site", "same-origin")]).await.status, 200);
    assert_eq!(ask(&[("Sec-Fetch-Site", "none")]).await.status, 200);
    for origin in ["null", "http://evil.example", &other_port, "file://", "https://evil.example"] {
        let reply = ask(&[("Origin", origin)]).await;
        assert_eq!(reply.status, 403, "{origin}");
        assert_safe(&reply);
        let (up, version) = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"));
        let socket = [("Origin", origin), up, version, ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")];
        assert_eq!(door.send("GET /ws", &socket, "").await.status, 403, "{origin} on a WebSocket");
    }
    for site in ["cross-site", "same-site"] {
        assert_eq!(ask(&[("Sec-Fetch-Site", site)]).await.status, 403, "{site}");
        assert_eq!(door.send("GET /", &[("Sec-Fetch-Site", site)], "").await.status, 403, "{site}");
    }
}

#[tokio::test]
async fn a_preflight_gets_no_permission() {
    let (door, _) = signed_in().await;
    let own = format!("http://{}", door.host());
    for origin in ["http://evil.example", &own] {
        let wish = ("Access-Control-Request-Method", "POST");
        let network = ("Access-Control-Request-Private-Network", "true");
        let reply = door.send("OPTIONS /api/request", &[("Origin", origin), wish, network], "").await;
        assert!(matches!(reply.status, 403 | 405 | 415), "{reply:?}");
        assert_safe(&reply);
    }
}

#[tokio::test]
async fn a_form_changes_nothing() {
    let (door, bearer) = signed_in().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let reply = door.send("POST /api/request", &[("Content-Type", kind), ("Authorization", &bearer)], STATUS).await;
        assert_eq!(reply.status, 415, "{kind}");
        assert_safe(&reply);
    }
    assert_eq!(door.send("POST /api/login", &[], "{}").await.status, 415, "no type at all");
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let (door, _) = signed_in().await;
    for (line, status) in [
        ("GET /", 200),
        ("HEAD /", 200),
        ("GET /nothing/here", 404),
        ("GET /api/nothing", 404),
        ("GET /../../etc/passwd", 404),
        ("GET /%2e%2e/%00", 404),
        ("GET /api/request", 405),
        ("GET /api/follow", 401),
        ("GET /ws", 400),
        ("GET /blob/abc", 403),
        ("POST /api/request", 401),
        ("POST /api/link", 404),
        ("DELETE /", 405),
        ("TRACE /", 405),
    ] {
        let headers = [JSON];
        let reply = door.send(line, if line.starts_with("GET") { &[] } else { &headers }, "").await;
        assert_eq!(reply.status, status, "{line}: {reply:?}");
        assert_safe(&reply);
        if status >= 400 {
            let error = &reply.json()["error"];
            assert!(
                error["code"].is_string() && error["message"].is_string() && error["hint"].is_string(),
                "{reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere_and_nothing_inline() {
    let (door, _) = signed_in().await;
    let reply = door.send("GET /", &[], "").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let alone = reply.header("cross-origin-opener-policy").map(String::from);
    let page = String::from_utf8(reply.body).unwrap();
    assert!(page.contains("Skein"));
    assert_eq!(alone.as_deref(), Some("same-origin"), "no window that opened it gets hold of it");
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<style"));
    let inline = page.split("<script").skip(1).filter(|script| !script.contains(" src=\"/"));
    assert_eq!(inline.count(), 0, "{page}");
    for nothing in ["/assets/", "/assets/none.js", "/..%2fCargo.toml", "/index.html/", "/%00"] {
        assert_eq!(door.send(&format!("GET {nothing}"), &[], "").await.status, 404, "{nothing}");
    }
    assert_eq!(door.send("GET /", &[("host", "evil.example")], "").await.status, 403);
}
