//! What may be said about copies and room, and what a lie about them comes to.

use std::collections::BTreeSet;

use skein_app::{App, Verdict, Want};
use skein_event::ObjectId;

use super::super::{Amount, Command, Content, Event, Files, Number, Query, copies_id, room_id};
use super::town::{MB, Town};
use super::{COMMUNITY, folder, root};

#[test]
fn a_share_may_have_its_own_number_by_its_sharer_alone_and_the_latest_word_counts() {
    let mut town = Town::of(3);
    let own = |copies| Command::Copies { number: Number(copies), share: Some("photos".into()) };
    town.asks_for(2);
    town.says(0, own(Some(5)));
    assert_eq!(town.world.share(&town.people[0], &town.share).copies.wanted, 5);
    town.says(0, own(None));
    assert_eq!(town.world.share(&town.people[0], &town.share).copies.wanted, 2);
    let refused = town.world.decide(&town.people[1], own(Some(1))).expect_err("it is not theirs");
    assert!(refused.message.contains("only they may change it"), "{}", refused.message);
    town.later(1);
    let forged = town.people[1].say(town.share, Event::CopiesWanted { copies: Some(1) });
    assert_ne!(town.world.hear(&forged), Verdict::Accept);
    // Of everything any member may ask.
    town.says(1, Command::Copies { number: Number(Some(4)), share: None });
    assert_eq!(town.world.share(&town.people[0], &town.share).copies.wanted, 4);
    let text = Files::text(&town.world.ask(&town.people[0], Query::Show { share: "photos".into() }));
    assert!(text.contains("4 copies of everything are asked for by Ben just now"), "{text}");
    town.says(1, Command::Copies { number: Number(None), share: None });
    assert_eq!(town.world.share(&town.people[0], &town.share).copies.wanted, 0);
}

#[test]
fn numbers_and_offers_beyond_all_measure_count_nothing() {
    let mut town = Town::of(2);
    let (own, theirs) = (town.people[1].device, town.people[0].device);
    let copies = |n| (copies_id(&COMMUNITY), Event::CopiesWanted { copies: Some(n) });
    let room = |device, bytes, fits| (room_id(&COMMUNITY, &device), Event::RoomOffered { bytes, fits });
    for (object, event) in [
        copies(0),
        copies(65),
        copies(1_000_000),
        copies(u32::MAX),
        room(own, u64::MAX, u64::MAX),
        room(own, (1 << 53) + 1, 0),
        room(own, 5, 6),
        room(theirs, 5, 5),
        (town.share, Event::RoomOffered { bytes: 5, fits: 5 }),
        (copies_id(&COMMUNITY), Event::HeldForOthers { root: root(1) }),
        (town.share, Event::HeldForOthers { root: root(9) }),
        (town.share, Event::Unfit { root: root(9) }),
    ] {
        let before = town.world.dump();
        let said = town.people[1].say(object, event);
        assert_ne!(town.world.hear(&said), Verdict::Accept, "{said:?}");
        assert_eq!(town.world.dump(), before);
    }
    for bad in ["-1", "65", "1000000", "", "x", "3.5"] {
        assert!(bad.parse::<Number>().is_err(), "{bad}");
    }
    assert_eq!(("3".parse(), "none".parse(), "0".parse()), (Ok(Number(Some(3))), Ok(Number(None)), Ok(Number(None))));
    for bad in ["-1", "", "x", "5 XB", "1e99", "999999999999TB", "NaN", "inf", "1.2.3GB"] {
        assert!(bad.parse::<Amount>().is_err(), "{bad}");
    }
    for (text, bytes) in
        [("20GB", 20_000 * MB), ("1.5 tb", 1_500_000 * MB), ("none", 0), ("7", 7), ("500 MB", 500 * MB)]
    {
        assert_eq!(text.parse(), Ok(Amount(bytes)), "{text}");
    }
}

#[test]
fn claims_as_large_as_can_be_overrun_nothing() {
    let mut town = Town::of(2);
    town.offers(1, 1 << 53);
    town.asks_for(2);
    for n in 2..6 {
        town.later(0);
        let content = Content { root: root(n), bytes: 1 << 53, files: 1 << 53, folder: true };
        let object = ObjectId::created_by(&COMMUNITY, &town.people[0].device, town.people[0].seq);
        let shared = town.people[0].say(object, Event::Shared { content, name: "huge".into(), note: String::new() });
        assert_eq!(town.world.hear(&shared), Verdict::Accept);
        // Somebody even says that they hold it for the others.
        town.later(1);
        let said = town.people[1].say(object, Event::HeldForOthers { root: root(n) });
        town.world.hear(&said);
    }
    let roots: Vec<_> = town.wants(1).iter().map(Want::root).collect();
    assert_eq!(roots, [], "whoever says to hold more than there is takes nothing more");
    assert_eq!(town.rooms()[0].used, 1 << 53, "what JSON carries without loss");
}

