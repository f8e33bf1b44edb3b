//! The bytes of every event are pinned, and improper events are rejected.

use skein_app::Verdict;
use skein_event::{EventId, MemberId, ObjectId, Tick};

use crate::chat::event::{Deleted, Event, MAX_MENTIONS, MAX_TEXT_BYTES, MAX_VERSIONS, Said, channel_id};
use crate::testing::{COMMUNITY, Rows, Written};

const MESSAGE: EventId = EventId::from_bytes([1; 32]);

fn said(text: &str) -> Said {
    Said { text: text.into(), thread: None, reply: None, mentions: vec![], channel: None }
}

#[test]
fn the_bytes_are_pinned() {
    let hex = |event: &Event| {
        let bytes = postcard::to_stdvec(event).expect("encodes");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (id, member) = (EventId::from_bytes([1; 32]), MemberId::from_bytes([2; 32]));
    let (one, two) = ("01".repeat(32), "02".repeat(32));
    assert_eq!(hex(&Event::Said(said("hi"))), "0002686900000000");
    let whole =
        Said { thread: Some(id), reply: Some(id), mentions: vec![member], channel: Some("x".into()), ..said("hi") };
    assert_eq!(hex(&Event::Said(whole)), format!("0002686901{one}01{one}01{two}010178"));
    let edited = Event::Edited { message: id, text: "hi".into(), mentions: vec![member] };
    assert_eq!(hex(&edited), format!("01{one}02686901{two}"));
    let deleted = Deleted {
        message: id,
        versions: vec![EventId::from_bytes([2; 32])],
        at: Tick::from_raw(300),
        thread: Some(id),
        channel: Some("x".into()),
    };
    assert_eq!(hex(&Event::Deleted(deleted)), format!("02{one}01{two}ac0201{one}010178"));
    assert_eq!(hex(&Event::Reacted { message: id, word: "+".into(), present: true }), format!("03{one}012b01"));
    assert_eq!(hex(&Event::Opened { name: "x".into(), topic: "y".into() }), "0401780179");
    assert_eq!(hex(&Event::Renamed { name: "x".into() }), "050178");
    assert_eq!(hex(&Event::Described { topic: "y".into() }), "060179");
    assert_eq!(hex(&Event::Archived { archived: true }), "0701");
    assert_eq!(hex(&Event::Pinned { message: id, present: false }), format!("08{one}00"));
    let general = channel_id(&COMMUNITY, "general").to_string();
    assert_eq!(general, "lul4vemyn3mfeewmiukya6qkqkqyked22n3caq2nb2xwx4cdsm3q");
}

fn long(n: usize) -> String {
    "x".repeat(n)
}

fn says(text: &str) -> Event {
    Event::Said(said(text))
}

fn says_in(name: &str) -> Event {
    Event::Said(Said { channel: Some(name.into()), ..said("hi") })
}

fn calls(n: usize) -> Event {
    Event::Said(Said { mentions: vec![MemberId::ZERO; n], ..said("hi") })
}

fn reacts(word: &str) -> Event {
    Event::Reacted { message: MESSAGE, word: word.into(), present: true }
}

fn edits(text: &str) -> Event {
    Event::Edited { message: MESSAGE, text: text.into(), mentions: vec![] }
}

fn deletes(versions: Vec<EventId>, at: u64, name: &str) -> Event {
    let channel = Some(name.to_string());
    Event::Deleted(Deleted { message: MESSAGE, versions, at: Tick::from_raw(at), thread: None, channel })
}

fn opens(name: &str) -> Event {
    Event::Opened { name: name.into(), topic: String::new() }
}

fn renames(name: &str) -> Event {
    Event::Renamed { name: name.into() }
}

/// Whether an event counts in the channel "general" that has no rows yet.
fn counts(event: &Event) -> bool {
    let mut rows = Rows::new("chat");
    let payload = postcard::to_stdvec(event).expect("encodes");
    let verdict = rows.take(&Written::new(1, 1, "chat", channel_id(&COMMUNITY, "general"), 0, payload), false);
    let counts = verdict == Some(Verdict::Accept);
    assert_eq!(rows.rows().is_empty(), !counts, "{event:?}: {verdict:?}");
    counts
}

#[test]
fn proper_events_count() {
    let good = [
        says("hi"),
        says("two\nlines\tand a tab"),
        says(&long(MAX_TEXT_BYTES)),
        says_in("general"),
        calls(MAX_MENTIONS),
        reacts("👍"),
        reacts("👩‍🌾"),
        edits("ho"),
        deletes(vec![EventId::ZERO; MAX_VERSIONS], 1, "general"),
        opens("general"),
        renames("tool shed"),
        renames(&long(64)),
        Event::Described { topic: long(256) },
    ];
    for event in good {
        assert!(counts(&event), "{event:?}");
    }
}

#[test]
fn improper_events_do_not_count() {
    let bad = [
        says(""),
        says(" \n "),
        says("bell \u{7}"),
        says("\u{1b}[2J"),
        says(&long(MAX_TEXT_BYTES + 1)),
        says_in("garden"),
        calls(MAX_MENTIONS + 1),
        reacts(""),
        reacts("two words"),
        reacts("a\u{202e}b"),
        reacts(&long(33)),
        edits(""),
        edits("\0"),
        deletes(vec![EventId::ZERO; MAX_VERSIONS + 1], 1, "general"),
        deletes(vec![MESSAGE], 1, "general"),
        deletes(vec![], u64::MAX, "general"),
        deletes(vec![], 1, "garden"),
        opens("garden"),
        renames(""),
        renames(" x"),
        renames("#x"),
        renames("a\nb"),
        renames("a\u{202e}b"),
        renames(&long(65)),
        Event::Described { topic: long(257) },
        Event::Described { topic: "a\nb".into() },
    ];
    for event in bad {
        assert!(!counts(&event), "{event:?}");
    }
}

#[test]
fn a_channel_is_of_its_community_and_its_name() {
    let other = skein_event::CommunityId::from_bytes([8; 32]);
    let general = channel_id(&COMMUNITY, "general");
    assert_ne!(general, channel_id(&other, "general"));
    assert_ne!(general, channel_id(&COMMUNITY, "garden"));
    assert_ne!(general, ObjectId::ZERO);
}
