//! Asks from beginning to end: each kind, and what people do when it does not go straight.

use serde_json::json;

use super::town::{ANA, Asking, BEN, CEM, DAY, DIA, HOUR, four};
use crate::asks::{Held, NextAct, State};

#[test]
fn a_need_is_taken_delivered_confirmed_and_thanked() {
    let mut town = four();
    let ask = town.post(ANA, "need", "A ladder for Saturday", json!({ "topic": "Tools", "until": "5d" }));
    town.meet_all();
    let row = town.list(BEN).remove(0);
    assert_eq!((row.state, row.topic.as_str(), row.room), (State::Open, "tools", true));
    assert_eq!(row.next.map(|next| (next.act, next.who.is_none(), next.yours)), Some((NextAct::Take, true, true)));
    let own = town.list(ANA).remove(0).next.map(|next| (next.act, next.yours));
    assert_eq!(own, Some((NextAct::Take, false)), "nobody takes what is their own");
    town.take(BEN, "A ladder for Saturday");
    town.meet_all();
    let next = town.show(ANA, &ask).row.next.expect("is open");
    assert_eq!((next.act, next.who.map(|who| who.name)), (NextAct::Deliver, Some("Ben".into())));
    town.does(BEN, json!({ "deliver": { "promise": ask, "note": "it stands at your door" } }));
    town.meet_all();
    assert_eq!(town.show(CEM, &ask).row.state, State::Delivered);
    assert_eq!(town.now(ANA).iter().map(|todo| todo.act).collect::<Vec<_>>(), [NextAct::Confirm]);
    town.does(ANA, json!({ "confirm": { "promise": ask } }));
    town.does(ANA, json!({ "thank": { "promise": ask, "text": "that saved the roof" } }));
    town.meet_all();
    let over = town.show(DIA, &ask);
    assert_eq!((over.row.state, over.row.next, over.promises[0].held), (State::Done, None, Held::Confirmed));
    assert_eq!((over.words[0].text.as_str(), over.words[0].to.name.as_str()), ("that saved the roof", "Ben"));
    assert!(town.list(DIA).is_empty() && town.now(ANA).is_empty() && town.now(BEN).is_empty());
}

#[test]
fn what_an_ask_said_can_be_unsaid() {
    let mut town = four();
    let more = json!({ "until": "5d", "place": "The hall", "point": "52.52,13.405" });
    let ask = town.post(ANA, "need", "Chairs", more);
    town.does(ANA, json!({ "change": { "ask": ask, "clear": ["date"] } }));
    let row = town.show(ANA, &ask).row;
    assert_eq!((row.until_ms, row.place.is_some()), (None, true));
    town.does(ANA, json!({ "change": { "ask": ask, "clear": ["place"], "until": "2d" } }));
    let row = town.show(ANA, &ask).row;
    assert_eq!((row.until_ms.is_some(), row.place), (true, None));
    let pledged = json!({ "until": "5d", "parts": [{ "minimum": 2, "optimum": 2 }] });
    let campaign = town.post(ANA, "campaign", "Beds", pledged);
    let refused = town.refuses(ANA, json!({ "change": { "ask": campaign, "clear": ["date"] } }));
    assert!(refused.message.contains("date stays"), "{refused:?}");
}

#[test]
fn two_who_took_the_same_while_apart_both_see_it_and_one_tap_settles_it() {
    let mut town = four();
    let ask = town.post(ANA, "need", "Soup for Mrs Roth", json!({ "behalf": "Mrs Roth" }));
    town.meet_all();
    let first = town.take(BEN, &ask);
    let second = town.take(CEM, &ask);
    town.meet_all();
    for who in [ANA, BEN, CEM, DIA] {
        let ask = town.show(who, &ask);
        assert!(ask.row.contested, "{who} sees it");
        let held: Vec<_> = ask.promises.iter().map(|promise| (promise.held, promise.apart)).collect();
        assert_eq!(held, [(Held::Holds, false), (Held::Helps, true)]);
    }
    assert_eq!(town.now(ANA)[0].act, NextAct::Settle);
    town.does(ANA, json!({ "choose": { "promises": [second] } }));
    town.meet_all();
    for who in [ANA, BEN, CEM] {
        let ask = town.show(who, &ask);
        assert!(!ask.row.contested);
        let of =
            |id: &str| ask.promises.iter().find(|promise| promise.id.to_string() == id).map(|promise| promise.held);
        assert_eq!((of(&first), of(&second)), (Some(Held::Helps), Some(Held::Holds)), "nobody is lost");
    }
    town.does(BEN, json!({ "release": { "promise": first } }));
    town.meet_all();
    assert_eq!(town.show(ANA, &ask).promises[0].held, Held::Released);
}

#[test]
fn a_second_who_knows_of_the_first_is_a_helper_and_no_conflict() {
    let mut town = four();
    let ask = town.post(ANA, "need", "Move the piano", json!({}));
    town.meet_all();
    town.take(BEN, &ask);
    town.meet_all();
    town.take(CEM, &ask);
    town.meet_all();
    let ask = town.show(ANA, &ask);
    assert_eq!((ask.row.contested, ask.promises[1].held), (false, Held::Helps));
}

