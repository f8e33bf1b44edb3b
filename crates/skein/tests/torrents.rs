//! Torrents with real programs of others, over loopback: aria2 and libtorrent fetch what Skein gives, and give what it fetches.

mod common;
#[path = "torrents/others.rs"]
mod others;

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::Person;
use others::{Tracker, aria2_fetch, aria2_seed, lt_fetch, lt_make, lt_seed};

/// Waits until `done`.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Bytes that no luck makes alike.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("is text")
}

/// A folder of a person, made.
fn folder(person: &Person, name: &str) -> PathBuf {
    let path = person.path(name);
    std::fs::create_dir_all(&path).expect("is made");
    path
}

fn read(path: impl AsRef<Path>) -> Vec<u8> {
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// Somebody with a community.
fn ana() -> Person {
    let ana = Person::up();
    ana.good(&["found", "Garden", "--name", "Ana"]);
    ana
}

#[test]
fn aria2_and_libtorrent_fetch_what_skein_gives() {
    let ana = ana();
    let (tracker, bytes) = (Tracker::begin(), noise(3_000_000, 1));
    std::fs::write(ana.path("plan.bin"), &bytes).expect("is written");
    let row = ana.json(&["files", "torrent", "plan.bin", "--tracker", &tracker.url]);
    let (magnet, file) = (row["magnet"].as_str().expect("has one"), row["path"].as_str().expect("has one"));
    assert!(file.ends_with("plan.bin.torrent") && magnet.contains("&x.pe=127.0.0.1:"), "{row}");
    until("the tracker knows of it", || tracker.asked() > 0);
    for (name, source) in [("magnet", magnet), ("file", file)] {
        let to = folder(&ana, &format!("aria2 {name}"));
        aria2_fetch(source, &to);
        assert_eq!(read(to.join("plan.bin")), bytes, "aria2 by {name}");
        let to = folder(&ana, &format!("libtorrent {name}"));
        // By the link alone where it names this computer; a file names only the tracker.
        lt_fetch(source, &to, if name == "magnet" { "named" } else { "trackers" });
        assert_eq!(read(to.join("plan.bin")), bytes, "libtorrent by {name}");
    }
    let rows = ana.json(&["files", "torrent", "list"]);
    assert!(rows[0]["sent_bytes"].as_u64().expect("is counted") > 6_000_000, "{rows}");
    assert!(ana.good(&["files", "torrent", "list"]).contains("plan.bin"));
    let at = magnet.split("x.pe=").nth(1).expect("names this computer").to_owned();
    ana.good(&["files", "torrent", "end", "1"]);
    until("nobody listens any more", || TcpStream::connect(&at).is_err());
    ana.bad(4, &["files", "torrent", "end", "1"]);
    assert_eq!(read(ana.path("plan.bin")), bytes, "what is given is as it was");
}

#[test]
fn what_is_shared_and_held_here_is_given_as_a_torrent() {
    let ana = ana();
    let files = [("book/a.txt", noise(100_000, 2)), ("book/deep/b.txt", noise(40, 3)), ("book/deep/none", Vec::new())];
    folder(&ana, "book/deep");
    for (name, bytes) in &files {
        std::fs::write(ana.path(name), bytes).expect("is written");
    }
    ana.good(&["files", "add", "book", "--name", "the book"]);
    ana.good(&["files", "add", "book/a.txt"]);
    std::fs::remove_dir_all(ana.path("book")).expect("is removed");
    let whole = ana.json(&["files", "torrent", "the book"]);
    let to = folder(&ana, "got");
    lt_fetch(whole["magnet"].as_str().expect("has one"), &to, "named");
    for (name, bytes) in &files {
        assert_eq!(&read(to.join(name.replace("book/", "the book/"))), bytes, "{name}");
    }
    let one = ana.good(&["files", "torrent", "a.txt"]);
    assert!(
        one.starts_with("magnet:?xt=urn:btih:") && one.lines().count() == 1,
        "without a terminal only the link: {one}"
    );
    lt_fetch(one.trim(), &to, "named");
    assert_eq!(read(to.join("a.txt")), files[0].1);
    ana.bad(7, &["files", "torrent", "a.txt"]);
    ana.bad(4, &["files", "torrent", "no such thing"]);
    ana.bad(2, &["files", "torrent", "a.txt", "--to", "x.torrent", "--tracker", "file:///etc/passwd"]);
    let described = ana.json(&["files", "torrent", "the book", "--no-seed", "--to", "later.torrent"]);
    assert_eq!((described["state"].as_str(), described["hash"].as_str()), (Some("described"), whole["hash"].as_str()));
}

#[test]
fn skein_fetches_what_aria2_and_libtorrent_give() {
    let ana = ana();
    let given = folder(&ana, "given");
    std::fs::write(given.join("song.ogg"), noise(2_000_000, 4)).expect("is written");
    folder(&ana, "given/photos/may");
    std::fs::write(given.join("photos/may/a.jpg"), noise(300_001, 5)).expect("is written");
    std::fs::write(given.join("photos/b.jpg"), noise(70_000, 6)).expect("is written");
    let (song, photos, sent) = (ana.path("song.torrent"), ana.path("photos.torrent"), ana.path("sent"));
    lt_make("v1", &given.join("song.ogg"), &song);
    // Of both versions, as most are made today: it has files that only fill up.
    lt_make("hybrid", &given.join("photos"), &photos);

    let aria2 = aria2_seed(&song, &given);
    let answer = ana.json(&["files", "fetch-torrent", "song.torrent", "--from", &aria2.at, "--note", "from outside"]);
    assert_eq!((answer["torrent"]["bytes"].as_u64(), answer["torrent"]["files"].as_u64()), (Some(2_000_000), Some(1)));
    ana.good(&["files", "get", "song.ogg", "--to", "got"]);
    assert_eq!(read(ana.path("got/song.ogg")), read(given.join("song.ogg")), "from aria2");

    let libtorrent = lt_seed(&photos, &given, 0, &sent);
    let hash = ana.json(&["files", "torrent", "given/photos/b.jpg", "--no-seed"])["hash"]
        .as_str()
        .expect("has one")
        .to_owned();
    ana.bad(5, &["files", "fetch-torrent", &format!("magnet:?xt=urn:btih:{hash}&x.pe={}", libtorrent.at)]);
    let magnet = format!("magnet:?xt=urn:btih:{}&dn=../../x", v1_hash(&photos));
    let words = ana.good(&["files", "fetch-torrent", &magnet, "--from", &libtorrent.at, "--name", "Photos of May"]);
    assert!(words.contains("Photos of May") && words.contains("came whole"), "{words}");
    ana.good(&["files", "get", "Photos of May", "--to", "got"]);
    for name in ["may/a.jpg", "b.jpg"] {
        assert_eq!(read(ana.path("got/Photos of May").join(name)), read(given.join("photos").join(name)), "{name}");
    }
    let inside = std::fs::read_dir(ana.path("got/Photos of May")).expect("is a folder").count();
    assert_eq!(inside, 2, "what only fills up is not written");
    assert_eq!(ana.json(&["files", "torrent", "list"]), serde_json::json!([]), "nothing is left over");
    let again = ana.bad(7, &["files", "fetch-torrent", "song.torrent", "--from", &aria2.at]);
    assert!(again.contains("shared already"), "{again}");
}

/// The hash by which a torrent is known in the first version.
fn v1_hash(torrent: &Path) -> String {
    let script = "import sys, libtorrent; print(libtorrent.torrent_info(sys.argv[1]).info_hashes().v1)";
    let done = Command::new("/usr/bin/python3").args(["-c", script, text(torrent)]).output().expect("Python is there");
    String::from_utf8(done.stdout).expect("is text").trim().to_owned()
}

#[test]
fn a_fetch_that_is_broken_off_goes_on_where_it_was() {
    let ana = ana();
    let given = folder(&ana, "given");
    std::fs::write(given.join("film"), noise(6_000_000, 7)).expect("is written");
    let (film, sent) = (ana.path("film.torrent"), ana.path("sent"));
    lt_make("v1", &given.join("film"), &film);
    let slow = lt_seed(&film, &given, 1_000_000, &sent);
    let words = ["files", "fetch-torrent", "film.torrent", "--from", &slow.at];
    let mut waiting = ana.command(&words).spawn().expect("it starts");
    let row = || ana.json(&["files", "torrent", "list"])[0].clone();
    until("a part is here", || row()["here_bytes"].as_u64().is_some_and(|here| here > 2_000_000));
    assert_eq!(row()["state"], "fetching");
    let id = row()["id"].as_str().expect("has one").to_owned();
    assert!(ana.bad(7, &["files", "torrent", "end", &id]).contains("worked on"));
    // As Ctrl-C does.
    let interrupt = Command::new("kill").args(["-INT", &waiting.id().to_string()]).status().expect("kill is there");
    assert!(interrupt.success() && !waiting.wait().expect("it ends").success());
    until("it has stopped", || row()["state"] == "begun");
    drop(slow);
    let other = lt_seed(&film, &given, 0, &sent);
    ana.good(&["files", "fetch-torrent", "film.torrent", "--from", &other.at]);
    ana.good(&["files", "get", "film", "--to", "got"]);
    assert_eq!(read(ana.path("got/film")), read(given.join("film")));
    let sent = || String::from_utf8(read(&sent)).expect("is text").parse::<u64>().expect("is a number");
    until("it has counted", || sent() > 0);
    std::thread::sleep(Duration::from_millis(300));
    assert!(sent() < 5_000_000, "only what was missing came: {}", sent());
}

#[test]
fn nobody_is_asked_whom_the_person_did_not_choose() {
    let ana = ana();
    let tracker = Tracker::begin();
    std::fs::write(ana.path("a"), noise(50_000, 8)).expect("is written");
    ana.good(&["files", "torrent", "a", "--no-seed", "--tracker", &tracker.url]);
    let words = ana.bad(2, &["files", "fetch-torrent", "a.torrent"]);
    assert!(
        words.contains("nobody is named") && words.contains("127.0.0.1:"),
        "it says which trackers there are: {words}"
    );
    let magnet = format!("magnet:?xt=urn:btih:{}&tr={}", "0".repeat(40), tracker.url);
    // A computer that does not answer is asked; the tracker in the link is not.
    ana.bad(5, &["files", "fetch-torrent", &magnet, "--from", "127.0.0.1:1"]);
    assert_eq!(tracker.asked(), 0);
    assert_eq!(ana.json(&["files", "torrent", "list"]), serde_json::json!([]), "nothing was begun");
    ana.good(&["files", "torrent", "a", "--to", "b.torrent"]);
    let to = folder(&ana, "to");
    lt_fetch(ana.json(&["files", "torrent", "list"])[0]["magnet"].as_str().expect("has one"), &to, "named");
    assert_eq!(tracker.asked(), 0, "and none is told of what is given");
}

#[test]
fn a_hostile_torrent_is_refused_and_writes_nothing() {
    let ana = ana();
    let info = |fields: &str, pieces: usize| {
        let hashes = "h".repeat(20 * pieces);
        format!("d4:infod{fields}6:pieces{}:{hashes}ee", hashes.len()).into_bytes()
    };
    let file = |name: &str| info(&format!("6:lengthi1e4:name{}:{name}12:piece lengthi16384e", name.len()), 1);
    let inner = |path: &str| info(&format!("5:filesld6:lengthi1e4:pathl{path}eee4:name1:x12:piece lengthi16384e"), 1);
    // Ten terabytes, in pieces of 64 MiB.
    let pieces = 10_000_000_000_000usize.div_ceil(64 << 20);
    let huge = info("6:lengthi10000000000000e4:name1:x12:piece lengthi67108864e", pieces);
    let many: String = (0..20_000).map(|n| format!("d6:lengthi1e4:pathl5:{n:05}ee")).collect();
    let wrong = [
        ("parent", file("../../up"), "leads out"),
        ("absolute", file("/tmp/skein-hostile"), "leads out"),
        ("nul", file("a\0b"), "cannot be seen"),
        ("windows", file("C:\\x.bat"), "leads out"),
        ("inner", inner("2:..2:up"), "leads out"),
        ("zero", info("6:lengthi1e4:name1:x12:piece lengthi0e", 1), "size"),
        ("many", info(&format!("5:filesl{many}e4:name1:x12:piece lengthi16384e"), 2), "10000 files"),
        ("garbage", noise(5_000, 9), "no torrent"),
        ("deep", vec![b'l'; 1 << 20], "no torrent"),
        ("large", vec![b'0'; (8 << 20) + 1], "8 MiB"),
    ];
    for (name, bytes, why) in wrong {
        std::fs::write(ana.path(name), bytes).expect("is written");
        let words = ana.bad(2, &["files", "fetch-torrent", name, "--from", "127.0.0.1:1"]);
        assert!(words.contains(why), "{name}: {words}");
    }
    std::fs::write(ana.path("huge"), huge).expect("is written");
    let words = ana.bad(8, &["files", "fetch-torrent", "huge", "--from", "127.0.0.1:1"]);
    assert!(words.contains("no room") && words.contains("20 TB"), "{words}");
    ana.bad(4, &["files", "fetch-torrent", "not there", "--from", "127.0.0.1:1"]);
    ana.bad(2, &["files", "fetch-torrent", "magnet:?xt=urn:btih:nonsense", "--from", "127.0.0.1:1"]);
    ana.bad(2, &["files", "fetch-torrent", "huge", "--from", "example.org"]);
    assert!(!ana.has("home/torrents"), "nothing was begun");
    assert!(!Path::new("/tmp/skein-hostile").exists() && !ana.has("up"), "nothing was written outside");
}
