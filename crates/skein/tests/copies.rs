//! Five real programs keep three copies of what one of them shares: when one is killed for good and removed, and when there
//! is no room. And whoever says that they hold it has to show it.

mod real;

use std::path::Path;

use real::{Person, until};
use serde_json::Value;

const QUIET: [&str; 3] = ["--bind", "127.0.0.1:0", "--no-mdns"];
const NAMES: [&str; 5] = ["Ana", "Ben", "Cem", "Dan", "Eve"];

fn town(folder: &Path) -> Vec<Person> {
    let mut people: Vec<Person> = NAMES.map(|name| Person::new(&folder.join(name.to_lowercase()))).into();
    people.iter_mut().for_each(|person| person.start(&QUIET));
    people[0].found();
    for (person, name) in people[1..].iter().zip(&NAMES[1..]) {
        people[0].let_in(person, name);
    }
    until("all reach one another", || {
        people.iter().all(|person| person.ask(&["communities"]).is_some_and(|rows| rows[0]["devices_reached"] == 4))
    });
    people
}

fn add(person: &Person, folder: &Path, name: &str, bytes: usize) {
    let path = folder.join(name);
    let noise: Vec<u8> = (0..bytes).map(|n| (n * n / 7 + n) as u8).collect();
    std::fs::write(&path, noise).expect("a file can be written");
    assert!(person.ask(&["files", "add", &path.to_string_lossy()]).is_some(), "{name} is shared");
}

fn does(person: &Person, words: &[&str]) {
    let done = person.run(words);
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn outlook(person: &Person, share: &str) -> Value {
    person.ask(&["files", "holders", share]).map(|answer| answer["holders"]["outlook"].clone()).unwrap_or_default()
}

fn safety(person: &Person) -> Value {
    person.ask(&["files", "safety"]).map(|answer| answer["safety"]["safety"].clone()).unwrap_or_default()
}

fn holders(person: &Person, share: &str) -> Vec<String> {
    let answer = person.ask(&["files", "holders", share]).unwrap_or_default();
    let rows = answer["holders"]["holders"].as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| Some(row["by"]["name"].as_str()?.to_owned())).collect()
}

#[test]
fn three_copies_are_kept_up_though_one_is_killed_for_good() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut people = town(folder.path());
    people[1..].iter().for_each(|person| does(person, &["files", "room", "50MB"]));
    add(&people[0], folder.path(), "harvest", 2_000_000);
    does(&people[0], &["files", "copies", "3"]);
    until("there are three copies", || outlook(&people[0], "harvest")["counted"] == 3);
    assert_eq!(outlook(&people[0], "harvest")["people"], 3);

    let lost = holders(&people[0], "harvest").into_iter().find(|name| name != "Ana").expect("somebody took it");
    let at = NAMES.iter().position(|name| *name == lost).expect("it is one of them");
    people[at].kill();
    let others: Vec<usize> = (0..5).filter(|n| *n != at).collect();
    // Two of them ask for it: then the device no longer counts, and another one takes a copy.
    for n in &others[..2] {
        does(&people[*n], &["remove", &lost, "--yes"]);
    }
    until("it is made up for", || {
        let now = holders(&people[0], "harvest");
        now.len() == 3 && !now.contains(&lost)
    });
    // It is proven, not only said.
    let drill = people[0].ask(&["files", "drill", "harvest", "--whole"]).expect("it is tried");
    assert_eq!((&drill["proved"], &drill["failed"]), (&Value::from(3), &Value::from(0)), "{drill:#}");
    assert_eq!(drill["drilled"][0]["restored"], true, "{drill:#}");
}

#[test]
fn where_there_is_too_little_room_that_is_said_and_nobody_takes_more_than_it_offers() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let people = town(folder.path());
    does(&people[1], &["files", "room", "5MB"]);
    does(&people[2], &["files", "room", "1MB"]);
    does(&people[0], &["files", "copies", "2"]);
    for (n, name) in ["one", "two", "three"].into_iter().enumerate() {
        add(&people[0], folder.path(), name, 2_000_000 + n);
    }
    until("two of three fit", || {
        let safety = safety(&people[0]);
        safety["enough"] == 2 && safety["shares"][0]["outlook"]["missing"] == 1
    });
    let safety = safety(&people[0]);
    let words = safety["shares"][0]["outlook"]["words"].as_str().expect("words").to_owned();
    assert!(words.ends_with("one more is looked for: nobody has room"), "{words}");
    let used = safety["rooms"][0]["used"].as_u64().expect("a number");
    assert!(used <= 5_000_000, "{used}");
    let checkup = people[3].ask(&["doctor"]).expect("it answers");
    let check = checkup["checks"].as_array().expect("checks").iter().find(|check| check["kind"] == "too-few-copies");
    let next = check.expect("the doctor says so")["next"].as_str().expect("words");
    assert!(next.contains("skein files room"), "{next}");
}

#[test]
fn whoever_says_that_they_hold_it_and_does_not_is_found_out_and_nobody_lets_go_for_their_word() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let people = town(folder.path());
    does(&people[1], &["files", "room", "50MB"]);
    add(&people[0], folder.path(), "harvest", 300_000);
    does(&people[0], &["files", "copies", "2"]);
    until("Ben has a copy", || holders(&people[0], "harvest").len() == 2);
    // Cem and Dan say that they hold it, too, of their own: they have not fetched a byte.
    let shown = people[0].ask(&["files", "show", "harvest"]).expect("it answers");
    let root = shown["share"]["share"]["root"].as_str().expect("it has a root").to_owned();
    for liar in &people[2..4] {
        until("they see it", || liar.ask(&["files", "show", "harvest"]).is_some());
        does(liar, &["files", "held", "harvest", "--root", &root]);
    }
    until("Ben hears them", || holders(&people[1], "harvest").len() == 4);
    let drill = people[0].ask(&["files", "drill", "harvest"]).expect("it is tried");
    assert_eq!((&drill["proved"], &drill["failed"]), (&Value::from(2), &Value::from(2)), "{drill:#}");
    let checkup = people[0].ask(&["doctor"]).expect("it answers");
    assert!(checkup.to_string().contains("could not show 1 file that it says it holds"), "{checkup:#}");
    // Ana's copy is one that is shown; of the liars none. By their word there are enough without Ben.
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert!(holders(&people[0], "harvest").contains(&"Ben".to_owned()), "Ben's copy was let go for the word of liars");
}
