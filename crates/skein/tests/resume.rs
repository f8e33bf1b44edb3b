//! A fetch that is killed without warning, at either end and at several places, goes on from what was there. Real programs, and
//! the bytes are counted.

mod real;

use std::path::Path;

use real::door::{Fetch, came};
use real::{Person, until};

const QUIET: [&str; 3] = ["--bind", "127.0.0.1:0", "--no-mdns"];
const BYTES: u64 = 192 << 20;
/// What may come again after one kill: pieces that were on their way, and what the store had not written down (it gathers for
/// half a second).
const AGAIN: u64 = BYTES / 6;

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
    // So that a fetch takes seconds everywhere: a kill half a second after the beginning takes all of that half second with it.
    ana.ask(&["limits", "set", "--up", "40MB"]).expect("a limit is set");
    ana.let_in(&ben, "Ben");
    let bytes = film(folder.path());
    let said = ana.ask(&["files", "add", &folder.path().join("film").to_string_lossy()]).expect("a file is shared");
    let share = said["object"].as_str().expect("a share has an id").to_owned();
    until("Ben knows of it", || ben.ask(&["files", "show", &share]).is_some());

    // Whoever fetches is killed: soon after the beginning, in the middle, near the end.
    let (mut before, mut all) = (0, 0);
    for eighths in [1, 4, 6] {
        let mut fetch = Fetch::begin(&ben, &share, &out(folder.path()));
        let begun = fetch.until(|told| told.total == BYTES);
        assert!(begun.here + AGAIN >= before, "{before} were here, {} after the kill", begun.here);
        let now = fetch.until(|told| told.here > BYTES * eighths / 8);
        assert!(now.here < BYTES, "it is killed on the way");
        ben.kill();
        drop(fetch);
        (before, all) = (now.here, all + now.came);
        ben.start(&QUIET);
    }
    // Whoever gives is killed: the fetch waits, and goes on by itself.
    let mut fetch = Fetch::begin(&ben, &share, &out(folder.path()));
    let begun = fetch.until(|told| told.total == BYTES);
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
    let left = std::fs::read_dir(folder.path().join("out")).expect("is there").count();
    assert_eq!(left, 1, "what the killed ones had written half is gone");
}

fn out(folder: &Path) -> String {
    folder.join("out").to_string_lossy().into_owned()
}
