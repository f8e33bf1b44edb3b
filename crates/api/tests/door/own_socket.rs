//! The unix socket: for this person's own programs, without a token; and not for web pages.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use skein_api::{Lan, Limits, Options, Port, serve};
use skein_app::Kind;

use crate::elsewhere::assert_safe;
use crate::kit::{JSON, open};

#[tokio::test]
async fn own_programs_need_no_token() {
    let door = open(Limits::default()).await;
    let reply = door.send_socket("POST /api/request", &[JSON, ("Host", "skein")], "\"status\"").await;
    assert_eq!(reply.status, 200);
    assert_safe(&reply);
    let link = door.send_socket("POST /api/link", &[JSON], "{}").await.json();
    assert!(link["link"].as_str().unwrap().contains("/#code="));
    let page = [JSON, ("Origin", "http://127.0.0.1")];
    assert_eq!(door.send_socket("POST /api/request", &page, "\"status\"").await.status, 403);
    assert_eq!(door.send_socket("POST /api/request", &[], "\"status\"").await.status, 415);
}

#[tokio::test]
async fn one_command_signs_every_browser_out() {
    let door = open(Limits::default()).await;
    let token = door.token().await;
    assert_eq!(door.send_socket("POST /api/sign-out", &[JSON], "{}").await.status, 200);
    assert_eq!(door.ask(&token, "\"status\"").await.status, 401);
}

#[tokio::test]
async fn the_socket_is_this_persons_alone() {
    let door = open(Limits::default()).await;
    let folder = door.folder.path().join("profile");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    assert_eq!(mode(folder.join("ctl.sock")), 0o600);
}

#[tokio::test]
async fn a_socket_that_was_left_behind_is_replaced_and_a_live_one_is_not() {
    let door = open(Limits::default()).await;
    let socket = door.folder.path().join("profile/ctl.sock");
    let options = || Options {
        port: Port::Exactly(0),
        socket: socket.clone(),
        spool: socket.with_file_name("spool"),
        lan: Lan { port: Port::Exactly(0), addresses: vec![Ipv4Addr::LOCALHOST] },
        demo: None,
        limits: Limits::default(),
    };
    let refused = serve(door.desk.clone(), options()).await.err().map(|refusal| refusal.kind);
    assert_eq!(refused, Some(Kind::Conflict), "another one answers there");
    let desk = Arc::clone(&door.desk);
    door.server.stop().await;
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists(), "left behind");
    let again = serve(desk.clone(), options()).await.expect("it is replaced");
    again.stop().await;
    std::fs::write(&socket, "not a socket").unwrap();
    assert!(serve(desk.clone(), options()).await.is_err());
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "not a socket", "nothing else is ever removed");
    let long = Options { socket: door.folder.path().join("x".repeat(200)), ..options() };
    assert_eq!(serve(desk, long).await.err().map(|refusal| refusal.kind), Some(Kind::Usage));
}
