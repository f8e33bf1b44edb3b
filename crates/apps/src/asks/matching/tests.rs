//! Who is asked, tried in towns of real nodes.

use serde_json::{Value, json};
use skein_event::{MemberId, ObjectId};
use skein_node::Answer;

use super::{Own, Round};
use crate::testing::Town;

const HOUR_MS: u64 = 3_600_000;
const ANA: usize = 0;
const NAMES: [&str; 9] = ["Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana", "Ida"];

/// Ben, Cleo, Dan and Eva say that they know plumbing.
fn town() -> Town {
    let mut town = Town::of(&NAMES);
    for who in 1..=4 {
        town.say(who, "asks", json!({ "can": { "topics": ["plumbing"] } }));
    }
    town.meet_all();
    town
}

fn post(town: &mut Town, said: Value) -> ObjectId {
    let mut post = json!({ "kind": "need", "title": "The tap drips", "topic": "plumbing" });
    post.as_object_mut().expect("is an object").extend(said.as_object().expect("is an object").clone());
    match town.ask(ANA, "asks", json!({ "post": post })) {
        Ok(Answer::Said { object, .. }) => {
            town.meet_all();
            object
        }
        other => panic!("nothing was posted: {other:?}"),
    }
}

/// The asks that somebody is shown because they fit.
fn shown(town: &Town, who: usize) -> Vec<Value> {
    let now = town.query(who, "asks", json!("now")).expect("is answered");
    let items = now["items"].as_array().expect("are items").clone();
    items.into_iter().filter(|item| !item["fit"].as_array().expect("is a list").is_empty()).collect()
}

fn asked(town: &Town) -> Vec<&'static str> {
    (0..NAMES.len()).filter(|who| !shown(town, *who).is_empty()).map(|who| NAMES[who]).collect()
}

/// Whom an ask has asked, as one device works it out.
fn waves(town: &Town, who: usize, ask: ObjectId) -> Vec<(MemberId, u32, u64)> {
    town.look(who, |me, view| {
        let round = Round::read([&ask], me.now_ms, view).expect("the store works");
        let at = round.heads.iter().position(|head| head.id == ask).expect("is among them");
        let member = |asked: &super::Asked| (round.facts.members[asked.member].id, asked.wave, asked.at_ms);
        round.plans[at].asked.iter().map(member).collect()
    })
}

#[test]
fn who_said_that_they_know_it_is_asked_first() {
    let mut town = town();
    post(&mut town, json!({}));
    // 1 - (1 - .318)^4 = .784: enough.
    assert_eq!(asked(&town), ["Ben", "Cleo", "Dan", "Eva"]);
    let fit = shown(&town, 1)[0]["fit"].to_string();
    for part in ["You said that you know \\\"plumbing\\\".", "none of the 3 promises", "among the first"] {
        assert!(fit.contains(part), "{fit}");
    }
}

#[test]
fn a_decline_is_told_to_nobody_and_the_next_wave_covers_it() {
    let mut town = town();
    let ask = post(&mut town, json!({}));
    let before: Vec<_> = (0..NAMES.len()).map(|who| town.look(who, events)).collect();
    for who in 1..=4 {
        town.ask(who, "asks", json!({ "decline": { "ask": ask.to_string() } })).expect("may decline");
    }
    town.meet_all();
    assert_eq!((0..NAMES.len()).map(|who| town.look(who, events)).collect::<Vec<_>>(), before, "nothing was said");
    assert_eq!(asked(&town), [""; 0]);
    // Three hours, and one for each four who were asked.
    town.now_ms += 4 * HOUR_MS - 60_000;
    assert_eq!(asked(&town), [""; 0]);
    town.now_ms += 60_000;
    assert_eq!(asked(&town), ["Finn", "Gil", "Hana", "Ida"]);
    assert!(shown(&town, 5)[0]["fit"].to_string().contains("Others were asked before"));
}

fn events(_: &skein_app::Me, view: &skein_app::View<'_>) -> i64 {
    view.first("SELECT count(*) FROM event", [], |row| row.get(0)).expect("the store works").expect("counts")
}