#[test]
fn a_promise_is_handed_over_and_stays_with_its_giver_until_it_is_taken() {
    let mut town = four();
    let ask = town.post(ANA, "need", "Feed the cat", json!({ "until": "2d" }));
    town.meet_all();
    town.take(BEN, &ask);
    town.does(BEN, json!({ "help-me": { "promise": ask, "note": "I am ill" } }));
    town.does(BEN, json!({ "hand": { "promise": ask, "to": "Cem" } }));
    town.meet_all();
    assert_eq!(town.show(ANA, &ask).promises[0].by.name, "Ben");
    assert_eq!(town.now(CEM)[0].act, NextAct::TakeOver);
    town.refuses(DIA, json!({ "take-over": { "promise": ask } }));
    town.does(CEM, json!({ "take-over": { "promise": ask } }));
    town.meet_all();
    let promise = town.show(BEN, &ask).promises.remove(0);
    assert_eq!((promise.by.name.as_str(), promise.handed, promise.help), ("Cem", None, None));
    town.refuses(BEN, json!({ "deliver": { "promise": ask } }));
}

#[test]
fn half_time_and_the_end_of_the_time_are_asked_about() {
    let mut town = four();
    let ask = town.post(ANA, "need", "Mend the fence", json!({ "until": "10d" }));
    town.meet_all();
    town.take(BEN, &ask);
    let act = |town: &crate::testing::Town| town.now(BEN).first().map(|todo| todo.act);
    assert_eq!(act(&town), Some(NextAct::Deliver));
    town.now_ms += 6 * DAY;
    assert_eq!(act(&town), Some(NextAct::Check));
    town.does(BEN, json!({ "on-track": { "promise": ask } }));
    assert_eq!(act(&town), Some(NextAct::Deliver));
    town.now_ms += 5 * DAY;
    assert_eq!(act(&town), Some(NextAct::Replan));
    town.does(BEN, json!({ "on-track": { "promise": ask, "until": "4d" } }));
    assert_eq!(act(&town), Some(NextAct::Deliver));
}

#[test]
fn what_nobody_confirms_is_over_after_a_week_without_credit() {
    let mut town = four();
    let ask = town.post(ANA, "need", "Boxes", json!({}));
    town.meet_all();
    town.take(BEN, &ask);
    town.does(BEN, json!({ "deliver": { "promise": ask } }));
    town.meet_all();
    town.now_ms += 8 * DAY;
    let ask = town.show(ANA, &ask);
    assert_eq!((ask.row.state, ask.promises[0].held, ask.row.parts[0].confirmed), (State::Done, Held::Delivered, 0));
}

#[test]
fn an_offer_goes_the_other_way_round() {
    let mut town = four();
    let ask = town.post(ANA, "offer", "Tomatoes", json!({ "parts": [{ "minimum": 1, "optimum": 10 }] }));
    town.meet_all();
    town.does(BEN, json!({ "take": { "ask": ask, "amount": 4 } }));
    town.meet_all();
    let next = town.show(BEN, &ask).row.next.expect("is open");
    assert_eq!((next.act, next.who.map(|who| who.name)), (NextAct::Deliver, Some("Ana".into())));
    town.refuses(BEN, json!({ "deliver": { "promise": ask } }));
    town.does(ANA, json!({ "deliver": { "promise": ask } }));
    town.meet_all();
    town.does(BEN, json!({ "confirm": { "promise": ask } }));
    town.does(BEN, json!({ "thank": { "promise": ask, "text": "sweet" } }));
    town.meet_all();
    let ask = town.show(ANA, &ask);
    assert_eq!((ask.row.state, ask.words[0].to.name.as_str()), (State::Done, "Ana"));
}

#[test]
fn a_shift_has_slots_a_minimum_and_a_waiting_list() {
    let mut town = four();
    let starts = town.now_ms + DAY;
    let slot = json!({ "minimum": 2, "optimum": 2, "starts_ms": starts, "ends_ms": starts + 4 * HOUR });
    let ask = town.post(ANA, "shift", "Kitchen", json!({ "parts": [slot], "weeks": 2 }));
    town.meet_all();
    assert_eq!(town.show(BEN, &ask).row.parts.len(), 2, "this week and the next");
    for who in [BEN, CEM, DIA] {
        town.take(who, &ask);
        town.meet_all();
    }
    let held: Vec<_> = town.show(ANA, &ask).promises.iter().map(|promise| promise.held).collect();
    assert_eq!(held, [Held::Holds, Held::Holds, Held::Waits]);
    town.does(BEN, json!({ "release": { "promise": ask } }));
    town.meet_all();
    assert_eq!(town.show(DIA, &ask).row.mine.map(|mine| mine.held), Some(Held::Holds), "the next on the list moves up");
    let id = town.show(ANA, &ask).promises[1].id.to_string();
    town.does(ANA, json!({ "confirm": { "promise": id, "bad": true, "note": "was not there" } }));
    assert_eq!(town.show(ANA, &ask).promises[1].held, Held::Returned);
}

