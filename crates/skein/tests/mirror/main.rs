//! Two real programs, each with a folder that is kept the same: both ways, through conflicts, renames, links, kills and
//! folders that are suddenly empty.

#[path = "../real/mod.rs"]
mod real;
mod two;
mod unread;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, Instant};

use real::until;
use serde_json::Value;
use two::{QUIET, Two, tree_of};

#[test]
fn what_one_saves_the_other_has() {
    let two = Two::new(&[]);
    two.write(0, "notes.md", "beans");
    two.write(0, "run/me.sh", "#!/bin/sh");
    let old = fs::File::options().write(true).open(two.path(0, "notes.md")).expect("opens");
    let date = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    old.set_modified(date).expect("is dated");
    fs::set_permissions(two.path(0, "run/me.sh"), fs::Permissions::from_mode(0o755)).expect("is set");
    fs::create_dir(two.path(0, "empty")).expect("is made");
    symlink("notes.md", two.path(0, "link")).expect("is made");
    two.write(1, "from/ben.txt", "peas");
    let all = [
        ("notes.md", "beans"),
        ("run/me.sh", "#!/bin/sh"),
        ("empty", "folder"),
        ("link", "-> notes.md"),
        ("from/ben.txt", "peas"),
    ];
    two.become_these(&all);
    let data = fs::metadata(two.path(1, "run/me.sh")).expect("is there");
    assert_eq!(data.permissions().mode() & 0o111, 0o111, "it may be run there too");
    let data = fs::metadata(two.path(1, "notes.md")).expect("is there");
    assert_eq!(data.modified().expect("has a date"), date);
    two.same();
    two.write(1, "notes.md", "more beans");
    fs::remove_dir_all(two.path(1, "run")).expect("goes");
    fs::remove_file(two.path(0, "link")).expect("goes");
    two.become_these(&[("notes.md", "more beans"), ("empty", "folder"), ("from/ben.txt", "peas")]);
    assert!(!two.path(0, "run").exists(), "a folder in which nothing is left goes too");
    let kept = two.sync(0, "versions", &["notes.md"]);
    let kept = kept.as_array().expect("a list");
    assert!(!kept.is_empty(), "the version that gave way is kept");
    let at = kept.iter().find_map(|old| old["at"].as_str().filter(|at| !at.is_empty())).expect("it lies in the folder");
    assert_eq!(fs::read_to_string(at).expect("it can be read"), "beans");
    let gone = two.sync(0, "versions", &["run/me.sh"]);
    let id = gone[0]["id"].as_str().expect("has an id");
    two.sync(0, "restore", &[id]);
    until("it is back for both", || two.path(1, "run/me.sh").exists());
}

#[test]
fn two_who_change_the_same_have_both() {
    let two = Two::new(&[]);
    two.write(0, "notes.md", "beans");
    two.become_these(&[("notes.md", "beans")]);
    two.same();
    two.sync(0, "pause", &[]);
    two.write(0, "notes.md", "ana's beans");
    two.write(1, "notes.md", "ben's beans");
    until("Ben's is told", || two.state(1) == "equal" && two.sync(1, "status", &[])["equal_ms"].as_u64() > Some(0));
    std::thread::sleep(Duration::from_secs(1));
    two.sync(0, "resume", &[]);
    until("both are there", || tree_of(&two.dirs[0]).len() == 2 && tree_of(&two.dirs[1]).len() == 2);
    let tree = two.same();
    let texts: Vec<&str> = tree.values().map(String::as_str).collect();
    assert!(texts.contains(&"ana's beans") && texts.contains(&"ben's beans"), "{tree:?}");
    let other = tree.keys().find(|name| name.contains("'s version, ")).expect("it says whose it is").clone();
    assert!(other.starts_with("notes (") && other.ends_with(").md"), "{other}");
    assert_eq!(two.sync(0, "status", &[])["conflicts"], 1);
    fs::remove_file(two.path(1, &other)).expect("goes");
    until("one is left", || tree_of(&two.dirs[0]).len() == 1);
    assert_eq!(two.same().len(), 1);
    assert_eq!(two.sync(0, "status", &[])["conflicts"], 0);
}