#[test]
fn an_urgent_ask_goes_on_after_ten_minutes() {
    let mut town = town();
    post(&mut town, json!({ "urgent": true }));
    assert_eq!(asked(&town).len(), 4);
    town.now_ms += 10 * 60_000;
    assert_eq!(asked(&town).len(), 8);
}

#[test]
fn who_wants_to_hold_nothing_is_never_asked() {
    let mut town = town();
    town.say(1, "asks", json!({ "can": { "topics": ["plumbing"], "at_once": 0 } }));
    town.meet_all();
    let ask = post(&mut town, json!({}));
    town.now_ms += 40 * HOUR_MS;
    assert_eq!(asked(&town), ["Cleo", "Dan", "Eva", "Finn", "Gil", "Hana", "Ida"]);
    assert_eq!(waves(&town, 1, ask).len(), 7);
}

#[test]
fn who_holds_as_much_as_they_want_is_passed_over_until_they_are_free() {
    let mut town = town();
    town.say(1, "asks", json!({ "can": { "topics": ["plumbing"], "at_once": 1 } }));
    let other = post(&mut town, json!({ "title": "The shower leaks" }));
    town.say(1, "asks", json!({ "take": { "ask": other.to_string() } }));
    town.meet_all();
    post(&mut town, json!({}));
    assert_eq!(shown(&town, 1).len(), 0);
    assert_eq!(asked(&town).len(), 5, "the next best is asked instead");
}

#[test]
fn nobody_is_shown_more_than_six_in_a_day() {
    let mut town = town();
    let asks: Vec<_> = (0..9).map(|n| post(&mut town, json!({ "title": format!("Tap {n} drips") }))).collect();
    assert_eq!(shown(&town, 1).len(), 6);
    for item in shown(&town, 1) {
        town.ask(1, "asks", json!({ "seen": { "ask": item["ask"]["id"] } })).expect("is remembered");
    }
    let kept: Vec<_> = shown(&town, 1).iter().map(|item| item["ask"]["id"].clone()).collect();
    assert_eq!(kept.len(), 6, "what was shown stays");
    town.ask(1, "asks", json!({ "decline": { "ask": kept[0] } })).expect("may decline");
    assert_eq!(shown(&town, 1).len(), 5, "a decline makes no room for more on the same day");
    town.now_ms += 24 * HOUR_MS;
    let now = town.query(1, "asks", json!("now")).expect("is answered");
    assert_eq!((now["items"].as_array().expect("are items").len(), &now["more"]), (7, &json!(true)));
    assert_eq!(asks.len(), 9);
    // What is looked at again is nothing new.
    for id in &kept[1..] {
        town.ask(1, "asks", json!({ "seen": { "ask": id } })).expect("is known");
    }
    let again = town.query(1, "asks", json!("now")).expect("is answered");
    assert_eq!(again, now, "it takes no room from what is new");
}

#[test]
fn who_pauses_is_not_asked() {
    let mut town = town();
    post(&mut town, json!({}));
    town.ask(1, "asks", json!({ "pause": { "until": "2d" } })).expect("may pause");
    assert_eq!(asked(&town), ["Cleo", "Dan", "Eva"]);
}

#[test]
fn all_devices_work_out_the_same_whatever_their_order_of_arrival() {
    let mut town = town();
    let first = post(&mut town, json!({ "topic": "cooking" }));
    town.now_ms += 9 * HOUR_MS;
    town.say(5, "asks", json!({ "take": { "ask": first.to_string() } }));
    let apart = town.say(6, "asks", json!({ "take": { "ask": first.to_string() } }));
    town.meet_all();
    town.say(6, "asks", json!({ "release": { "promise": apart.to_string() } }));
    town.meet(&[6, 3]);
    town.meet_all();
    let second = post(&mut town, json!({}));
    town.now_ms += 9 * HOUR_MS;
    for ask in [first, second] {
        let all: Vec<_> = (0..NAMES.len()).map(|who| waves(&town, who, ask)).collect();
        assert!(all[0].len() >= 5, "{}", all[0].len());
        assert!(all.iter().all(|waves| *waves == all[0]));
    }
    let before = waves(&town, 2, second);
    town.rebuild(2);
    assert_eq!(waves(&town, 2, second), before, "rows that were made again say the same");
}