#[test]
fn a_report_is_fixed_and_anyone_may_open_it_again() {
    let mut town = four();
    let ask = town.post(ANA, "report", "Street lamp is dark", json!({ "topic": "light", "point": "52.52,13.405" }));
    town.meet_all();
    town.does(CEM, json!({ "follow": { "ask": ask } }));
    town.take(BEN, &ask);
    town.does(BEN, json!({ "deliver": { "promise": ask, "note": "new bulb" } }));
    town.meet_all();
    assert_eq!(town.show(CEM, &ask).row.state, State::Done);
    town.does(DIA, json!({ "reopen": { "ask": ask, "why": "it is dark again" } }));
    town.meet_all();
    let again = town.show(ANA, &ask);
    assert_eq!((again.row.state, again.note.as_str(), again.followers), (State::Taken, "it is dark again", 2));
    town.does(BEN, json!({ "deliver": { "promise": ask } }));
    assert_eq!(town.show(BEN, &ask).row.state, State::Done);
}

#[test]
fn a_gig_is_bid_for_accepted_delivered_by_milestones_and_reviewed_by_both() {
    let mut town = four();
    let parts =
        json!([{ "what": "draft", "minimum": 4, "optimum": 4 }, { "what": "print", "minimum": 2, "optimum": 2 }]);
    let ask = town.post(ANA, "gig", "Design the flyer", json!({ "parts": parts }));
    town.meet_all();
    town.does(BEN, json!({ "take": { "ask": ask, "amount": 7 } }));
    let bid = town.does(CEM, json!({ "take": { "ask": ask, "amount": 6, "note": "by Friday" } }));
    town.meet_all();
    assert_eq!(town.show(ANA, &ask).row.next.map(|next| (next.act, next.yours)), Some((NextAct::Accept, true)));
    town.refuses(CEM, json!({ "deliver": { "promise": bid } }));
    town.does(ANA, json!({ "choose": { "promises": [bid] } }));
    town.meet_all();
    assert_eq!(town.show(BEN, &ask).promises[0].held, Held::Released);
    for part in [1, 2] {
        town.does(CEM, json!({ "deliver": { "promise": bid } }));
        town.meet_all();
        assert_eq!(town.show(ANA, &ask).row.state, State::Delivered);
        town.does(ANA, json!({ "confirm": { "promise": bid } }));
        town.meet_all();
        assert_eq!(town.show(ANA, &ask).row.state, if part == 2 { State::Done } else { State::Taken });
    }
    town.does(CEM, json!({ "review": { "ask": ask, "text": "clear and kind" } }));
    town.meet_all();
    assert!(town.show(ANA, &ask).reviews.is_empty(), "not before both are in");
    assert!(!town.show(CEM, &ask).reviews[0].shown);
    town.does(ANA, json!({ "review": { "ask": ask, "text": "lovely work" } }));
    town.meet_all();
    assert_eq!(town.show(BEN, &ask).reviews.len(), 2);
}

#[test]
fn leads_are_shared_handed_on_and_laid_down() {
    let mut town = four();
    let ask =
        town.post(ANA, "campaign", "A bench", json!({ "until": "30d", "parts": [{ "minimum": 10, "optimum": 20 }] }));
    town.meet_all();
    let leads = |town: &crate::testing::Town| -> Vec<String> {
        town.show(DIA, &ask).row.leads.into_iter().map(|person| person.name).collect()
    };
    assert_eq!(leads(&town), ["Ana"]);
    town.refuses(BEN, json!({ "lead": { "ask": ask } }));
    town.does(ANA, json!({ "lead": { "ask": ask, "share": "Ben" } }));
    town.meet_all();
    assert_eq!(leads(&town), ["Ana"], "nobody leads without having said yes");
    town.does(BEN, json!({ "lead": { "ask": ask } }));
    town.meet_all();
    assert_eq!(leads(&town), ["Ana", "Ben"]);
    town.does(ANA, json!({ "lead": { "ask": ask, "hand": "Cem" } }));
    town.meet_all();
    town.does(CEM, json!({ "lead": { "ask": ask } }));
    town.meet_all();
    assert_eq!(leads(&town), ["Ben", "Cem"]);
    for who in [BEN, CEM] {
        town.does(who, json!({ "lead": { "ask": ask, "lay_down": true } }));
    }
    town.meet_all();
    assert!(leads(&town).is_empty());
    town.does(DIA, json!({ "lead": { "ask": ask } }));
    assert_eq!(leads(&town), ["Dia"], "whoever wants may take what nobody leads");
}

#[test]
fn nobody_is_lead_of_everything() {
    let mut town = four();
    for n in 0..8 {
        let ask = town.post(ANA, "campaign", &format!("Plan {n}"), json!({ "until": "30d" }));
        town.does(ANA, json!({ "lead": { "ask": ask, "lay_down": true } }));
    }
    town.meet_all();
    for n in 0..7 {
        town.does(BEN, json!({ "lead": { "ask": format!("Plan {n}") } }));
    }
    assert_eq!(town.refuses(BEN, json!({ "lead": { "ask": "Plan 7" } })).kind, skein_app::Kind::Limit);
}
