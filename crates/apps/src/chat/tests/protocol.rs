//! The bytes of every event are pinned, and improper events are rejected.

use skein_app::Verdict;
use skein_event::{EventId, MemberId, ObjectId, Tick};

use crate::chat::event::{Deleted, Event, MAX_MENTIONS, MAX_TEXT_BYTES, MAX_VERSIONS, Said, channel_id};
use crate::testing::{COMMUNITY, Rows, Written};

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

#[test]
fn improper_events_are_rejected_and_proper_ones_are_not() {
    let id = EventId::from_bytes([1; 32]);
    let long = |n: usize| "x".repeat(n);
    let said = |text: &str| Event::Said(said(text));
    let named = |name: &str| Event::Said(Said { channel: Some(name.into()), ..self::said("hi") });
    let calling = |n: usize| Event::Said(Said { mentions: vec![MemberId::ZERO; n], ..self::said("hi") });
    let reacted = |word: &str| Event::Reacted { message: id, word: word.into(), present: true };
    let edited = |text: &str| Event::Edited { message: id, text: text.into(), mentions: vec![] };
    let deleted = |versions: Vec<EventId>, at: u64, name: &str| {
        let channel = Some(name.to_string());
        Event::Deleted(Deleted { message: id, versions, at: Tick::from_raw(at), thread: None, channel })
    };
    let opened = |name: &str| Event::Opened { name: name.into(), topic: String::new() };
    let renamed = |name: &str| Event::Renamed { name: name.into() };
    let good = [
        said("hi"),
        said("two\nlines\tand a tab"),
        said(&long(MAX_TEXT_BYTES)),
        named("general"),
        calling(MAX_MENTIONS),
        reacted("👍"),
        reacted("👩‍🌾"),
        edited("ho"),
        deleted(vec![EventId::ZERO; MAX_VERSIONS], 1, "general"),
        opened("general"),
        renamed("tool shed"),
        renamed(&long(64)),
        Event::Described { topic: long(256) },
    ];
    let bad = [
        said(""),
        said(" \n "),
        said("bell \u{7}"),
        said("\u{1b}[2J"),
        said(&long(MAX_TEXT_BYTES + 1)),
        named("garden"),
        calling(MAX_MENTIONS + 1),
        reacted(""),
        reacted("two words"),
        reacted("a\u{202e}b"),
        reacted(&long(33)),
        edited(""),
        edited("\0"),
        deleted(vec![EventId::ZERO; MAX_VERSIONS + 1], 1, "general"),
        deleted(vec![id], 1, "general"),
        deleted(vec![], u64::MAX, "general"),
        deleted(vec![], 1, "garden"),
        opened("garden"),
        renamed(""),
        renamed(" x"),
        renamed("#x"),
        renamed("a\nb"),
        renamed("a\u{202e}b"),
        renamed(&long(65)),
        Event::Described { topic: long(257) },
        Event::Described { topic: "a\nb".into() },
    ];
    for (events, accepted) in [(&good[..], true), (&bad[..], false)] {
        for event in events {
            let object = channel_id(&COMMUNITY, "general");
            let mut rows = Rows::new("chat");
            let payload = postcard::to_stdvec(event).expect("encodes");
            let verdict = rows.take(&Written::new(1, 1, "chat", object, 0, payload), false);
            assert_eq!(verdict == Some(Verdict::Accept), accepted, "{event:?}: {verdict:?}");
            assert_eq!(rows.rows().is_empty(), !accepted, "{event:?}");
        }
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