#[test]
fn one_of_two_versions_is_chosen_for_everybody_and_the_other_can_be_had_back() {
    let two = Two::new(&[]);
    two.write(0, "deep/notes.md", "beans");
    two.become_these(&[("deep/notes.md", "beans")]);
    two.same();
    two.sync(0, "pause", &[]);
    two.write(0, "deep/notes.md", "ana's beans");
    two.write(1, "deep/notes.md", "ben's beans");
    two.sync(0, "resume", &[]);
    until("both are there", || tree_of(&two.dirs[0]).len() == 2 && tree_of(&two.dirs[1]).len() == 2);
    let tree = two.same();
    let other = tree.keys().find(|name| name.contains("'s version, ")).expect("it says whose it is").clone();
    let (chosen, gone) = (tree[&other].clone(), tree["deep/notes.md"].clone());
    let dir = two.dirs[1].to_str().expect("is text");
    for (words, how) in [
        (&["files", "sync", "status", dir][..], "skein files sync keep"),
        (&["folders", "show", "Papers"], "skein folders keep"),
    ] {
        let said = two.people[1].run(words);
        assert!(String::from_utf8_lossy(&said.stdout).contains(how), "{words:?} says how");
    }
    let refused = |words: &[&str]| two.people[1].run(words).status.code();
    assert_eq!(refused(&["files", "sync", "keep", dir, "deep/none.md"]), Some(4));
    // By its path on this computer, as a shell completes it.
    two.sync(1, "keep", &[two.path(1, &other).to_str().expect("is text")]);
    two.become_these(&[("deep/notes.md", &chosen)]);
    two.same();
    assert_eq!(refused(&["files", "sync", "keep", dir, "deep/notes.md"]), Some(7), "there is no other any more");
    assert_eq!(refused(&["folders", "keep", "Papers", "deep/notes.md"]), Some(7));
    for n in [0, 1] {
        assert_eq!(two.sync(n, "status", &[])["conflicts"], 0);
        let kept = two.sync(n, "versions", &["deep/notes.md"]);
        let in_folder = kept.as_array().expect("a list").iter().filter_map(|old| old["at"].as_str());
        let texts: Vec<String> = in_folder.filter_map(|at| fs::read_to_string(at).ok()).collect();
        assert!(texts.contains(&gone), "{texts:?}");
    }
    let kept = two.sync(0, "versions", &["deep/notes.md"]);
    let is_it =
        |old: &&Value| old["at"].as_str().is_some_and(|at| fs::read_to_string(at).is_ok_and(|text| text == gone));
    let id = kept.as_array().expect("a list").iter().find(is_it).expect("is listed")["id"].as_str().expect("has one");
    two.sync(0, "restore", &[id]);
    two.become_these(&[("deep/notes.md", &chosen), ("deep/notes (2).md", &gone)]);
}

#[test]
fn an_edit_is_more_than_a_deletion() {
    let two = Two::new(&[]);
    two.write(0, "a", "one");
    two.become_these(&[("a", "one")]);
    two.same();
    two.sync(0, "pause", &[]);
    fs::remove_file(two.path(0, "a")).expect("goes");
    two.write(1, "a", "two");
    std::thread::sleep(Duration::from_secs(1));
    two.sync(0, "resume", &[]);
    two.become_these(&[("a", "two")]);
}

#[test]
fn a_folder_of_five_hundred_files_is_renamed() {
    let two = Two::new(&[]);
    for n in 0..500 {
        two.write(0, &format!("before/{n}"), &format!("text {n}"));
    }
    until("all are there", || tree_of(&two.dirs[1]).len() == 500);
    two.same();
    fs::rename(two.path(0, "before"), two.path(0, "after")).expect("is renamed");
    until("all have moved", || {
        let tree = tree_of(&two.dirs[1]);
        tree.len() == 500 && tree.keys().all(|name| name.starts_with("after/"))
    });
    assert_eq!(two.same().len(), 500);
    assert!(!two.path(1, "before").exists());
}

#[test]
fn names_that_are_one_on_some_disks_are_both_kept() {
    let two = Two::new(&["--one-case"]);
    two.write(0, "Read.me", "one");
    two.become_these(&[("Read.me", "one")]);
    two.same();
    two.write(1, "read.me", "two");
    until("both are there", || tree_of(&two.dirs[0]).len() == 2 && tree_of(&two.dirs[1]).len() == 2);
    let tree = two.same();
    assert_eq!(tree["Read.me"], "one");
    let other = tree.keys().find(|name| name.starts_with("read (")).expect("it lies beside");
    assert_eq!(tree[other], "two");
}

#[test]
fn links_are_never_followed() {
    let two = Two::new(&[]);
    let outside = two.folder.path().join("outside");
    fs::create_dir(&outside).expect("is made");
    fs::write(outside.join("x"), "secret").expect("is written");
    symlink(&outside, two.path(0, "out")).expect("is made");
    two.write(0, "sub/x", "one");
    until("the file is there", || two.path(1, "sub/x").exists());
    until("the link is told of", || {
        let left = two.sync(1, "status", &[])["problems"].clone();
        left.as_array().is_some_and(|left| left.iter().any(|left| left["path"] == "out"))
    });
    assert!(two.path(1, "out").symlink_metadata().is_err(), "a link that leads out is made on no other disk");
    // A folder becomes a link to somewhere else, while the other one changes what is in it.
    fs::remove_dir_all(two.path(1, "sub")).expect("goes");
    symlink(&outside, two.path(1, "sub")).expect("is made");
    two.write(0, "sub/x", "two");
    two.write(0, "sub/y", "three");
    until("it is told", || tree_of(&two.dirs[0]).keys().any(|name| name.starts_with("sub")) && two.state(1) == "equal");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(fs::read_to_string(outside.join("x")).expect("is there"), "secret");
    assert_eq!(fs::read_dir(&outside).expect("is there").count(), 1, "nothing is written through a link");
}

