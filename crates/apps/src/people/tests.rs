//! The wire bytes are pinned; proper and improper facts are told apart.

use skein_event::{CommunityId, DeviceId, EventId, MemberId, SecretKey, Tick};

use super::event::{self, Charter, Event};
use super::rules;

fn meta(seq: u64) -> skein_app::Meta {
    let key = SecretKey::from_bytes([1; 32]);
    skein_app::Meta {
        event: EventId::ZERO,
        row: 1,
        community: CommunityId::ZERO,
        author: key.device(),
        member: key.member(),
        seq,
        tick: Tick::from_raw(1),
        object: skein_event::ObjectId::ZERO,
        forked: false,
    }
}

fn hex(event: &Event) -> String {
    let bytes = postcard::to_stdvec(event).expect("encodes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_are_pinned() {
    let (one, two) = ("01".repeat(32), "02".repeat(32));
    let invited = Event::Invited { key: [1; 32], uses: 3, expires_ms: 1_000 };
    assert_eq!(hex(&invited), format!("03{one}03e807"));
    assert_eq!(hex(&Event::Revoked { invitation: EventId::from_bytes([2; 32]) }), format!("04{two}"));
    assert_eq!(hex(&Event::Named { name: "Ana".into() }), "0503416e61");
    let heights = vec![(DeviceId::from_bytes([2; 32]), 7)];
    let wanted = Event::RemovalWanted { member: MemberId::from_bytes([1; 32]), heights: heights.clone() };
    assert_eq!(hex(&wanted), format!("06{one}01{two}07"));
    assert_eq!(hex(&Event::Left { heights }), format!("0701{two}07"));
    assert_eq!(hex(&Event::Retired { device: DeviceId::from_bytes([2; 32]), height: 9 }), format!("08{two}09"));
    let signature = skein_event::Signature::from_bytes([3; 64]);
    let three = "03".repeat(64);
    let member = MemberId::from_bytes([1; 32]);
    let linked = Event::Linked { member, label: "x".into(), vouch: signature };
    assert_eq!(hex(&linked), format!("02{one}0178{three}"));
    let invitation = EventId::from_bytes([2; 32]);
    let joined = Event::Joined { invitation, member, name: "x".into(), vouch: signature, proof: signature };
    assert_eq!(hex(&joined), format!("01{two}{one}0178{three}{three}"));
    let founded = Event::Founded {
        name: "G".into(),
        charter: Charter::default(),
        member,
        member_name: "A".into(),
        vouch: signature,
    };
    assert_eq!(hex(&founded), format!("0001470002{one}0141{three}"));
}

#[test]
fn names_are_short_and_plain() {
    for (name, good) in [("Ana", true), ("", false), (" Ana", false), ("A\nB", false), (&"x".repeat(65), false)] {
        let verdict = rules::check(&Event::Named { name: name.into() }, &meta(3));
        assert_eq!(verdict == skein_app::Verdict::Accept, good, "{name:?}");
    }
}

#[test]
fn a_device_introduces_itself_once_and_first() {
    let key = SecretKey::from_bytes([1; 32]);
    let vouch = event::vouch(&key, &CommunityId::ZERO, &key.device());
    let linked = Event::Linked { member: key.member(), label: "phone".into(), vouch };
    assert_eq!(rules::check(&linked, &meta(0)), skein_app::Verdict::Accept);
    assert_ne!(rules::check(&linked, &meta(4)), skein_app::Verdict::Accept);
    assert_ne!(rules::check(&Event::Named { name: "Ana".into() }, &meta(0)), skein_app::Verdict::Accept);
}

#[test]
fn a_vouch_holds_for_one_device_in_one_community() {
    let key = SecretKey::from_bytes([1; 32]);
    let (here, there) = (CommunityId::from_bytes([1; 32]), CommunityId::from_bytes([2; 32]));
    let other = DeviceId::from_bytes([9; 32]);
    let vouch = event::vouch(&key, &here, &key.device());
    assert!(event::vouched(&vouch, &key.member(), &here, &key.device()));
    assert!(!event::vouched(&vouch, &key.member(), &there, &key.device()));
    assert!(!event::vouched(&vouch, &key.member(), &here, &other));
}
