//! Files that a browser sends: taken in whole or not at all, by nobody but the person, and never outside their folder.

use skein_api::Limits;

use crate::kit::{Open, Reply, open};

const BYTES: (&str, &str) = ("content-type", "application/octet-stream");

async fn send(door: &Open, token: &str, query: &str, body: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    door.send(&format!("POST /api/upload?{query}"), &[BYTES, ("authorization", &bearer)], body).await
}

#[tokio::test]
async fn a_folder_is_taken_in_file_by_file() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    let first = send(&door, &token, "path=garden%2Fbeans.txt", "in May").await.json();
    let batch = first["batch"].as_str().unwrap();
    let second = send(&door, &token, &format!("path=garden%2Fold%2Fpeas.txt&batch={batch}"), "in April").await;
    assert_eq!(second.status, 200, "{second:?}");
    let folder = std::path::PathBuf::from(second.json()["path"].as_str().unwrap());
    assert!(folder.ends_with("garden"));
    assert_eq!(std::fs::read_to_string(folder.join("beans.txt")).unwrap(), "in May");
    assert_eq!(std::fs::read_to_string(folder.join("old/peas.txt")).unwrap(), "in April");
    let again = send(&door, &token, &format!("path=garden%2Fbeans.txt&batch={batch}"), "in June").await;
    assert_ne!(again.status, 200, "nothing is overwritten");
    assert_eq!(std::fs::read_to_string(folder.join("beans.txt")).unwrap(), "in May");
    let done = format!("{{\"batch\":\"{batch}\"}}");
    let bearer = format!("Bearer {token}");
    let json = ("content-type", "application/json");
    let done = door.send("POST /api/upload/done", &[json, ("authorization", &bearer)], &done).await;
    assert_eq!(done.status, 200);
    assert!(!folder.exists());
}

#[tokio::test]
async fn nobody_else_sends_files_and_no_name_leads_out() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    assert_eq!(door.send("POST /api/upload?path=a", &[BYTES], "x").await.status, 401, "not signed in");
    let bearer = format!("Bearer {token}");
    let from_elsewhere = [BYTES, ("authorization", &*bearer), ("origin", "http://evil.example")];
    assert_eq!(door.send("POST /api/upload?path=a", &from_elsewhere, "x").await.status, 403);
    let as_a_form = [("content-type", "text/plain"), ("authorization", &*bearer)];
    assert_eq!(door.send("POST /api/upload?path=a", &as_a_form, "x").await.status, 415);
    let elsewhere = [BYTES, ("authorization", &*bearer)];
    assert_eq!(door.send("POST /api/request", &elsewhere, "\"status\"").await.status, 415, "only uploads are bytes");
    for query in
        ["", "path=", "path=..", "path=%2Fetc%2Fpasswd", "path=a%2F..%2F..%2Fb", "path=a%00", "path=a&batch=..%2F.."]
    {
        let reply = send(&door, &token, query, "x").await;
        assert!((400..500).contains(&reply.status), "{query}: {reply:?}");
    }
    assert_eq!(send(&door, &token, "path=a", "x").await.status, 200, "it still stands");
}
