//! The wire bytes are pinned; proper and improper facts are told apart.

use serde_json::json;
use skein_app::Kind;
use skein_event::{CommunityId, DeviceId, EventId, MemberId, SecretKey, Tick};

use super::event::{self, Charter, Event};
use super::picture::Image;
use super::picture::tests::png;
use super::rules;
use crate::testing::Town;

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
    assert_eq!(hex(&Event::Pictured { image: Image(vec![0xff, 7]) }), "0902ff07");
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
fn a_picture_that_is_none_does_not_count_whoever_sends_it() {
    let judged = |bytes: &[u8], seq| rules::check(&Event::Pictured { image: Image(bytes.to_vec()) }, &meta(seq));
    assert_eq!(judged(&png(128, 128), 3), skein_app::Verdict::Accept);
    assert_eq!(judged(&[], 3), skein_app::Verdict::Accept);
    for bad in [b"<svg onload='alert(1)'/>".to_vec(), png(60_000, 60_000), [png(9, 9), vec![0; 9_000]].concat()] {
        assert_ne!(judged(&bad, 3), skein_app::Verdict::Accept);
    }
    assert_ne!(judged(&png(128, 128), 0), skein_app::Verdict::Accept, "nobody comes in by a picture");
}

/// Every order of these.
fn orders(items: &[usize]) -> Vec<Vec<usize>> {
    let Some(first) = items.first() else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for rest in orders(&items[1..]) {
        for at in 0..=rest.len() {
            let mut order = rest.clone();
            order.insert(at, *first);
            all.push(order);
        }
    }
    all
}

#[test]
fn the_newest_picture_of_each_member_shows_in_whatever_order_they_come() {
    let shown = |member: u8, tick: u64, id: u8, image: Vec<u8>| {
        let at = skein_app::Meta {
            member: MemberId::from_bytes([member; 32]),
            tick: Tick::from_raw(tick),
            event: EventId::from_bytes([id; 32]),
            ..meta(3)
        };
        (at, Event::Pictured { image: Image(image) })
    };
    let events = [
        shown(1, 10, 1, png(9, 9)),
        shown(1, 30, 2, Vec::new()),
        shown(1, 20, 3, png(10, 10)),
        shown(2, 5, 4, png(11, 11)),
        shown(2, 5, 5, png(12, 12)),
        shown(2, 9, 6, b"not a picture".to_vec()),
    ];
    let people: &dyn skein_app::DynApp = &skein_app::Erased::<super::People>::NEW;
    for order in orders(&[0, 1, 2, 3, 4, 5]) {
        let store = skein_store::Store::in_memory().expect("opens");
        store.make_tables(people.tables(), people.schema()).expect("are made");
        let ids = skein_store::DbIds(store.connection());
        let view = skein_app::View::of_object(store.connection(), &ids, 1);
        for (meta, event) in order.iter().map(|n| &events[*n]) {
            if rules::check(event, meta) == skein_app::Verdict::Accept {
                rules::apply(event, meta, &view).expect("the store works");
            }
        }
        let sql = "SELECT member, image FROM people_picture ORDER BY member";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, [u8; 32]>(0)?[0], row.get::<_, Vec<u8>>(1)?));
        let rows = view.all(sql, [], read).expect("the store works");
        assert_eq!(rows, [(1, Vec::new()), (2, png(12, 12))], "{order:?}");
    }
}

#[test]
fn members_show_pictures_and_take_them_away() {
    let mut town = Town::of(&["Ana", "Ben"]);
    let text = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    let show = |image: String| json!({"picture": {"image": image}});
    assert_eq!(town.text(0, "people", json!("pictures")), "Nobody shows a picture here yet.\n");
    town.say(0, "people", show(text(&png(9, 9))));
    town.say(0, "people", show(text(&png(10, 10))));
    town.say(1, "people", show(text(&png(11, 11))));
    town.meet_all();
    let pictures = town.query(1, "people", json!("pictures")).expect("is answered");
    let shown: Vec<_> =
        pictures["pictures"].as_array().expect("a list").iter().map(|row| row["image"].clone()).collect();
    assert_eq!(shown, [json!(text(&png(11, 11))), json!(text(&png(10, 10)))]);
    assert_eq!(pictures["pictures"][0]["kind"], "image/png");
    town.say(0, "people", show(String::new()));
    town.meet_all();
    assert_eq!(
        town.query(1, "people", json!("pictures")).expect("is answered")["pictures"].as_array().map(Vec::len),
        Some(1)
    );
    town.rebuild(1);
    assert_eq!(town.rows(0, "people"), town.rows(1, "people"));
    for (image, kind) in [
        (text(&[1; 9_000]), Kind::Limit),
        (text(b"<svg/>"), Kind::Usage),
        (text(&png(9_000, 9)), Kind::Usage),
        ("not base64!".into(), Kind::Usage),
        ("A".repeat(1 << 20), Kind::Usage),
    ] {
        let refusal = town.ask(0, "people", show(image)).expect_err("is refused");
        assert!(refusal.kind == kind && !refusal.hint.is_empty(), "{refusal:?}");
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