#[test]
fn a_file_that_is_being_written_is_never_seen_half() {
    let two = Two::new(&[]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let path = two.path(0, "log");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0.. {
                if stop.load(std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                // In place, as editors and databases do it: for a moment half of it is old.
                let mut file = fs::File::options().create(true).truncate(false).write(true).open(&path).expect("opens");
                for _ in 0..64 {
                    std::io::Write::write_all(&mut file, format!("{round:08}\n").repeat(64).as_bytes())
                        .expect("writes");
                    std::thread::sleep(Duration::from_millis(2));
                }
                std::thread::sleep(Duration::from_millis(400));
            }
        });
        let begun = Instant::now();
        let mut seen = std::collections::BTreeSet::new();
        while begun.elapsed() < Duration::from_secs(12) {
            if let Ok(text) = fs::read_to_string(two.path(1, "log")) {
                let mut lines = text.lines();
                let first = lines.next().unwrap_or_default().to_owned();
                assert!(lines.all(|line| line == first), "half of one and half of another");
                assert_eq!(text.len(), 64 * 64 * 9, "all of it");
                seen.insert(first);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(!seen.is_empty(), "in quiet moments it is told");
    });
    two.same();
}

#[test]
fn a_folder_that_is_empty_at_once_is_asked_about() {
    let two = Two::new(&[]);
    for n in 0..20 {
        two.write(0, &format!("{n}"), &format!("text {n}"));
    }
    until("all are there", || tree_of(&two.dirs[1]).len() == 20);
    two.same();
    for n in 0..20 {
        fs::remove_file(two.path(0, &format!("{n}"))).expect("goes");
    }
    until("it asks", || two.state(0) == "many-gone");
    assert_eq!(tree_of(&two.dirs[1]).len(), 20, "nothing goes for the others");
    two.sync(0, "resume", &["--back"]);
    assert_eq!(two.same().len(), 20);
    two.write(0, "0", "another text");
    assert_eq!(two.same()["0"], "another text");
    // Moved away, and an empty one in its place: as when a disk is not connected.
    fs::rename(&two.dirs[0], two.folder.path().join("elsewhere")).expect("is moved");
    let old = two.sync(0, "versions", &["0"]);
    let id = old[0]["id"].as_str().expect("what the log knows is listed all the same");
    let typed = ["files", "sync", "restore", two.dirs[0].to_str().expect("is text"), id];
    let refused = || {
        let done = two.people[0].run(&typed);
        assert!(!done.status.success(), "nowhere to put it");
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(words.contains("not the folder that was tied"), "{words}");
    };
    refused();
    assert!(!two.dirs[0].exists(), "nothing is made in its place");
    fs::create_dir(&two.dirs[0]).expect("is made");
    refused();
    until("it is missed", || {
        two.sync(0, "pause", &[]);
        two.sync(0, "resume", &[])["state"] == "away"
    });
    assert_eq!(tree_of(&two.dirs[1]).len(), 20);
    assert!(tree_of(&two.dirs[0]).is_empty(), "nothing is written into another folder");
    fs::remove_dir(&two.dirs[0]).expect("goes");
    fs::rename(two.folder.path().join("elsewhere"), &two.dirs[0]).expect("is moved back");
    assert_eq!(two.same().len(), 20);
    for n in 0..20 {
        fs::remove_file(two.path(0, &format!("{n}"))).expect("goes");
    }
    until("it asks", || two.state(0) == "many-gone");
    two.sync(0, "resume", &["--gone"]);
    until("all is gone", || tree_of(&two.dirs[1]).is_empty());
}

#[test]
fn kills_while_two_thousand_files_come_lose_nothing_and_make_no_second_versions() {
    let mut two = Two::new(&[]);
    for n in 0..2_000 {
        two.write(0, &format!("{}/{n}", n % 40), &format!("text {n}"));
    }
    for round in 0..12_u64 {
        std::thread::sleep(Duration::from_millis(300 + (round * 397) % 900));
        let victim = if round % 3 == 0 { 0 } else { 1 };
        two.people[victim].kill();
        two.people[victim].start(&QUIET);
    }
    until("all are there", || tree_of(&two.dirs[1]).len() == 2_000);
    let tree = two.same();
    assert_eq!(tree.len(), 2_000);
    for n in 0..2_000 {
        assert_eq!(tree[&format!("{}/{n}", n % 40)], format!("text {n}"));
    }
    let left = fs::read_dir(two.path(1, ".skein/new")).map(|entries| entries.count()).unwrap_or(0);
    assert_eq!(left, 0, "nothing half-written is left");
    assert!(tree_of(&two.dirs[1].join(".skein/versions")).is_empty(), "nothing gave way");
}
