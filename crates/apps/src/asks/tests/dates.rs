//! What is decided by a date: not sure until everybody who counts was heard of since, then the same for all and for good.

use serde_json::{Value, json};

use super::town::{ANA, Asking, BEN, CEM, DAY, DIA, four};
use crate::asks::{Held, NextAct, State};
use crate::testing::Town;

fn campaign(town: &mut Town, minimum: u64) -> String {
    let parts = json!([{ "minimum": minimum, "optimum": 100 }]);
    let ask = town.post(ANA, "campaign", "A bench", json!({ "until": "3d", "parts": parts }));
    town.meet_all();
    ask
}

fn pledge(town: &mut Town, who: usize, ask: &str, amount: u64) -> String {
    town.does(who, json!({ "take": { "ask": ask, "amount": amount } }))
}

fn state(town: &Town, who: usize, ask: &str) -> (State, bool, Vec<String>) {
    let row = town.show(who, ask).row;
    (row.state, row.sure, row.unheard.into_iter().map(|person| person.name).collect())
}

/// Anything said, so that the log goes on.
fn speak(town: &mut Town, who: usize) {
    town.say(who, "chat", json!({ "say": { "channel": "general", "text": ["hello"] } }));
}

#[test]
fn not_enough_by_the_date_releases_all_but_only_when_everybody_was_heard() {
    let mut town = four();
    let ask = campaign(&mut town, 10);
    pledge(&mut town, BEN, &ask, 4);
    town.meet_all();
    // Cem pledges in time, but far away.
    pledge(&mut town, CEM, &ask, 6);
    town.now_ms += 4 * DAY;
    for who in [ANA, BEN, DIA] {
        speak(&mut town, who);
    }
    town.meet(&[ANA, BEN, DIA]);
    assert_eq!(state(&town, ANA, &ask), (State::Failed, false, vec!["Cem".to_string()]), "not sure: Cem is missing");
    town.meet_all();
    assert_eq!(state(&town, ANA, &ask), (State::Taken, false, vec!["Cem".to_string()]), "it came together after all");
    speak(&mut town, CEM);
    town.meet_all();
    for who in [ANA, BEN, CEM, DIA] {
        assert_eq!(state(&town, who, &ask), (State::Taken, true, vec![]));
    }
    assert_eq!(town.now(BEN)[0].act, NextAct::Replan, "its time is over: what was pledged is due");
}

#[test]
fn what_did_not_come_together_is_sure_once_all_were_heard() {
    let mut town = four();
    let ask = campaign(&mut town, 10);
    pledge(&mut town, BEN, &ask, 4);
    town.meet_all();
    town.now_ms += 4 * DAY;
    for who in [ANA, BEN, CEM, DIA] {
        speak(&mut town, who);
    }
    town.meet_all();
    for who in [ANA, BEN, CEM, DIA] {
        assert_eq!(state(&town, who, &ask), (State::Failed, true, vec![]));
        assert!(town.now(who).is_empty(), "nobody owes anything");
    }
    let late = town.refuses(DIA, json!({ "take": { "ask": ask, "amount": 10 } }));
    assert!(late.message.contains("over"), "{late:?}");
}

#[test]
fn a_pledge_that_is_changed_counts_once() {
    let mut town = four();
    let ask = campaign(&mut town, 10);
    pledge(&mut town, BEN, &ask, 4);
    pledge(&mut town, BEN, &ask, 7);
    town.meet_all();
    let shown = town.show(ANA, &ask);
    assert_eq!(shown.row.parts[0].promised, 7);
    assert_eq!(shown.promises.iter().map(|promise| promise.held).collect::<Vec<_>>(), [Held::Released, Held::Holds]);
}

#[test]
fn whose_clock_was_set_back_posts_by_the_time_of_what_was_said_before() {
    let mut town = four();
    speak(&mut town, ANA);
    town.meet_all();
    town.now_ms -= 4 * 60_000;
    for who in [ANA, BEN] {
        let ask = town.post(who, "need", "A ladder", json!({ "until": "2m" }));
        assert_eq!(town.show(who, &ask).row.state, State::Open, "what is answered with \"done\" is there");
    }
    town.now_ms -= 5 * DAY;
    let refused = town.refuses(ANA, json!({ "post": { "kind": "need", "title": "A rope" } }));
    assert!(refused.message.contains("clock"), "else nobody would see it for five days: {refused:?}");
}

#[test]
fn a_petition_counts_each_member_once_and_goes_to_its_addressee() {
    let mut town = four();
    let parts: Value = json!([{ "minimum": 3, "optimum": 1000 }]);
    let ask =
        town.post(ANA, "petition", "Lights in the park", json!({ "to": "The council", "parts": parts, "until": "9d" }));
    town.meet_all();
    for who in [ANA, BEN] {
        town.take(who, &ask);
        assert!(town.refuses(who, json!({ "take": { "ask": ask } })).message.contains("signed"));
    }
    town.meet_all();
    assert_eq!(town.show(DIA, &ask).row.state, State::Open);
    town.take(CEM, &ask);
    town.meet_all();
    let row = town.show(DIA, &ask).row;
    assert_eq!((row.state, row.parts[0].promised), (State::Taken, 3));
    assert_eq!(town.now(ANA)[0].act, NextAct::Send);
    town.does(ANA, json!({ "tell": { "ask": ask, "text": "handed over", "kind": "sent" } }));
    assert_eq!(town.now(ANA)[0].act, NextAct::Answer);
    assert_eq!(town.show(BEN, &ask).row.state, State::Taken);
    town.does(ANA, json!({ "tell": { "ask": ask, "text": "they will decide in May", "kind": "answer" } }));
    town.meet_all();
    let over = town.show(BEN, &ask);
    assert_eq!((over.row.state, over.row.next, over.news.len()), (State::Done, None, 2));
    assert!(town.now(ANA).is_empty());
    town.does(ANA, json!({ "reopen": { "ask": ask, "why": "May is over" } }));
    assert_eq!(town.show(ANA, &ask).row.next.map(|next| next.act), Some(NextAct::Send));
}

#[test]
fn who_lays_a_pledge_down_after_the_date_does_not_undo_what_came_together() {
    let mut town = four();
    let ask = campaign(&mut town, 5);
    pledge(&mut town, BEN, &ask, 5);
    town.meet_all();
    town.now_ms += 4 * DAY;
    for who in [ANA, BEN, CEM, DIA] {
        speak(&mut town, who);
    }
    town.meet_all();
    assert_eq!(state(&town, CEM, &ask), (State::Taken, true, vec![]));
    town.does(BEN, json!({ "release": { "promise": ask, "note": "I broke my arm" } }));
    town.meet_all();
    assert_eq!(state(&town, CEM, &ask), (State::Taken, true, vec![]));
    assert_eq!(town.show(CEM, &ask).promises[0].held, Held::Released, "but nobody is held to it");
}
