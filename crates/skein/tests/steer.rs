//! Files on their way, steered by their person: limits, pauses, what is read first, what comes first. Real programs.

mod real;

use std::path::Path;
use std::time::{Duration, Instant};

use real::door::{self, Fetch};
use real::{Person, until};
use serde_json::Value;

const QUIET: [&str; 3] = ["--bind", "127.0.0.1:0", "--no-mdns"];
const MIB: u64 = 1 << 20;

/// Ana, who has things, and Ben, who is in her community.
fn two(folder: &Path) -> [Person; 2] {
    let [mut ana, mut ben] = ["ana", "ben"].map(|name| Person::new(&folder.join(name)));
    ana.start(&QUIET);
    ben.start(&QUIET);
    ana.found();
    ana.let_in(&ben, "Ben");
    [ana, ben]
}

fn noise(bytes: u64, seed: u64) -> Vec<u8> {
    (0..bytes / 8).flat_map(|n| (n + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect()
}

/// Ana shares a file; Ben hears of it. Gives its bytes.
fn share(ana: &Person, ben: &Person, folder: &Path, name: &str, bytes: u64) -> Vec<u8> {
    let content = noise(bytes, name.len() as u64 * 0x1_0000_0001 + u64::from(name.as_bytes()[0]));
    std::fs::write(folder.join(name), &content).expect("a file can be written");
    does(ana, &["files", "add", &folder.join(name).to_string_lossy()]);
    until("Ben knows of it", || ben.ask(&["files", "show", name]).is_some());
    content
}

fn does(person: &Person, words: &[&str]) {
    let done = person.run(words);
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn root_of(person: &Person, share: &str) -> String {
    let shown = person.ask(&["files", "show", share]).expect("it is known");
    shown["share"]["share"]["root"].as_str().expect("it has a root").to_owned()
}

/// How a file on its way stands.
fn row(person: &Person, name: &str) -> Option<Value> {
    let coming = person.ask(&["files", "coming"])?;
    coming["rows"].as_array()?.iter().find(|row| row["name"] == name).cloned()
}

fn here(person: &Person, name: &str) -> bool {
    person.ask(&["files", "show", name]).is_some_and(|shown| shown["share"]["share"]["here"] == true)
}

#[test]
fn a_download_limit_holds_for_large_and_small_files_and_is_lifted_while_they_come() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [ana, ben] = two(folder.path());
    does(&ben, &["limits", "set", "--down", "512KB"]);
    let film = share(&ana, &ben, folder.path(), "film", 2 * MIB);
    let out = folder.path().join("out").to_string_lossy().into_owned();
    let begun = Instant::now();
    does(&ben, &["files", "get", "film", "--to", &out]);
    let took = begun.elapsed().as_secs_f64();
    println!("2 MiB at 512 KB a second: {took:.1} s");
    assert!(took >= 3.0, "2 MiB at 512 KB a second in {took:.1} s");
    assert!(std::fs::read(folder.path().join("out/film")).expect("it is there") == film, "it is what was shared");

    // Small files go another way: the limit is the same.
    std::fs::create_dir(folder.path().join("notes")).expect("is made");
    for n in 0..16u64 {
        std::fs::write(folder.path().join(format!("notes/{n}")), noise(MIB / 8, n)).expect("is written");
    }
    does(&ana, &["files", "add", &folder.path().join("notes").to_string_lossy()]);
    until("Ben knows of them", || ben.ask(&["files", "show", "notes"]).is_some());
    let begun = Instant::now();
    does(&ben, &["files", "get", "notes", "--to", &out]);
    let took = begun.elapsed().as_secs_f64();
    println!("16 files of 128 KiB at 512 KB a second: {took:.1} s");
    assert!(took >= 3.0, "2 MiB in small files at 512 KB a second in {took:.1} s");

    // 8 MiB at 20 KB a second would take seven minutes. It is lifted while it runs.
    does(&ben, &["limits", "set", "--down", "20KB"]);
    share(&ana, &ben, folder.path(), "saga", 8 * MIB);
    let mut fetch = Fetch::begin(&ben, "saga", &out);
    fetch.until(|told| told.here > 0);
    does(&ben, &["limits", "set", "--down", "none"]);
    let begun = Instant::now();
    assert!(fetch.end().get("done").is_some(), "it comes whole");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn an_upload_limit_is_set_while_the_program_runs_and_outlasts_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [mut ana, ben] = two(folder.path());
    does(&ana, &["limits", "set", "--up", "512KB"]);
    ana.kill();
    ana.start(&QUIET);
    share(&ana, &ben, folder.path(), "film", 2 * MIB);
    let begun = Instant::now();
    does(&ben, &["files", "get", "film", "--to", &folder.path().join("out").to_string_lossy()]);
    let took = begun.elapsed().as_secs_f64();
    println!("2 MiB from somebody who sends 512 KB a second: {took:.1} s");
    assert!(took >= 3.0, "2 MiB at 512 KB a second in {took:.1} s");
}

#[test]
fn what_is_paused_rests_over_a_kill_until_it_is_resumed_and_then_comes_by_itself() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [ana, mut ben] = two(folder.path());
    does(&ana, &["limits", "set", "--up", "1MB"]);
    share(&ana, &ben, folder.path(), "film", 8 * MIB);
    let mut fetch = Fetch::begin(&ben, "film", &folder.path().join("out").to_string_lossy());
    fetch.until(|told| told.here > MIB);
    does(&ben, &["files", "pause", "film"]);
    fetch.until(|told| told.words == "paused");
    let rests = |ben: &Person| {
        let before = row(ben, "film").expect("it is listed");
        std::thread::sleep(Duration::from_secs(2));
        let after = row(ben, "film").expect("it is listed");
        assert_eq!((&before["paused"], &before["done"]), (&Value::from(true), &after["done"]), "{before} {after}");
        assert!(after["done"].as_u64().is_some_and(|done| done > MIB && done < 8 * MIB), "{after}");
    };
    rests(&ben);
    ben.kill();
    ben.start(&QUIET);
    rests(&ben);
    assert!(!here(&ben, "film"));
    does(&ben, &["files", "resume", "film"]);
    until("it is whole, though nobody asked again", || here(&ben, "film"));
    assert_eq!(ben.ask(&["files", "coming"]).expect("it answers")["rows"].as_array().map(Vec::len), Some(0));
}

#[test]
fn with_all_paused_nothing_comes_and_nothing_is_given_large_or_small() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [ana, ben] = two(folder.path());
    share(&ana, &ben, folder.path(), "film", 4 * MIB);
    share(&ana, &ben, folder.path(), "note", MIB / 4);
    let out = folder.path().join("out").to_string_lossy().into_owned();
    // Whoever has it gives nothing.
    does(&ana, &["files", "pause", "--all"]);
    assert_eq!(ana.ask(&["status"]).expect("it answers")["coming"]["paused"], true);
    let fetches = ["film", "note"].map(|name| Fetch::begin(&ben, name, &out));
    std::thread::sleep(Duration::from_secs(4));
    assert!(!here(&ben, "film") && !here(&ben, "note"), "nothing is given");
    does(&ana, &["files", "resume", "--all"]);
    for fetch in fetches {
        assert!(fetch.end().get("done").is_some(), "it goes on");
    }
    // Whoever wants it takes nothing.
    share(&ana, &ben, folder.path(), "saga", 4 * MIB);
    share(&ana, &ben, folder.path(), "list", MIB / 4);
    does(&ben, &["files", "pause", "--all"]);
    let fetches = ["saga", "list"].map(|name| Fetch::begin(&ben, name, &out));
    std::thread::sleep(Duration::from_secs(3));
    assert!(!here(&ben, "saga") && !here(&ben, "list"), "nothing is fetched");
    does(&ben, &["files", "resume", "--all"]);
    for fetch in fetches {
        assert!(fetch.end().get("done").is_some(), "it goes on");
    }
}