#[test]
fn a_later_promise_does_not_change_who_was_asked_before_it() {
    let mut town = town();
    let ask = post(&mut town, json!({}));
    let before = waves(&town, 1, ask);
    for who in 2..=4 {
        let other = post(&mut town, json!({ "title": format!("Tap {who} drips") }));
        town.say(who, "asks", json!({ "take": { "ask": other.to_string() } }));
    }
    town.meet_all();
    assert_eq!(waves(&town, 1, ask), before);
}

#[test]
fn while_it_is_taken_nobody_is_asked_and_afterwards_the_waves_go_on() {
    let mut town = town();
    let ask = post(&mut town, json!({}));
    let promise = town.say(1, "asks", json!({ "take": { "ask": ask.to_string() } }));
    town.meet_all();
    town.now_ms += 60 * HOUR_MS;
    assert_eq!(asked(&town), [""; 0]);
    assert_eq!(waves(&town, 0, ask).len(), 4, "no wave went out meanwhile");
    town.say(1, "asks", json!({ "release": { "promise": promise.to_string() } }));
    town.meet_all();
    assert_eq!(asked(&town), ["Cleo", "Dan", "Eva", "Finn", "Gil", "Hana", "Ida"], "all but who laid it down");
}

#[test]
fn who_stood_back_for_another_is_asked_again_and_who_gave_up_is_not() {
    let mut town = town();
    let ask = post(&mut town, json!({}));
    let take = json!({ "take": { "ask": ask.to_string() } });
    // Ben and Cleo take it while they are apart; Cleo stands back once she hears of it.
    let ben = town.say(1, "asks", take.clone());
    let cleo = town.say(2, "asks", take);
    town.meet_all();
    town.say(2, "asks", json!({ "release": { "promise": cleo.to_string() } }));
    town.meet_all();
    assert_eq!(asked(&town), [""; 0]);
    town.say(1, "asks", json!({ "release": { "promise": ben.to_string() } }));
    town.meet_all();
    assert_eq!(asked(&town), ["Cleo", "Dan", "Eva"]);
}

#[test]
fn after_a_failure_whoever_is_surest_comes_next() {
    let mut town = town();
    for who in 5..NAMES.len() {
        town.say(who, "asks", json!({ "can": { "topics": ["plumbing"] } }));
    }
    // Dan did it twice: he is the surest, and has done more than his share.
    for title in ["One tap", "Another tap"] {
        let ask = post(&mut town, json!({ "title": title }));
        done_by(&mut town, 3, ask, true);
    }
    town.now_ms += 48 * HOUR_MS;
    let ask = post(&mut town, json!({ "title": "The last tap" }));
    let dan = town.look(3, |me, _| me.member);
    let before = waves(&town, ANA, ask);
    assert!(before.len() == 4 && before.iter().all(|asked| asked.0 != dan), "others come first: {before:?}");
    let tries = (1..NAMES.len()).find(|who| town.look(*who, |me, _| me.member) == before[0].0).expect("is asked");
    let promise = done_by(&mut town, tries, ask, false);
    town.say(tries, "asks", json!({ "release": { "promise": promise } }));
    town.meet_all();
    town.now_ms += 5 * HOUR_MS;
    let after = waves(&town, ANA, ask);
    assert_eq!((after[..4].to_vec(), after[4].0), (before, dan));
}

/// Somebody takes it and says that it is done; Ana says whether it is good.
fn done_by(town: &mut Town, who: usize, ask: ObjectId, good: bool) -> String {
    let promise = town.say(who, "asks", json!({ "take": { "ask": ask.to_string() } })).to_string();
    town.meet_all();
    town.say(who, "asks", json!({ "deliver": { "promise": promise } }));
    town.meet_all();
    town.say(ANA, "asks", json!({ "confirm": { "promise": promise, "bad": !good } }));
    town.meet_all();
    promise
}

