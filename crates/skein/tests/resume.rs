//! A fetch that is killed without warning, at either end and at several places, goes on from what was there. Real programs, and
//! the bytes are counted.

mod real;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use real::{Person, until};
use serde_json::{Value, json};

const QUIET: [&str; 3] = ["--bind", "127.0.0.1:0", "--no-mdns"];
const BYTES: u64 = 192 << 20;
/// What may come again after one kill: pieces that were on their way, and what the store had not written down (it gathers for
/// half a second).
const AGAIN: u64 = BYTES / 6;

/// What a fetch has told so far: how much is here, and how much of that came during it.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    here: u64,
    came: u64,
}

/// A fetch that is under way: asked for at the program's own door, where every step is told.
struct Fetch(Box<dyn Iterator<Item = Value>>);

impl Fetch {
    fn begin(person: &Person, share: &str) -> Self {
        let ask = json!({ "do": { "app": "files", "command": { "get": { "share": share, "to": "/nowhere" } } } }).to_string();
        let mut door = UnixStream::connect(person.home.join("ctl.sock")).expect("the program runs");
        let head = "POST /api/request HTTP/1.1\r\nHost: skein\r\nContent-Type: application/json\r\nConnection: close";
        write!(door, "{head}\r\nContent-Length: {}\r\n\r\n{ask}", ask.len()).expect("it listens");
        let lines = BufReader::new(door).lines().map_while(Result::ok);
        Self(Box::new(lines.filter_map(|line| serde_json::from_str(&line).ok())))
    }

    /// What is told first once it is known how much there is.
    fn first(&mut self) -> Told {
        self.0.find_map(|line| told(&line)).expect("it tells how far it is")
    }

    /// What is told when more than so much is here.
    fn past(&mut self, bytes: u64) -> Told {
        self.0.by_ref().filter_map(|line| told(&line)).find(|told| told.here > bytes).expect("it gets so far")
    }
}

fn told(line: &Value) -> Option<Told> {
    let line = line.get("progress").unwrap_or(line);
    let (here, total) = (line["done"].as_u64()?, line["total"].as_u64()?);
    (total == BYTES).then(|| Told { here, came: came(line) })
}

fn came(line: &Value) -> u64 {
    line["from"].as_array().into_iter().flatten().filter_map(|from| from[1].as_u64()).sum()
}

fn film(folder: &Path) -> Vec<u8> {
    // Nothing in it repeats: what was put to the wrong place would be seen.
    let bytes: Vec<u8> = (0..BYTES / 8).flat_map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_le_bytes()).collect();
    std::fs::write(folder.join("film"), &bytes).expect("a file can be written");
    bytes
}

#[test]
fn a_fetch_that_is_killed_at_either_end_goes_on_from_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [mut ana, mut ben] = ["ana", "ben"].map(|name| Person::new(&folder.path().join(name)));
    ana.start(&QUIET);
    ben.start(&QUIET);
    ana.found();
    ana.let_in(&ben, "Ben");
    let bytes = film(folder.path());
    let said = ana.ask(&["files", "add", &folder.path().join("film").to_string_lossy()]).expect("a file is shared");
    let share = said["object"].as_str().expect("a share has an id").to_owned();
    until("Ben knows of it", || ben.ask(&["files", "show", &share]).is_some());

    // Whoever fetches is killed: soon after the beginning, in the middle, near the end.
    let (mut before, mut all) = (0, 0);
    for eighths in [1, 4, 6] {
        let mut fetch = Fetch::begin(&ben, &share);
        let begun = fetch.first();
        assert!(begun.here + AGAIN >= before, "{before} were here, {} after the kill", begun.here);
        let now = fetch.past(BYTES * eighths / 8);
        assert!(now.here < BYTES, "it is killed on the way");
        ben.kill();
        drop(fetch);
        (before, all) = (now.here, all + now.came);
        ben.start(&QUIET);
    }
    // Whoever gives is killed: the fetch waits, and goes on by itself.
    let mut fetch = Fetch::begin(&ben, &share);
    let begun = fetch.first();
    assert!(begun.here + AGAIN >= before, "{before} were here, {} after the kill", begun.here);
    ana.kill();
    ana.start(&QUIET);
    drop(fetch);
    let got = ben.ask(&["files", "get", &share, "--to", &out(folder.path())]).expect("it goes on");
    all += came(&got);
    // Each kill may have cost what was on its way; nothing else came twice.
    println!("{all} bytes came of {BYTES}, the last try {}", came(&got));
    assert!(all <= BYTES + 4 * AGAIN, "{all} came of {BYTES}");
    assert!(came(&got) < BYTES / 2, "most was here before the last try: {} came", came(&got));
    let copy = std::fs::read(folder.path().join("out/film")).expect("it was written out");
    assert!(copy == bytes, "it is what was shared");
}

fn out(folder: &Path) -> String {
    folder.join("out").to_string_lossy().into_owned()
}
