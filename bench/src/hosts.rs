//! Whole hosts over loopback, with real connections, in this process.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use skein_host::{Host, Item, Options, Profile, Request};

/// A host on a folder of its own.
pub fn open(folder: &Path) -> Host {
    let profile = Profile::open(folder).expect("a folder can be used");
    let bind = "127.0.0.1:0".parse().ok();
    Host::open(profile, Options { bind, mdns: false, ..Options::default() }).expect("a host starts")
}

/// Asks and waits for the answer.
pub fn ask(host: &Host, request: Request) -> Value {
    let mut items = host.request(request);
    loop {
        match items.blocking_recv() {
            Some(Item::Done(answer)) => return answer,
            Some(Item::Refused(refusal)) => panic!("refused: {refusal} {}", refusal.hint),
            Some(_) => {}
            None => panic!("no answer"),
        }
    }
}

/// Ends a host.
pub fn stop(host: Host) {
    host.runtime().block_on(host.stop());
}

/// Founds a community.
pub fn found(host: &Host) {
    ask(host, Request::Found { name: "Bench".into(), my_name: Some("Ana".into()) });
}

/// Lets `guest` join by an invitation of `host`.
pub fn join(host: &Host, guest: &Host, name: &str) {
    let expires_ms = crate::world::now_ms() + 3_600_000;
    let invitation = ask(host, Request::Invite { community: None, uses: 100, expires_ms });
    let link = invitation["link"].as_str().expect("an invitation has a link").to_string();
    ask(guest, Request::Join { link, my_name: Some(name.into()), wait_ms: Some(60_000) });
}

/// Says a text.
pub fn say(host: &Host, text: String) {
    let command = crate::world::say(text);
    ask(host, Request::Do { community: None, app: "chat".into(), command, cwd: None });
}

/// The file of the one community in a folder, whether or not a host runs there.
pub fn community_file(folder: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(folder.join("communities")).expect("a host has made the folder");
    let mut files = files.filter_map(|file| Some(file.ok()?.path()));
    files.find(|file| file.extension().is_some_and(|end| end == "skein")).expect("there is a community")
}

/// How many events a community's file holds.
pub fn events_in(file: &Path) -> u64 {
    let reader = skein_store::Reader::open(file).expect("a file can be read");
    let count =
        reader.connection().query_row("SELECT coalesce(max(row), 0) FROM event", [], |row| row.get::<_, i64>(0));
    count.unwrap_or(0) as u64
}

/// Whether everything in a community's file can be searched.
pub fn all_indexed(file: &Path) -> bool {
    let reader = skein_store::Reader::open(file).expect("a file can be read");
    skein_store::Found::all_indexed(reader.connection()).unwrap_or(false)
}

/// Waits until `done`, at most ten minutes.
pub fn wait(mut done: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(600);
    while !done() {
        assert!(std::time::Instant::now() < deadline, "it takes longer than ten minutes");
        std::thread::sleep(Duration::from_millis(5));
    }
}
