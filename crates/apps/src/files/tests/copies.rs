//! How many copies there should be: who takes one, who lets one go, and when.

use skein_app::{App, Want};

use super::super::{Command, Files, Query};
use super::root;
use super::town::{MB, Town};

#[test]
fn without_a_number_or_without_room_nothing_is_asked_of_anybody() {
    let mut town = Town::of(4);
    town.offers(1, 100 * MB);
    assert_eq!(town.takers(), [0; 0]);
    let mut town = Town::of(4);
    town.asks_for(3);
    assert_eq!(town.takers(), [0; 0]);
    assert_eq!(town.outlook().words, "1 of 3 copies: Ana's laptop; 2 more are looked for: nobody offers room");
}

#[test]
fn as_many_take_a_copy_as_are_missing_and_no_more() {
    let mut town = Town::of(8);
    for n in 1..8 {
        town.offers(n, 100 * MB);
    }
    town.asks_for(3);
    assert_eq!(town.takers().len(), 2);
    town.settle();
    assert_eq!(town.holders().len(), 3);
    assert_eq!((town.outlook().counted, town.outlook().short), (3, 0));
}

#[test]
fn whoever_shared_it_keeps_it_and_whoever_fetched_it_does_whatever_others_say() {
    let mut town = Town::of(6);
    for n in 1..6 {
        town.offers(n, 100 * MB);
    }
    town.asks_for(1);
    // Three fetched it for themselves, one of them promised to keep it: nobody lets anything go.
    for n in 1..4 {
        town.says(n, Command::Held { share: "photos".into(), root: root(1) });
    }
    town.says(1, Command::Keep { share: "photos".into() });
    assert_eq!(town.leavers(), [0; 0]);
    // What was taken for the others and is fetched, or kept, is its person's own from then on.
    for (n, own) in
        [(4, Command::Held { share: "photos".into(), root: root(1) }), (5, Command::Keep { share: "photos".into() })]
    {
        town.says(n, Command::HeldForOthers { share: "photos".into(), root: root(1) });
        assert_eq!(town.leavers(), [n]);
        town.says(n, own);
        assert_eq!(town.leavers(), [0; 0]);
        // To say again that it is for the others changes nothing.
        town.says(n, Command::HeldForOthers { share: "photos".into(), root: root(1) });
        assert_eq!(town.leavers(), [0; 0]);
    }
}

#[test]
fn of_two_that_took_a_copy_apart_from_one_another_one_lets_go_and_only_one() {
    let mut town = Town::of(3);
    for n in 1..3 {
        town.offers(n, 100 * MB);
    }
    town.asks_for(2);
    for n in 1..3 {
        town.says(n, Command::HeldForOthers { share: "photos".into(), root: root(1) });
    }
    let leavers = town.leavers();
    assert_eq!(leavers.len(), 1);
    let wants = town.wants(leavers[0]);
    let Want::Over { others, needed, .. } = &wants[0] else { panic!("{wants:?}") };
    assert_eq!((others.len(), *needed), (2, 2), "so many must show it first");
    town.settle();
    assert_eq!(town.holders().len(), 2);
}

#[test]
fn a_device_that_is_removed_is_made_up_for() {
    let mut town = Town::of(5);
    for n in 1..5 {
        town.offers(n, 100 * MB);
    }
    town.asks_for(3);
    town.settle();
    let holders = town.holders();
    let lost = (1..5).find(|n| holders.contains(&town.people[*n].device)).expect("somebody took it");
    town.remove(lost);
    assert_eq!((town.outlook().counted, town.outlook().short), (2, 1));
    town.settle();
    let now = town.holders();
    assert!(now.len() == 3 && !now.contains(&town.people[lost].device));
    // Nor does its room count.
    assert_eq!(town.rooms().len(), 3);
}

const DAY_MS: u64 = 86_400_000;

