//! What a person may do: what it comes to, and each "no" with what to do next.

use std::path::PathBuf;

use skein_app::{Act, Import, Job, Kind, Refusal, Verdict};
use skein_event::ObjectId;

use super::super::{Command, Event};
use super::{Imported, Person, World, folder, imported, root};

fn add(done: Imported, name: Option<&str>) -> Command {
    let path = Import { path: "./x".into(), done: Some(done) };
    Command::Add { path, name: name.map(String::from), note: None }
}

fn get(share: &str) -> Command {
    Command::Get { share: share.into(), to: None, version: None }
}

fn drop_copy(share: &ObjectId, even_if_last: bool) -> Command {
    Command::Drop { share: share.to_string(), even_if_last }
}

fn refused(world: &World, me: &Person, command: Command) -> Refusal {
    world.decide(me, command).expect_err("this is refused")
}

/// Ana has shared "photos" and Ben knows of it.
fn scene() -> (World, Person, Person, ObjectId) {
    let (mut world, mut ana, mut ben) = (World::new(), Person::new(1, 1), Person::new(2, 2));
    world.knows(&ana, "Ana");
    world.knows(&ben, "Ben");
    let share = world.act(&mut ana, add(imported(1, "photos"), None));
    ben.after(&ana);
    (world, ana, ben, share)
}

#[test]
fn adding_shares_under_its_own_name_or_another() {
    let (mut world, mut ana, _, share) = scene();
    assert_eq!(world.share(&ana, &share).name, "photos");
    let other = world.act(&mut ana, add(imported(2, "photos"), Some("trip")));
    let other = world.share(&ana, &other);
    assert_eq!((other.name.as_str(), other.by.name.as_str()), ("trip", "Ana"));
    let improper = refused(&world, &ana, add(imported(3, "x"), Some("a/b")));
    assert_eq!(improper.message, "it cannot be called that: the name has a / in it");
    assert!(improper.kind == Kind::Usage && improper.hint.contains("--name"), "{}", improper.hint);
    let unread = Command::Add { path: Import::from(String::from("./x")), name: None, note: None };
    assert_eq!(refused(&world, &ana, unread).kind, Kind::Failed);
}

#[test]
fn adding_what_is_shared_already_makes_one_more_copy_or_says_where_it_is() {
    let (mut world, ana, mut ben, share) = scene();
    assert_eq!(world.act(&mut ben, add(imported(1, "mine"), None)), share);
    let one = world.share(&ben, &share);
    assert_eq!((one.name.as_str(), one.copies.devices, one.here), ("photos", 2, true));
    let again = refused(&world, &ana, add(imported(1, "photos"), None));
    assert_eq!(again.kind, Kind::Conflict);
    assert_eq!(again.message, "this is shared already, as \"photos\" by Ana");
    assert!(again.hint.contains(&share.short()), "{}", again.hint);
}

#[test]
fn what_was_taken_back_can_be_shared_again() {
    let (mut world, mut ana, mut ben, share) = scene();
    world.act(&mut ana, Command::Rm { share: "photos".into() });
    ben.after(&ana);
    let again = world.act(&mut ben, add(imported(1, "photos"), None));
    assert_ne!(again, share);
    assert_eq!(world.share(&ana, &again).by.name, "Ben");
}

#[test]
fn getting_fetches_the_current_version_or_an_earlier_one() {
    let (mut world, mut ana, ben, share) = scene();
    world.act(&mut ana, Command::Update { share: "photos".into(), path: filled(2) });
    let fetch = |root, folder, to: &str| {
        Act::Do(Job::Fetch { root, name: "photos".into(), folder, share, to: Some(PathBuf::from(to)) })
    };
    assert_eq!(world.decide(&ben, get("photos")), Ok(fetch(root(2), false, ".")));
    let earlier = Command::Get { share: "photos/".into(), to: Some("/x".into()), version: Some(1) };
    assert_eq!(world.decide(&ben, earlier), Ok(fetch(root(1), false, "/x")));
    let none = Command::Get { share: "photos".into(), to: None, version: Some(3) };
    assert_eq!(refused(&world, &ben, none).kind, Kind::NotFound);
}

fn filled(n: u8) -> Import {
    Import { path: "./x".into(), done: Some(imported(n, "x")) }
}

#[test]
fn getting_what_nobody_holds_says_so() {
    let (mut world, mut ana, ben, share) = scene();
    world.act(&mut ana, Command::Unheld { share: share.to_string(), root: root(1) });
    let gone = refused(&world, &ben, get("photos"));
    assert_eq!(gone.kind, Kind::Unreachable);
    assert!(gone.hint.contains("Ana"), "{}", gone.hint);
}

#[test]
fn only_the_sharer_is_served_at_the_desk_for_changes() {
    let (world, ana, ben, _) = scene();
    let rename = || Command::Rename { share: "photos".into(), name: "trip".into(), note: None };
    let rm = || Command::Rm { share: "photos".into() };
    let update = |n| Command::Update { share: "photos".into(), path: filled(n) };
    for command in [rename(), rm(), update(2)] {
        assert_eq!(refused(&world, &ben, command).kind, Kind::Denied);
    }
    for command in [rename(), rm(), update(2)] {
        assert!(world.decide(&ana, command).is_ok());
    }
    assert_eq!(refused(&world, &ana, update(1)).message, "\"photos\" has not changed");
    let same = Command::Rename { share: "photos".into(), name: "photos".into(), note: None };
    assert_eq!(refused(&world, &ana, same).kind, Kind::Conflict);
}

