//! Ten thousand asks are carried: told to others, found, listed in parts, chosen from, taken, written to a file.

use serde_json::{Value, json};

use super::town::{ANA, Asking, BEN};
use crate::asks::State;
use crate::testing::Town;

const MANY: usize = 10_000;

#[test]
fn ten_thousand_asks_are_carried() {
    let mut town = Town::of(&["Ana", "Ben"]);
    for n in 0..MANY {
        town.post(ANA, "need", &format!("Need {n}"), json!({ "topic": format!("topic {}", n % 50) }));
    }
    town.meet_all();
    let list = |town: &Town, ls: Value| town.query(BEN, "asks", json!({ "ls": ls })).expect("is answered");
    let count = |answer: &Value| answer["asks"].as_array().map_or(0, Vec::len);
    let some = list(&town, json!({ "limit": 1_000 }));
    assert_eq!((count(&some), &some["more"]), (1_000, &json!(true)));
    assert_eq!(count(&list(&town, json!({ "topic": "topic 7", "limit": 1_000 }))), MANY / 50);
    assert_eq!(count(&list(&town, json!({ "words": "Need 1234" }))), 1);
    assert!((1..=7).contains(&town.now(BEN).len()), "a list to live by, not ten thousand duties");
    town.take(BEN, "Need 7777");
    assert_eq!(town.show(BEN, "Need 7777").row.state, State::Taken);
    let file = town.query(BEN, "asks", json!({ "export": {} })).expect("is answered");
    assert_eq!(file["text"].as_str().expect("is text").lines().count(), MANY + 1);
}
