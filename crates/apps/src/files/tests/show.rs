//! Answers, as they are listed and drawn.

use super::super::show::{age, size};
use super::super::{Answer, Command, Event, Files, Query, Share};
use super::{Person, World, root};
use skein_app::App;

#[test]
fn sizes_are_drawn_for_the_eye() {
    for (bytes, text) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (1_440_000, "1.4 MB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (12_345_678_901, "12 GB"),
        (u64::MAX, "18447 PB"),
    ] {
        assert_eq!(size(bytes), text);
    }
}

#[test]
fn ages_are_drawn_for_the_eye() {
    const DAY: u64 = 86_400_000;
    for (ago, text) in [
        (0, "just now"),
        (59_999, "just now"),
        (60_000, "1 min ago"),
        (3_600_000, "1 h ago"),
        (DAY, "1 day ago"),
        (59 * DAY, "59 days ago"),
        (90 * DAY, "3 months ago"),
        (800 * DAY, "2 years ago"),
    ] {
        assert_eq!(age(10_000_000_000_000 - ago, 10_000_000_000_000), text);
    }
    assert_eq!(age(5, 0), "just now", "a clock is wrong");
}

fn scene() -> (World, Person, Person) {
    let (mut world, mut ana, mut ben) = (World::new(), Person::new(1, 1), Person::new(2, 2));
    world.knows(&ana, "Ana");
    world.knows(&ben, "Ben");
    for (n, name) in [(1, "photos"), (2, "100%_sure"), (3, "Minutes.txt")] {
        world.hear(&ana.shares(n, name));
    }
    ben.after(&ana);
    (world, ana, ben)
}

fn ls(world: &World, me: &Person, pattern: Option<&str>, all: bool, limit: usize) -> (Vec<String>, bool) {
    match world.ask(me, Query::Ls { pattern: pattern.map(String::from), all, limit }) {
        Answer::Shares { shares, more, .. } => (shares.into_iter().map(|share: Share| share.name).collect(), more),
        other => panic!("{other:?} is no list"),
    }
}

#[test]
fn the_list_takes_parts_of_names_and_patterns() {
    let (world, ana, _) = scene();
    let listed = |pattern| ls(&world, &ana, Some(pattern), false, 10).0;
    assert_eq!(listed("minutes"), ["Minutes.txt"]);
    assert_eq!(listed("*.txt"), ["Minutes.txt"]);
    assert_eq!(listed("*.tx"), [""; 0]);
    assert_eq!(listed("p?otos"), ["photos"]);
    assert_eq!(listed("photos/"), ["photos"]);
    assert_eq!(listed("%"), ["100%_sure"]);
    assert_eq!(listed("_"), ["100%_sure"]);
    assert_eq!(ls(&world, &ana, None, false, 2), (vec!["Minutes.txt".into(), "100%_sure".into()], true));
    assert!(!ls(&world, &ana, None, false, 3).1);
    let endless = Query::Ls { pattern: Some("%".repeat(100_000)), all: true, limit: usize::MAX };
    assert!(Files::query(&ana.me(), endless, &world.view()).is_err());
}

#[test]
fn what_was_taken_back_is_listed_only_with_all() {
    let (mut world, mut ana, _) = scene();
    world.act(&mut ana, Command::Rm { share: "photos".into() });
    assert_eq!(ls(&world, &ana, Some("photos"), false, 9).0, [""; 0]);
    assert_eq!(ls(&world, &ana, Some("photos"), true, 9).0, ["photos"]);
}

#[test]
fn the_list_is_drawn_in_columns() {
    let (mut world, ana, mut ben) = scene();
    let share = match world.ask(&ana, Query::Show { share: "photos".into() }) {
        Answer::Share { share, .. } => share,
        other => panic!("{other:?} is no share"),
    };
    world.hear(&ben.say(share.id, Event::Held { root: root(1) }));
    let text = Files::text(&world.ask(&ben, Query::Ls { pattern: Some("photos".into()), all: false, limit: 9 }));
    let id = share.id.short();
    let expected = format!(
        "ID          NAME     SIZE    FILES  SHARED BY  WHEN      COPIES                    HERE\n\
         {id}  photos/  1.4 MB  12     Ana        just now  on 2 devices of 2 people  yes\n"
    );
    assert_eq!(text, expected);
    let text = Files::text(&world.ask(&ben, Query::Holders { share: "photos".into() }));
    let expected = "photos/ on 2 devices of 2 people\n\
                    DEVICE        WHOSE  SINCE\n\
                    Ben's laptop  Ben    just now  this device\n\
                    Ana's laptop  Ana    just now\n";
    assert_eq!(text, expected);
    let empty = Files::text(&World::new().ask(&ben, Query::Ls { pattern: None, all: false, limit: 9 }));
    assert_eq!(empty, "Nothing is shared here. Share something: `skein files add PATH`.\n");
}

#[test]
fn answers_have_stable_names() {
    let (world, ana, _) = scene();
    let answer = world.ask(&ana, Query::Ls { pattern: Some("photos".into()), all: false, limit: 9 });
    let json = serde_json::to_value(&answer).expect("is JSON");
    let share = json["shares"]["shares"][0].as_object().expect("is an object");
    let names: Vec<_> = share.keys().map(String::as_str).collect();
    let expected = "bytes changed_ms copies event files folder for_others by here id kept name note removed_ms root shared_ms version";
    let mut expected: Vec<_> = expected.split(' ').collect();
    expected.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!(share["by"]["name"], "Ana");
    assert_eq!(serde_json::from_value::<Answer>(json).expect("reads back"), answer);
}