#[test]
fn renaming_keeps_the_note_unless_it_is_given() {
    let (mut world, mut ana, _, share) = scene();
    let rename = |name: &str, note: Option<&str>| Command::Rename {
        share: share.to_string(),
        name: name.into(),
        note: note.map(String::from),
    };
    world.act(&mut ana, rename("trip", Some("to the sea")));
    world.act(&mut ana, rename("journey", None));
    let share = world.share(&ana, &share);
    assert_eq!((share.name.as_str(), share.note.as_str()), ("journey", "to the sea"));
}

#[test]
fn the_last_copy_is_not_dropped_by_mistake() {
    let (mut world, mut ana, mut ben, share) = scene();
    let last = refused(&world, &ana, drop_copy(&share, false));
    assert_eq!(last.kind, Kind::Conflict);
    assert!(last.hint.contains("--even-if-last"), "{}", last.hint);
    let forget = Ok(Act::Do(Job::Forget { roots: vec![root(1)], share }));
    assert_eq!(world.decide(&ana, drop_copy(&share, true)), forget);
    assert_eq!(refused(&world, &ben, drop_copy(&share, true)).message, "this device holds no copy of \"photos\"");
    world.act(&mut ben, Command::Held { share: share.to_string(), root: root(1) });
    assert_eq!(world.decide(&ana, drop_copy(&share, false)), forget);
    world.act(&mut ana, Command::Update { share: share.to_string(), path: filled(2) });
    assert!(world.decide(&ana, drop_copy(&share, false)).is_err(), "nobody else has the new version");
    let both = Ok(Act::Do(Job::Forget { roots: vec![root(2), root(1)], share }));
    assert_eq!(world.decide(&ana, drop_copy(&share, true)), both);
}

#[test]
fn content_that_another_share_here_needs_is_not_forgotten() {
    let (mut world, mut ana, mut ben, share) = scene();
    // While apart, Ben shared the same.
    let theirs = ben.shares(1, "pictures");
    assert_eq!(world.hear(&theirs), Verdict::Accept);
    ana.after(&ben);
    world.act(&mut ana, Command::Held { share: theirs.meta.object.to_string(), root: root(1) });
    let unheld = world.decide(&ana, drop_copy(&share, false));
    assert!(matches!(unheld, Ok(Act::Say(draft)) if draft.event == Event::Unheld { root: root(1) }));
}

#[test]
fn a_keeper_drops_nothing() {
    let (world, mut ana, _, share) = scene();
    ana.keeper = true;
    assert_eq!(refused(&world, &ana, drop_copy(&share, true)).kind, Kind::Conflict);
}

#[test]
fn a_share_is_found_by_name_by_id_and_by_beginnings() {
    let (mut world, mut ana, ben, share) = scene();
    let event = world.share(&ana, &share).event.to_string();
    let id = share.to_string();
    for typed in [&id, &id[..4], &id[..10], &id.to_uppercase(), &event, &event[..5], "photos", "photos/"] {
        assert!(world.decide(&ben, get(typed)).is_ok(), "{typed}");
    }
    for typed in ["", "pho", &id[..3], "photos2", "%", "????"] {
        assert_eq!(refused(&world, &ben, get(typed)).kind, Kind::NotFound, "{typed}");
    }
    assert!(refused(&world, &ben, get("hoto")).hint.contains(&share.short()), "what it is like is listed");
    let second = world.act(&mut ana, add(imported(2, "photos"), None));
    let ambiguous = refused(&world, &ben, get("photos"));
    assert_eq!(ambiguous.kind, Kind::Ambiguous);
    for candidate in [share, second] {
        assert!(ambiguous.hint.contains(&candidate.short()), "{}", ambiguous.hint);
    }
}

#[test]
fn a_name_that_looks_like_an_id_is_found_by_name_first() {
    let (mut world, mut ana, _, share) = scene();
    let beginning = share.to_string()[..6].to_string();
    let named = world.act(&mut ana, add(imported(2, "x"), Some(&beginning)));
    let Ok(Act::Do(Job::Fetch { share: found, .. })) = world.decide(&ana, get(&beginning)) else {
        panic!("it is fetched")
    };
    assert_eq!(found, named);
}

#[test]
fn what_was_taken_back_is_found_by_id_only_and_not_given_out() {
    let (mut world, mut ana, ben, share) = scene();
    world.act(&mut ana, Command::Rm { share: "photos".into() });
    assert_eq!(refused(&world, &ben, get("photos")).message, "nothing called \"photos\" is shared here");
    let back = refused(&world, &ben, get(&share.to_string()));
    assert_eq!((back.kind, back.message.as_str()), (Kind::NotFound, "Ana has taken \"photos\" back"));
    let keep = Command::Keep { share: share.to_string() };
    assert_eq!(refused(&world, &ben, keep).kind, Kind::NotFound);
    assert!(world.decide(&ana, get(&share.to_string())).is_ok(), "who still has it may still take it out");
}

#[test]
fn what_a_job_names_is_never_a_path() {
    let (world, ben) = (World::new(), Person::new(2, 2));
    let mut ana = Person::new(1, 1);
    let mut world = world;
    for name in ["..", "a/../../b", "/etc/passwd"] {
        let mut hostile = ana.shares(1, "x");
        hostile.event = Event::Shared { content: folder(1), name: name.into(), note: String::new() };
        assert_ne!(world.hear(&hostile), Verdict::Accept);
        assert_eq!(refused(&world, &ben, get(&hostile.meta.object.to_string())).kind, Kind::NotFound);
    }
}
