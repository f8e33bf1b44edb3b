//! What cannot be read: it is told, left alone, and neither lost nor taken for deleted. Without root's powers.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::real::{Person, until};
use crate::two::{Two, tree_of};

fn mode(two: &Two, n: usize, name: &str, mode: u32) {
    fs::set_permissions(two.path(n, name), fs::Permissions::from_mode(mode)).expect("is set");
}

/// Whether the first one's program tells of these, and of nothing else.
fn told(two: &Two, names: &[&str]) -> bool {
    let status = two.sync(0, "status", &[]);
    let problems = status["problems"].as_array().expect("a list");
    let mut paths: Vec<_> = problems.iter().filter_map(|one| one["path"].as_str()).collect();
    paths.sort_unstable();
    let why = |one: &serde_json::Value| one["why"].as_str().is_some_and(|why| why.contains("cannot be read"));
    paths == names && problems.iter().all(why)
}

#[test]
fn what_cannot_be_read_is_told_and_neither_lost_nor_taken_for_deleted() {
    let two = Two::of(&[], Person::without_powers);
    for (name, text) in [("known", "one"), ("closed/a", "beans"), ("closed/b", "peas"), ("open", "x")] {
        two.write(0, name, text);
    }
    two.become_these(&[("known", "one"), ("closed/a", "beans"), ("closed/b", "peas"), ("open", "x")]);
    two.same();
    two.sync(0, "pause", &[]);
    two.write(0, "known", "one, changed where nobody can read it");
    two.write(0, "new", "never told");
    ["known", "new", "closed"].iter().for_each(|name| mode(&two, 0, name, 0));
    two.sync(0, "resume", &[]);
    until("it is told", || told(&two, &["closed", "known", "new"]));

    // Everything else goes on, both ways; and the other one changes what cannot be read here.
    two.write(0, "open", "y");
    two.write(1, "known", "two");
    two.write(1, "closed/a", "more beans");
    two.write(1, "closed/c", "leeks");
    two.write(1, "other", "z");
    until("the rest goes on", || {
        let at = |n: usize, name: &str| fs::read_to_string(two.path(n, name)).unwrap_or_default();
        at(1, "open") == "y" && at(0, "other") == "z"
    });
    let theirs = [("known", "two"), ("closed/a", "more beans"), ("closed/b", "peas"), ("closed/c", "leeks")];
    let tree = tree_of(&two.dirs[1]);
    for (name, text) in theirs {
        assert_eq!(tree.get(name).map(String::as_str), Some(text), "nothing of it is gone for the other one: {tree:?}");
    }
    assert!(!tree.contains_key("new"));

    mode(&two, 0, "closed", 0o755);
    ["known", "new"].iter().for_each(|name| mode(&two, 0, name, 0o644));
    until("all is told", || told(&two, &[]));
    let tree = two.same();
    for (name, text) in [("closed/a", "more beans"), ("closed/b", "peas"), ("closed/c", "leeks"), ("new", "never told")]
    {
        assert_eq!(tree.get(name).map(String::as_str), Some(text), "{tree:?}");
    }
    // Both changed it: both versions are there.
    let texts: Vec<_> =
        tree.iter().filter(|(name, _)| name.starts_with("known")).map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts.len(), 2, "{tree:?}");
    assert!(texts.contains(&"two") && texts.contains(&"one, changed where nobody can read it"), "{texts:?}");
}