#[test]
fn whoever_pauses_all_gives_nothing_more_of_what_is_half_way_and_then_goes_on() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [ana, ben] = two(folder.path());
    does(&ana, &["limits", "set", "--up", "1MB"]);
    share(&ana, &ben, folder.path(), "film", 8 * MIB);
    let mut fetch = Fetch::begin(&ben, "film", &folder.path().join("out").to_string_lossy());
    fetch.until(|told| told.here > MIB);
    does(&ana, &["files", "pause", "--all"]);
    // What was under way on the wire still comes in.
    std::thread::sleep(Duration::from_secs(1));
    let before = row(&ben, "film").expect("it is coming")["done"].clone();
    std::thread::sleep(Duration::from_secs(3));
    let after = row(&ben, "film").expect("it is coming")["done"].clone();
    assert!(before == after && after.as_u64() < Some(6 * MIB), "{before} {after}");
    does(&ana, &["files", "resume", "--all"]);
    let resumed = Instant::now();
    assert!(fetch.end().get("done").is_some(), "it goes on");
    // Seven seconds at most for what is left: nobody is left alone for having rested.
    assert!(resumed.elapsed() < Duration::from_secs(20), "{:?}", resumed.elapsed());
}

#[test]
fn who_reads_a_file_that_is_coming_gets_its_first_and_last_part_long_before_the_rest() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [ana, ben] = two(folder.path());
    does(&ana, &["limits", "set", "--up", "1MB"]);
    let film = share(&ana, &ben, folder.path(), "film", 24 * MIB);
    let url = door::ticket(&ben, &root_of(&ben, "film"));
    assert_eq!(door::range(&ben, &url, 0, MIB).0, 409, "nothing of it is on its way");
    let mut fetch = Fetch::begin(&ben, "film", &folder.path().join("out").to_string_lossy());
    fetch.until(|told| told.total == 24 * MIB);
    let begun = Instant::now();
    for (from, to) in [(0, MIB), (23 * MIB, 24 * MIB)] {
        let (status, bytes) = door::range(&ben, &url, from, to);
        assert_eq!((status, bytes.len() as u64), (206, MIB));
        assert!(bytes == film[from as usize..to as usize], "what is given out was checked");
    }
    let (took, row) = (begun.elapsed(), row(&ben, "film").expect("it is still coming"));
    println!("the first and the last MiB of 24 at 1 MB a second: {took:?}; {} bytes were here", row["done"]);
    // Both take two seconds; in any order a part at the very end would come after 24.
    assert!(took < Duration::from_secs(12), "{took:?}");
    assert!(row["done"].as_u64().is_some_and(|done| done < 14 * MIB), "{row}");
    assert!(fetch.end().get("done").is_some(), "and all of it comes");
}