#[test]
fn what_is_larger_than_was_said_is_left_to_others_and_told() {
    let mut town = Town::of(3);
    for n in 1..3 {
        town.offers(n, 100 * MB);
    }
    town.asks_for(2);
    for _ in 0..2 {
        let taker = town.takers()[0];
        town.says(taker, Command::Unfit { share: "photos".into(), root: root(1) });
    }
    assert_eq!(town.takers(), [0; 0]);
    let outlook = town.outlook();
    let words = "1 of 2 copies: Ana's laptop; one more is looked for: it is larger than was said when it was shared";
    assert_eq!(outlook.words, words);
    assert_eq!(outlook.next, "Ask whoever shared it to share it again.");
}

#[test]
fn an_earlier_version_goes_as_soon_as_somebody_holds_it_of_their_own() {
    let mut town = Town::of(3);
    for n in 1..3 {
        town.offers(n, 100 * MB);
    }
    town.asks_for(3);
    town.settle();
    town.later(0);
    let replaced = town.people[0].say(town.share, Event::Replaced { content: folder(2) });
    assert_eq!(town.world.hear(&replaced), Verdict::Accept);
    town.says(0, Command::Unheld { share: town.share.to_string(), root: root(1) });
    assert!(town.wants(1).iter().all(|want| want.root() == root(2)), "the old one is nowhere else");
    town.says(0, Command::Held { share: town.share.to_string(), root: root(1) });
    town.settle();
    assert_eq!(town.holders(), BTreeSet::from([town.people[0].device]));
    assert_eq!(town.outlook().counted, 3);
}

#[test]
fn what_is_taken_back_frees_the_room() {
    let mut town = Town::of(2);
    town.offers(1, 100 * MB);
    town.asks_for(2);
    town.settle();
    assert!(town.rooms()[0].used > MB);
    town.says(0, Command::Rm { share: "photos".into() });
    assert!(matches!(town.wants(1)[..], [Want::Gone { .. }]));
    town.settle();
    assert_eq!(town.rooms()[0].used, 0);
}

#[test]
fn a_copy_for_the_others_is_let_go_by_offering_less_room_not_by_dropping_it() {
    let mut town = Town::of(2);
    town.offers(1, 100 * MB);
    town.asks_for(2);
    town.settle();
    let drop = Command::Drop { share: "photos".into(), even_if_last: false };
    let refused = town.world.decide(&town.people[1], drop).expect_err("it would come again");
    assert!(refused.hint.contains("skein files room none"), "{}", refused.hint);
    let text = Files::text(&town.world.ask(&town.people[1], Query::Ls { pattern: None, all: false, limit: 9 }));
    assert!(text.contains("2 of 2 copies") && text.contains("for the others"), "{text}");
}

#[test]
fn a_keeper_takes_everything_of_its_own_and_offers_nothing() {
    let mut town = Town::of(2);
    town.asks_for(2);
    town.offers(1, 100 * MB);
    town.people[1].keeper = true;
    assert!(matches!(town.wants(1)[..], [Want::Blob { .. }]), "{:?}", town.wants(1));
    let more = town.world.decide(&town.people[1], Command::Room { bytes: Amount(200 * MB) });
    assert!(more.expect_err("it holds everything").message.contains("keeper"));
}

#[test]
fn the_doctor_hears_what_has_too_few_copies_with_one_thing_to_do() {
    let mut town = Town::of(3);
    town.asks_for(2);
    let concerns = |town: &Town| Files::concerns(&town.people[1].me(), &town.world.view()).expect("the store works");
    let found = |town: &Town| concerns(town).into_iter().find(|concern| concern.kind == "too-few-copies");
    let concern = found(&town).expect("there is one");
    assert!(concern.what.contains("\"photos\": 1 of 2 copies: Ana's laptop"), "{}", concern.what);
    assert_eq!(concern.next, "Offer room on this device: `skein files room 10GB`. Or ask others to.");
    town.offers(1, 1_000);
    assert!(found(&town).expect("no room").next.starts_with("Ask other members to offer room"));
    town.offers(2, 100 * MB);
    assert!(found(&town).expect("it is to come").next.starts_with("Be patient"));
    town.settle();
    assert_eq!(found(&town), None);
}
