//! Bridges: open to whoever knows the secret, for what it is for, and to nobody else.

use serde_json::{Value, json};
use skein_api::Limits;

use crate::elsewhere::assert_safe;
use crate::kit::{JSON, Open, Reply, open};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");

async fn wanted(door: &Open, speaks: &str, near: bool) -> Reply {
    let body = json!({ "app": "asks", "speaks": speaks, "near": near }).to_string();
    door.send_socket("POST /api/bridges/open", &[JSON], &body).await
}

/// The way of a fresh bridge: "/bridge/SECRET/", and its id.
async fn bridge(door: &Open, speaks: &str) -> (String, String) {
    let reply = wanted(door, speaks, false).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let address = reply.json()["address"].as_str().unwrap().to_owned();
    let way = address.strip_prefix(&format!("http://{}", door.host())).unwrap().to_owned();
    assert!(way.starts_with("/bridge/") && way.len() > 60, "{way}");
    let way = &way[..way.rfind('/').unwrap() + 1];
    (way.to_owned(), reply.json()["id"].as_str().unwrap().to_owned())
}

fn echoed(reply: &Reply) -> Value {
    assert_eq!((reply.status, reply.header("content-type")), (203, Some("text/x-echo")), "{reply:?}");
    reply.json()
}

#[tokio::test]
async fn a_bridge_hands_on_what_it_is_asked_and_nothing_more() {
    let door = open(Limits::default()).await;
    let (way, _) = bridge(&door, "calendar").await;
    let reply = door.send(&format!("GET {way}a%20b/c.ics?x=1&y=%26&x=2"), &[], "").await;
    let fields = json!([["x", "1"], ["y", "&"], ["x", "2"]]);
    let expected = json!({ "speaks": "calendar", "posts": false, "path": "a b/c.ics", "fields": fields });
    assert_eq!(echoed(&reply), expected, "no cookie, no header, no secret");
    assert_safe(&reply);
    assert!(reply.header("content-security-policy").unwrap().starts_with("sandbox"));
    assert!(reply.header("access-control-allow-origin").is_none());
    let reply = door.send(&format!("POST {way}requests.xml?q=0"), &[FORM], "lat=1.5&description=a+b").await;
    assert_eq!(echoed(&reply)["fields"], json!([["q", "0"], ["lat", "1.5"], ["description", "a b"]]));
    assert_eq!(echoed(&reply)["posts"], true);
}

#[tokio::test]
async fn nobody_crosses_without_the_secret_and_no_page_from_elsewhere_with_it() {
    let door = open(Limits::default()).await;
    let (way, id) = bridge(&door, "calendar").await;
    let get = format!("GET {way}calendar.ics");
    for from in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Host", "evil.example"),
    ] {
        assert_eq!(door.send(&get, &[from], "").await.status, 403, "{from:?}");
    }
    let post = format!("POST {way}requests.json");
    let long = "x".repeat((64 << 10) + 1);
    for (headers, body, status) in [
        (vec![FORM, ("Origin", "https://evil.example")], "a=b", 403),
        (vec![("Content-Type", "text/plain")], "a=b", 415),
        (vec![JSON], "{}", 415),
        (vec![FORM], long.as_str(), 413),
    ] {
        assert_eq!(door.send(&post, &headers, body).await.status, status, "{headers:?}");
    }
    assert_eq!(door.send(&format!("DELETE {way}x"), &[JSON], "").await.status, 405);
    for other in ["/bridge/", "/bridge/x/calendar.ics", &way.replace("/bridge/", "/bridge/a"), &way.to_uppercase()] {
        let reply = door.send(&format!("GET {other}"), &[], "").await;
        assert_eq!(reply.status, 404, "{other}");
    }
    // A form is for bridges only.
    assert_eq!(door.send("POST /api/request", &[FORM], "a=b").await.status, 415);
    // Another one's address is worth nothing once it is renewed, and none once it is ended.
    let named = json!({ "id": id }).to_string();
    let reply = door.send_socket("POST /api/bridges/renew", &[JSON], &named).await.json();
    assert_eq!(door.send(&get, &[], "").await.status, 404);
    let fresh = reply["address"].as_str().unwrap().split_once(&door.host()).unwrap().1.to_owned();
    echoed(&door.send(&format!("GET {fresh}"), &[], "").await);
    assert_eq!(door.send_socket("POST /api/bridges/end", &[JSON], &named).await.status, 200);
    assert_eq!(door.send(&format!("GET {fresh}"), &[], "").await.status, 404);
    assert_eq!(door.send_socket("GET /api/bridges", &[], "").await.json()["bridges"], json!([]));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_hinders_nobody_who_knows_the_secret() {
    let door = open(Limits::default()).await;
    let (way, _) = bridge(&door, "calendar").await;
    let mut last = 0;
    for n in 0..12 {
        last = door.send(&format!("GET /bridge/wrong{n}/calendar.ics"), &[], "").await.status;
    }
    assert_eq!(last, 429);
    echoed(&door.send(&format!("GET {way}calendar.ics"), &[], "").await);
}

#[tokio::test]
async fn only_the_person_opens_bridges_and_only_what_is_read_is_opened_near_by() {
    let door = open(Limits::default()).await;
    for line in ["POST /api/bridges/open", "POST /api/bridges/renew", "POST /api/bridges/end"] {
        assert_eq!(door.send(line, &[JSON], "{}").await.status, 401, "{line}");
    }
    assert_eq!(door.send("GET /api/bridges", &[], "").await.status, 401);
    assert_eq!(wanted(&door, "nonsense", false).await.status, 404);
    assert_eq!(wanted(&door, "open311", true).await.status, 403, "not over a way that others hear");
    assert_eq!(wanted(&door, "calendar", true).await.status, 200);
    let door = door.again().await;
    assert_eq!(door.send_socket("GET /api/bridges", &[], "").await.json()["bridges"][0]["near"], true, "it is kept");
}

#[tokio::test]
async fn at_the_phones_door_only_what_was_opened_there_is_answered() {
    let door = open(Limits::default()).await;
    let (shut, _) = bridge(&door, "calendar").await;
    let near = wanted(&door, "calendar", true).await.json();
    assert_eq!(near["near_address"], "", "no phone is paired: nothing listens there");
    let link =
        door.send_socket("POST /api/phones/pair", &[JSON], "{}").await.json()["link"].as_str().unwrap().to_owned();
    let at = link.strip_prefix("http://").unwrap().split_once('/').unwrap().0.to_owned();
    let open = near["address"].as_str().unwrap().split_once(&door.host()).unwrap().1.to_owned();
    for (way, status) in [(&shut, 404), (&open, 203)] {
        let stream = tokio::net::TcpStream::connect(&at).await.unwrap();
        let request = door.request(&format!("GET {way}"), &[("Host", &at)], "");
        let reply = crate::kit::exchange(stream, request.as_bytes()).await.unwrap();
        assert_eq!(reply.status, status, "{way}");
    }
}
