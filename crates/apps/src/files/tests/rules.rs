//! What counts: table by table, each wrong thing refused.

use skein_app::Verdict;
use skein_event::{BlobHash, EventId, ObjectId};

use super::super::rules::{MAX_CLAIM, MAX_NAME_BYTES, MAX_NOTE_BYTES, MAX_VERSIONS};
use super::super::{Content, Event};
use super::{COMMUNITY, Person, World, folder, root};

fn rejected(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Reject(why) => why,
        Verdict::Accept => "",
    }
}

#[test]
fn a_share_is_there_with_its_first_holder() {
    let (mut world, mut ana) = (World::new(), Person::new(1, 1));
    let shared = ana.shares(1, "photos");
    assert_eq!(world.hear(&shared), Verdict::Accept);
    let share = world.share(&ana, &shared.meta.object);
    assert_eq!((share.name.as_str(), share.bytes, share.files, share.folder), ("photos", 1_400_000, 12, true));
    assert_eq!((share.copies.devices, share.copies.people, share.here, share.version), (1, 1, true, 1));
    assert_eq!((share.event, share.removed_ms), (shared.meta.event, None));
}

#[test]
fn a_share_is_made_once_and_by_the_event_that_its_id_comes_from() {
    let (mut world, mut ana, mut ben) = (World::new(), Person::new(1, 1), Person::new(2, 2));
    let shared = ana.shares(1, "photos");
    let stolen = ben.say(shared.meta.object, shared.event.clone());
    assert_eq!(rejected(&world.hear(&stolen)), "a share begins with its own first event");
    let mut world = World::new();
    world.hear(&shared);
    let mut again = shared.clone();
    again.meta.event = EventId::of_body(b"the other branch of a fork");
    again.meta.tick = skein_event::Tick::at_ms(ana.now_ms);
    assert_eq!(rejected(&world.hear(&again)), "this share exists already");
}

#[test]
fn nothing_is_said_about_a_share_that_is_not_there() {
    let (mut world, mut ana) = (World::new(), Person::new(1, 1));
    let nowhere = ObjectId::created_by(&COMMUNITY, &ana.device, 99);
    let shared = EventId::ZERO;
    for event in [
        Event::Held { root: root(1) },
        Event::Unheld { root: root(1) },
        Event::Kept,
        Event::Replaced { content: folder(1) },
        Event::Described { shared, name: "x".into(), note: String::new() },
        Event::Removed { shared },
    ] {
        assert_eq!(rejected(&world.hear(&ana.say(nowhere, event))), "there is no such share");
    }
    assert_eq!(world.dump(), [""; 0]);
}

#[test]
fn only_devices_of_the_sharer_may_change_a_share() {
    let (mut world, mut ana, mut ben) = (World::new(), Person::new(1, 1), Person::new(2, 2));
    let shared = ana.shares(1, "photos");
    world.hear(&shared);
    let (object, event) = (shared.meta.object, shared.meta.event);
    let changes = [
        Event::Replaced { content: folder(2) },
        Event::Described { shared: event, name: "x".into(), note: String::new() },
        Event::Removed { shared: event },
    ];
    ben.after(&ana);
    let before = world.dump();
    for change in &changes {
        assert_eq!(rejected(&world.hear(&ben.say(object, change.clone()))), "only who shared it may change it");
    }
    assert_eq!((world.dump(), world.lines.len()), (before, 1));
    let mut phone = Person::new(3, 1);
    phone.after(&ben);
    for change in &changes {
        assert_eq!(world.hear(&phone.say(object, change.clone())), Verdict::Accept);
    }
    for change in &changes {
        assert_eq!(rejected(&world.hear(&phone.say(object, change.clone()))), "this share was taken back");
    }
}

#[test]
fn no_change_reaches_another_item_in_feed_and_search() {
    let (mut world, mut ana) = (World::new(), Person::new(1, 1));
    let (one, two) = (ana.shares(1, "one"), ana.shares(2, "two"));
    world.hear(&one);
    world.hear(&two);
    let wrong = two.meta.event;
    for event in
        [Event::Described { shared: wrong, name: "x".into(), note: String::new() }, Event::Removed { shared: wrong }]
    {
        assert_eq!(rejected(&world.hear(&ana.say(one.meta.object, event))), "this names another share's beginning");
    }
}

