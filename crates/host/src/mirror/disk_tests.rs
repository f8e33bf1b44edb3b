//! The disk of a tied folder: nothing goes through a link, nothing is written over, what gives way is kept.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;

use skein_mirror::KEPT_MS;

use super::disk::{NEW, Stopped, Top, VERSIONS, finish};
use super::stat::Stat;
use super::versions;

const WHEN_MS: u64 = 1_763_820_201_000;

fn draft(top: &Top, text: &str) -> String {
    let (mut file, name) = top.begin().expect("begins");
    file.write_all(text.as_bytes()).expect("is written");
    finish(&file, 1_000, false, None).expect("is finished");
    name
}

fn put(top: &Top, path: &str, text: &str, was: Option<&Stat>) -> Result<Stat, Stopped> {
    top.put(&draft(top, text), path, was, WHEN_MS)
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn kept(top: &Top) -> Vec<String> {
    versions::list(top).expect("is read").into_iter().map(|old| old.path).collect()
}

#[test]
fn what_gives_way_is_kept_and_what_changed_meanwhile_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let top = Top::open(folder.path()).expect("opens");
    let path = folder.path().join("deep/a.txt");
    let first = put(&top, "deep/a.txt", "one", None).expect("is put");
    assert!(matches!(put(&top, "deep/a.txt", "other", None), Err(Stopped::Changed)), "something is there already");
    let second = put(&top, "deep/a.txt", "two", Some(&first)).expect("is put");
    assert_eq!((text(&path).as_str(), kept(&top)), ("two", vec!["deep/a.txt".to_owned()]));
    fs::write(&path, "a person's").expect("is written");
    assert!(matches!(put(&top, "deep/a.txt", "three", Some(&second)), Err(Stopped::Changed)));
    assert!(matches!(top.take_away("deep/a.txt", &second, WHEN_MS), Err(Stopped::Changed)));
    assert_eq!((text(&path).as_str(), kept(&top).len()), ("a person's", 1));
    let now = top.stat("deep/a.txt").expect("is looked at").expect("is there");
    top.take_away("deep/a.txt", &now, WHEN_MS).expect("goes");
    assert!(!folder.path().join("deep").exists(), "the empty folder goes too");
    assert_eq!(kept(&top).len(), 2, "both old ones are kept under names of their own");
    versions::let_go(&top, WHEN_MS + KEPT_MS - 86_400_000).expect("is tidied");
    assert_eq!(kept(&top).len(), 2);
    versions::let_go(&top, WHEN_MS + KEPT_MS + 1_000).expect("is tidied");
    assert!(kept(&top).is_empty());
}

#[test]
fn nothing_goes_through_a_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
    for place in [&inside, &outside] {
        fs::create_dir(place).expect("is made");
    }
    fs::write(outside.join("x"), "secret").expect("is written");
    symlink(&outside, inside.join("sub")).expect("is made");
    symlink(outside.join("x"), inside.join("y")).expect("is made");
    let top = Top::open(&inside).expect("opens");
    assert!(top.read("sub/x").is_err() && top.read("y").is_err() && top.list(Some("sub")).is_err());
    assert!(top.stat("sub/x").expect("is looked at").is_none(), "there is nothing behind a link");
    assert!(put(&top, "sub/new", "evil", None).is_err() && top.make_folder("sub/deep").is_err());
    let x = Stat { inode: 0, ..top.stat("y").expect("is looked at").expect("is there") };
    assert!(top.take_away("sub/x", &x, WHEN_MS).is_err() && top.take_away("y", &x, WHEN_MS).is_err());
    let link = top.stat("y").expect("is looked at").expect("is there");
    put(&top, "y", "a file now", Some(&link)).expect("the link itself gives way");
    assert_eq!(text(&outside.join("x")), "secret");
    assert_eq!(fs::read_dir(&outside).expect("is read").count(), 1);
}

#[test]
fn after_a_kill_half_files_go_and_whole_ones_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let top = Top::open(folder.path()).expect("opens");
    let half = draft(&top, "half");
    let whole = draft(&top, "whole");
    let new = folder.path().join(NEW);
    fs::rename(new.join(&whole), new.join(whole.replacen('w', "x", 1))).expect("is renamed");
    assert!(new.join(&half).exists());
    top.tidy_up(WHEN_MS).expect("is tidied");
    assert_eq!(fs::read_dir(&new).expect("is read").count(), 0);
    assert_eq!(kept(&top), ["left over"]);
    let at = &versions::list(&top).expect("is read")[0].at;
    assert!(at.starts_with(VERSIONS));
    assert_eq!(text(&folder.path().join(at)), "whole");
}
