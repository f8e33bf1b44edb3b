//! How many copies there should be: what counts, who takes one, who lets one go.

use std::collections::BTreeSet;

use skein_app::{App, Hold, Verdict, Want};
use skein_event::{DeviceId, ObjectId};

use super::super::{Amount, Answer, Command, Content, Event, Files, Number, Outlook, Query, Room, copies_id, room_id};
use super::{COMMUNITY, Person, World, folder, root};

const MB: u64 = 1_000_000;

/// Some people with a device each (device n of member n), who all know what was said; the first has shared content 1.
struct Town {
    world: World,
    people: Vec<Person>,
    share: ObjectId,
    /// Somebody whose program does not run.
    away: Option<usize>,
}

impl Town {
    fn of(count: u8) -> Self {
        let mut world = World::new();
        let mut people: Vec<Person> = (1..=count).map(|n| Person::new(n, n)).collect();
        for (n, person) in people.iter().enumerate() {
            world.knows(person, ["Ana", "Ben", "Cem", "Dan", "Eve", "Fay", "Gus", "Hal"][n % 8]);
        }
        let shared = people[0].shares(1, "photos");
        world.hear(&shared);
        Self { world, people, share: shared.meta.object, away: None }
    }

    /// Somebody says something, after all that was said so far.
    fn says(&mut self, n: usize, command: Command) {
        self.later(n);
        let mut person = self.people[n].clone();
        self.world.act(&mut person, command);
        self.people[n] = person;
    }

    fn later(&mut self, n: usize) {
        let latest = self.people.iter().map(|person| person.now_ms).max().expect("there are people");
        self.people[n].now_ms = latest;
    }

    fn asks_for(&mut self, copies: u32) {
        self.says(0, Command::Copies { number: Number(Some(copies)), share: None });
    }

    fn offers(&mut self, n: usize, bytes: u64) {
        self.says(n, Command::Room { bytes: Amount(bytes) });
    }

    fn wants(&self, n: usize) -> Vec<Want> {
        let mut me = self.people[n].clone();
        me.now_ms = self.people.iter().map(|person| person.now_ms).max().expect("there are people");
        Files::wants(&me.me(), &[], &self.world.view()).expect("the store works")
    }

    fn there(&self) -> impl Iterator<Item = usize> {
        let away = self.away;
        (0..self.people.len()).filter(move |n| Some(*n) != away)
    }

    /// Who would take something now.
    fn takers(&self) -> Vec<usize> {
        let takes = |n: &usize| self.wants(*n).iter().any(|want| matches!(want, Want::Spare { .. }));
        self.there().filter(takes).collect()
    }

    /// Who would let something go now.
    fn leavers(&self) -> Vec<usize> {
        let leaves = |n: &usize| self.wants(*n).iter().any(|want| matches!(want, Want::Over { .. }));
        self.there().filter(leaves).collect()
    }

    /// The host has done what the rows want.
    fn done(&mut self, n: usize, want: &Want) {
        let hold = match want {
            Want::Spare { share, .. } => Hold::Spare(*share),
            Want::Blob { .. } => Hold::Own,
            Want::Over { .. } | Want::Gone { .. } => Hold::Not,
        };
        self.later(n);
        let commands = Files::held(&self.people[n].me(), &want.root(), hold, &self.world.view());
        for command in commands.expect("the store works") {
            self.says(n, command);
        }
    }

    /// All do what they want, in turn, until nobody wants anything.
    fn settle(&mut self) {
        for _ in 0..50 {
            let wants: Vec<(usize, Want)> =
                self.there().filter_map(|n| Some((n, self.wants(n).first()?.clone()))).collect();
            if wants.is_empty() {
                return;
            }
            for (n, want) in wants {
                if self.wants(n).contains(&want) {
                    self.done(n, &want);
                }
            }
        }
        panic!("they never come to rest");
    }

    fn holders(&self) -> BTreeSet<DeviceId> {
        Files::holders(&root(1), &self.world.view()).expect("the store works").into_iter().collect()
    }

    fn outlook(&self) -> Outlook {
        match self.world.ask(&self.people[0], Query::Holders { share: self.share.to_string() }) {
            Answer::Holders { outlook, .. } => outlook.expect("copies are asked for"),
            other => panic!("{other:?} is no answer"),
        }
    }

    fn rooms(&self) -> Vec<Room> {
        match self.world.ask(&self.people[0], Query::Safety) {
            Answer::Safety { safety, .. } => safety.rooms,
            other => panic!("{other:?} is no answer"),
        }
    }

    fn remove(&self, n: usize) {
        let device = self.people[n].device;
        self.world.connection.execute("INSERT INTO gone VALUES (?1)", [device.as_bytes()]).expect("the store works");
    }
}

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