#[test]
fn who_asks_is_told_when_nobody_is_left() {
    let mut town = town();
    post(&mut town, json!({}));
    let told = |town: &Town| {
        let now = town.query(ANA, "asks", json!("now")).expect("is answered");
        now["items"].as_array().expect("are items").iter().any(|item| item["act"] == "replan")
    };
    assert!(!told(&town));
    town.now_ms += 9 * HOUR_MS;
    assert!(!told(&town), "all were asked, but not a day ago");
    town.now_ms += 16 * HOUR_MS;
    assert!(told(&town));
}

#[test]
fn who_is_alone_is_not_told_at_once_that_nobody_took_it() {
    let mut town = Town::of(&["Ana"]);
    post(&mut town, json!({}));
    let items = |town: &Town| town.query(ANA, "asks", json!("now")).expect("is answered")["items"].clone();
    assert_eq!(items(&town), json!([]));
    town.now_ms += 25 * HOUR_MS;
    assert_eq!(items(&town)[0]["act"], "replan");
}

#[test]
fn every_fifth_may_be_somebody_who_wants_to_learn_it() {
    let mut town = town();
    town.say(8, "asks", json!({ "can": { "learning": ["plumbing"] } }));
    // Nobody who knows it is left for the fifth place but learners and strangers.
    for who in 5..8 {
        town.say(who, "asks", json!({ "can": { "topics": ["plumbing"], "hours": "mon 0-1" } }));
    }
    town.meet_all();
    let ask = post(&mut town, json!({}));
    town.now_ms += 4 * HOUR_MS;
    let (ida, fifth) = (town.look(8, |me, _| me.member), waves(&town, ANA, ask)[4].0);
    assert_eq!(fifth, ida);
    assert!(shown(&town, 8)[0]["fit"].to_string().contains("want to learn"));
}

#[test]
fn hours_and_what_was_done_before_count() {
    let mut town = town();
    // It is Saturday: Ben can be asked on Mondays only.
    town.say(1, "asks", json!({ "can": { "topics": ["plumbing"], "hours": "mon 0-24" } }));
    let first = post(&mut town, json!({}));
    // Outside his hours he comes after all others who know it, and before those who do not.
    let ben = town.look(1, |me, _| me.member);
    assert_eq!(waves(&town, ANA, first).iter().position(|asked| asked.0 == ben), Some(3));
    town.say(3, "asks", json!({ "take": { "ask": first.to_string() } }));
    town.meet_all();
    town.say(3, "asks", json!({ "deliver": { "promise": first.to_string() } }));
    town.meet_all();
    town.say(ANA, "asks", json!({ "confirm": { "promise": first.to_string() } }));
    town.meet_all();
    town.now_ms += 48 * HOUR_MS;
    let second = post(&mut town, json!({ "title": "Another tap" }));
    // On Monday Ben counts in full; Dan did it once, and has therefore done his share.
    assert_eq!(waves(&town, ANA, second).len(), 4);
    assert!(shown(&town, 1)[0]["fit"].to_string().contains("You said that you can be asked at this time."));
    let dan = shown(&town, 3);
    assert!(dan.is_empty() || dan[0]["fit"].to_string().contains("once for others"), "{dan:?}");
}

#[test]
fn what_only_ones_own_device_knows_skips_one_and_nobody_else() {
    let mut town = town();
    let ask = post(&mut town, json!({}));
    town.look(2, |me, view| {
        let round = Round::read([], me.now_ms, view).expect("the store works");
        let asked = |own: &Own| round.fitting(&me.member, own).iter().any(|invited| invited.ask == ask);
        assert!(asked(&Own::default()));
        assert!(!asked(&Own { declined: [ask].into(), ..Own::default() }));
        assert!(!asked(&Own { paused: true, ..Own::default() }));
        assert!(!asked(&Own { holds: 3, ..Own::default() }));
    });
}