#[test]
fn a_device_of_which_nothing_is_heard_for_30_days_does_not_count_until_it_speaks_again() {
    let mut town = Town::of(4);
    for n in 1..4 {
        town.offers(n, 100 * MB);
    }
    town.asks_for(2);
    town.settle();
    let holders = town.holders();
    let silent = (1..4).find(|n| holders.contains(&town.people[*n].device)).expect("somebody took it");
    town.away = Some(silent);
    let speak = |town: &mut Town, days: u64| {
        for n in town.there().collect::<Vec<_>>() {
            town.people[n].now_ms += days * DAY_MS;
            // What a running device says by itself.
            let tend = Files::tend(&town.people[n].me(), u64::MAX, &town.world.view()).expect("the store works");
            assert_eq!(tend.len(), 1, "it is time to say that it is still there");
            town.says(n, tend[0].clone());
        }
    };
    speak(&mut town, 20);
    assert_eq!((town.outlook().counted, town.takers()), (2, vec![]), "20 days are not too long");
    speak(&mut town, 11);
    assert_eq!(town.outlook().counted, 1);
    assert!(town.outlook().words.starts_with("1 of 2 copies: Ana's laptop; one more is to come to"));
    assert_eq!(town.takers().len(), 1);
    town.settle();
    assert_eq!(town.holders().len(), 3, "the silent one may still be asked for it");
    // It comes back, says that it is there, and there is one too many.
    town.away = None;
    town.later(silent);
    let tend = Files::tend(&town.people[silent].me(), u64::MAX, &town.world.view()).expect("the store works");
    town.says(silent, tend[0].clone());
    assert_eq!(town.outlook().counted, 3);
    town.settle();
    assert_eq!(town.holders().len(), 2);
}

#[test]
fn no_clock_of_one_device_makes_all_others_silent() {
    let mut town = Town::of(3);
    town.offers(1, 100 * MB);
    town.asks_for(2);
    town.settle();
    // Somebody's clock is years ahead. What waits for its time is in the log, too.
    let ahead = 2_000_000_000_000_i64 << 16;
    let mallory = town.people[2].device;
    let sql = "INSERT INTO log VALUES (?1, ?2)";
    town.world.connection.execute(sql, (mallory.as_bytes(), ahead)).expect("the store works");
    assert_eq!((town.outlook().counted, town.takers()), (2, vec![]));
}

#[test]
fn a_devices_room_is_never_overrun_by_all_it_takes_together() {
    let mut town = Town::of(2);
    town.asks_for(2);
    for n in 2..12 {
        let mut ana = town.people[0].clone();
        let shared = ana.shares(n, "more");
        town.people[0] = ana;
        town.world.hear(&shared);
    }
    // Each takes 1.4 MB and a little more.
    town.offers(1, 5 * MB);
    let wants = town.wants(1);
    assert_eq!(wants.len(), 3, "several at once count together");
    town.done(1, &wants[0]);
    assert_eq!(town.wants(1).len(), 2);
    town.settle();
    let room = town.rooms().remove(0);
    assert!(room.used <= 5 * MB && room.used > 4 * MB, "{room:?}");
    let words = town.world.ask(&town.people[0], Query::Safety);
    let text = Files::text(&words);
    assert!(text.contains("8 of 11 shares have too few copies"), "{text}");
    assert!(text.contains("one more is looked for: nobody has room"), "{text}");
}

#[test]
fn whoever_offers_less_lets_go_only_of_what_others_have_taken() {
    let mut town = Town::of(4);
    town.offers(1, 100 * MB);
    town.asks_for(2);
    town.settle();
    assert_eq!(town.holders().len(), 2);
    town.offers(1, 0);
    assert_eq!(town.leavers(), [0; 0], "it is the second copy");
    assert_eq!((town.outlook().counted, town.outlook().missing), (1, 1), "and yet one more is looked for");
    town.offers(2, 100 * MB);
    assert_eq!((town.takers(), town.leavers()), (vec![2], vec![]));
    let want = town.wants(2)[0].clone();
    town.done(2, &want);
    assert_eq!(town.leavers(), [1]);
    town.settle();
    assert_eq!((town.holders().len(), town.outlook().counted), (2, 2));
}

#[test]
fn what_the_disk_allows_is_said_and_bounds_what_is_taken() {
    let mut town = Town::of(2);
    town.asks_for(2);
    town.offers(1, 16 * MB);
    let tend =
        |town: &Town, left| Files::tend(&town.people[1].me(), left, &town.world.view()).expect("the store works");
    assert_eq!(tend(&town, 100 * MB), []);
    assert_eq!(tend(&town, 3 * MB + 1), [Command::Fits { fits: 3 * MB }]);
    assert_eq!(tend(&town, 0), [Command::Fits { fits: 0 }]);
    town.says(1, Command::Fits { fits: 0 });
    assert_eq!(town.takers(), [0; 0]);
    assert_eq!(tend(&town, MB), [], "a little more is not worth a word");
    assert_eq!(tend(&town, 2 * MB), [Command::Fits { fits: 2 * MB }]);
    town.says(1, Command::Fits { fits: 2 * MB });
    assert_eq!(town.takers(), [1]);
    town.settle();
    // What it holds is part of what its disk allows.
    assert_eq!(tend(&town, 15 * MB), [Command::Fits { fits: 16 * MB }]);
}