#[test]
fn what_somebody_asks_for_comes_before_copies_and_what_is_put_first_before_all() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [ana, ben] = two(folder.path());
    does(&ana, &["limits", "set", "--up", "1MB"]);
    for name in ["copy", "film", "saga"] {
        share(&ana, &ben, folder.path(), name, 5 * MIB);
    }
    let out = folder.path().join("out").to_string_lossy().into_owned();
    does(&ben, &["files", "keep", "copy"]);
    until("a copy begins to come", || row(&ben, "copy").is_some_and(|row| row["done"].as_u64() > Some(0)));
    let mut film = Fetch::begin(&ben, "film", &out);
    film.until(|told| told.here > MIB);
    let mut saga = Fetch::begin(&ben, "saga", &out);
    saga.until(|told| told.total > 0);
    does(&ben, &["files", "first", "saga"]);
    assert_eq!(row(&ben, "saga").expect("it is coming")["first"], true);
    assert!(saga.end().get("done").is_some());
    assert!(row(&ben, "film").is_some_and(|row| row["done"].as_u64() < Some(5 * MIB)), "it was overtaken");
    assert!(film.end().get("done").is_some());
    let copy = row(&ben, "copy").expect("the copy is still coming");
    println!("when both were whole, {} of the copy were here", copy["done"]);
    assert!(copy["done"].as_u64() < Some(4 * MIB), "{copy}");
    until("it comes in the end", || here(&ben, "copy"));
}