#[test]
fn a_device_speaks_for_itself_alone_and_of_known_content_only() {
    let (mut world, mut ana, mut ben) = (World::new(), Person::new(1, 1), Person::new(2, 2));
    let shared = ana.shares(1, "photos");
    world.hear(&shared);
    ben.after(&ana);
    let object = shared.meta.object;
    let devices = |world: &World| world.share(&Person::new(1, 1), &object).copies.devices;
    let unknown = ben.say(object, Event::Held { root: root(9) });
    assert_eq!(rejected(&world.hear(&unknown)), "this share never had that content");
    world.hear(&ben.say(object, Event::Held { root: root(1) }));
    world.hear(&ben.say(object, Event::Held { root: root(1) }));
    assert_eq!(devices(&world), 2);
    world.hear(&ben.say(object, Event::Unheld { root: root(1) }));
    assert_eq!(devices(&world), 1, "Ana's copy is not Ben's to deny");
    world.hear(&ben.say(object, Event::Unheld { root: root(1) }));
    assert_eq!(devices(&world), 1);
}

#[test]
fn names_notes_and_claims_have_limits() {
    let long = "x".repeat(MAX_NAME_BYTES + 1);
    let unseen = ["a/b", "a\0b", "a\nb", "\u{1b}[31m", "a\u{202e}b", "a\u{2028}b", "\u{85}"];
    for name in ["", ".", "..", &long].into_iter().chain(unseen) {
        let (mut world, mut ana) = (World::new(), Person::new(1, 1));
        assert_ne!(world.hear(&ana.shares(1, name)), Verdict::Accept, "{name:?}");
    }
    for name in ["...", ".x", "ä ö", "a\\b", &long[1..], "日本.txt"] {
        let (mut world, mut ana) = (World::new(), Person::new(1, 1));
        assert_eq!(world.hear(&ana.shares(1, name)), Verdict::Accept, "{name:?}");
    }
    let content = |bytes, files, folder| Content { root: root(1), bytes, files, folder };
    let cases = [
        (content(MAX_CLAIM, MAX_CLAIM, true), "a\nb".to_string(), true),
        (content(MAX_CLAIM + 1, 1, false), String::new(), false),
        (content(u64::MAX, u64::MAX, true), String::new(), false),
        (content(1, 2, false), String::new(), false),
        (content(0, 0, true), "x".repeat(MAX_NOTE_BYTES), true),
        (content(0, 0, true), "x".repeat(MAX_NOTE_BYTES + 1), false),
        (content(0, 0, true), "\u{7}".into(), false),
    ];
    for (content, note, good) in cases {
        let (mut world, mut ana) = (World::new(), Person::new(1, 1));
        let mut shared = ana.shares(1, "x");
        shared.event = Event::Shared { content, name: "x".into(), note };
        assert_eq!(world.hear(&shared) == Verdict::Accept, good, "{:?}", shared.event);
    }
}

#[test]
fn versions_are_numbered_kept_and_bounded() {
    let (mut world, mut ana) = (World::new(), Person::new(1, 1));
    let shared = ana.shares(0, "photos");
    world.hear(&shared);
    let object = shared.meta.object;
    for n in 1..MAX_VERSIONS {
        let content = Content { root: BlobHash::from_bytes([(n % 250) as u8; 32]), ..folder(0) };
        assert_eq!(world.hear(&ana.say(object, Event::Replaced { content })), Verdict::Accept);
    }
    assert_eq!(world.share(&ana, &object).version, MAX_VERSIONS);
    let one_more = ana.say(object, Event::Replaced { content: folder(1) });
    assert_eq!(rejected(&world.hear(&one_more)), "this share has too many versions");
}

#[test]
fn feed_and_search_know_name_and_note_until_it_is_taken_back() {
    let (mut world, mut ana) = (World::new(), Person::new(1, 1));
    let shared = ana.shares(1, "photos");
    let (object, event) = (shared.meta.object, shared.meta.event);
    world.hear(&shared);
    world.hear(&ana.say(object, Event::Described { shared: event, name: "trip".into(), note: "to the sea".into() }));
    world.hear(&ana.say(object, Event::Replaced { content: folder(2) }));
    world.hear(&ana.say(object, Event::Removed { shared: event }));
    let lines: Vec<_> = world.lines.iter().map(|line| (line.about == event, line.text.as_deref())).collect();
    assert_eq!(lines, [(true, Some("photos")), (true, Some("trip\nto the sea")), (true, None)]);
    assert!(world.lines.iter().all(|line| line.kind == "file"));
}
