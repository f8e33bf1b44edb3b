//! The wire bytes are pinned: what was signed once must be read for ever.

use skein_event::{CommunityId, EventId, MemberId, ObjectId};

use crate::asks::event::{
    AskKind, Ending, Event, Feedback, Lead, News, Part, Place, Posted, Profile, Promised, Unit, Words, profile_id,
};

fn hex(event: &Event) -> String {
    let bytes = postcard::to_stdvec(event).expect("encodes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn promise() -> EventId {
    EventId::from_bytes([1; 32])
}

fn member() -> MemberId {
    MemberId::from_bytes([2; 32])
}

fn words() -> Words {
    Words {
        title: "t".into(),
        text: "x".into(),
        topic: "o".into(),
        place: Some(Place { label: "l".into(), point: Some((1, -1)) }),
        until_ms: Some(3),
        urgent: true,
        share: Some(ObjectId::from_bytes([4; 32])),
    }
}

/// What `words()` comes to.
const WORDS: &str = "01740178016f01016c010201010301010404040404040404040404040404040404040404040404040404040404040404";

#[test]
fn the_bytes_are_pinned() {
    let (p, m) = ("01".repeat(32), "02".repeat(32));
    let part = Part { what: "w".into(), unit: Unit::People, minimum: 1, optimum: 2, slot: Some((5, 6)) };
    let posted = Posted {
        kind: AskKind::Gig,
        words: words(),
        parts: vec![part],
        behalf: "b".into(),
        addressee: "a".into(),
        from: Some(promise()),
    };
    let note = || String::from("n");
    let profile = Profile { topics: vec!["a".into()], learning: vec![], capacity: 3, hours: vec![7] };
    for (event, expected) in [
        (Event::Posted(posted), format!("0006{WORDS}0101770201020105060162016101{p}")),
        (Event::Changed(words()), format!("01{WORDS}")),
        (Event::Promised(Promised { part: 1, amount: 300, note: note(), seen: 2 }), "0201ac02016e02".into()),
        (Event::Released { promise: promise(), note: note() }, format!("03{p}016e")),
        (Event::Chosen { part: 1, promises: vec![promise()] }, format!("040101{p}")),
        (Event::Handed { promise: promise(), to: Some(member()) }, format!("05{p}01{m}")),
        (Event::TakenOver { promise: promise() }, format!("06{p}")),
        (Event::HelpWanted { promise: promise(), note: note() }, format!("07{p}016e")),
        (Event::OnTrack { promise: promise(), until_ms: Some(9) }, format!("08{p}0109")),
        (Event::Delivered { promise: promise(), part: 1, note: note() }, format!("09{p}01016e")),
        (Event::Confirmed { promise: promise(), part: 1, good: true, note: note() }, format!("0a{p}0101016e")),
        (Event::Closed { how: Ending::Failed, note: note() }, "0b02016e".into()),
        (Event::Reopened { why: note() }, "0c016e".into()),
        (Event::Led(Lead::Take), "0d00".into()),
        (Event::Led(Lead::Share(member())), format!("0d01{m}")),
        (Event::Led(Lead::Hand(member())), format!("0d02{m}")),
        (Event::Led(Lead::Lay), "0d03".into()),
        (Event::Told { kind: News::Lesson, text: note() }, "0e03016e".into()),
        (Event::Followed { on: true }, "0f01".into()),
        (Event::Joined { into: Some(ObjectId::from_bytes([4; 32])) }, format!("1001{}", "04".repeat(32))),
        (Event::Thanked { promise: promise(), kind: Feedback::NextTime, text: note() }, format!("11{p}01016e")),
        (Event::Reviewed { promise: promise(), again: true, text: note() }, format!("12{p}01016e")),
        (Event::Offering(profile), "1301016100030107".into()),
    ] {
        assert_eq!(hex(&event), expected, "{event:?}");
    }
}

#[test]
fn every_member_has_a_page_of_their_own_in_every_community() {
    let (one, other) = (CommunityId::from_bytes([1; 32]), CommunityId::from_bytes([2; 32]));
    let page = profile_id(&one, &member());
    assert_eq!(page.to_string(), "tl3f2oybk7tbs2cbr5sd6xsxf72z3kcmf7emuvzt2bsn562uudaa");
    assert_ne!(page, profile_id(&other, &member()));
    assert_ne!(page, profile_id(&one, &MemberId::from_bytes([3; 32])));
}
