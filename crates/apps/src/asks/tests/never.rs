//! What may never be seen: a number about another person. Every answer is taken as every member and looked through.

use serde_json::{Value, json};

use super::town::{ANA, Asking, BEN, CEM, DIA, four};
use crate::testing::Town;

/// Numbers that may stand beside a name: what that person said themselves of this one ask, and when.
const SAID: &[&str] = &["amount", "part", "at_ms", "due_ms", "released_ms"];

/// Everything that can be asked here, as it is asked.
fn questions(ask: &str) -> Vec<Value> {
    vec![
        json!("now"),
        json!({ "ls": { "all": true } }),
        json!({ "show": { "ask": ask } }),
        json!("mine"),
        json!({ "like": { "kind": "need", "title": "Ladder", "topic": "tools" } }),
        json!("me"),
        json!("words"),
        json!("patterns"),
        json!("patterns"),
    ]
}

/// A community in which much has happened: the same helper again and again, one who declines, one who lets others down.
fn busy() -> (Town, String) {
    let mut town = four();
    town.does(BEN, json!({ "can": { "topics": ["tools"], "at_once": 5 } }));
    let mut last = String::new();
    for n in 0..6 {
        let ask = town.post(ANA, "need", &format!("Ladder {n}"), json!({ "topic": "tools" }));
        town.meet_all();
        let promise = town.take(BEN, &ask);
        town.meet_all();
        town.does(ANA, json!({ "confirm": { "promise": promise, "bad": n == 3 } }));
        town.does(ANA, json!({ "thank": { "promise": promise, "text": "thanks" } }));
        town.does(CEM, json!({ "decline": { "ask": ask } }));
        last = ask;
    }
    let open = town.post(CEM, "need", "Ladder again", json!({ "topic": "tools" }));
    town.meet_all();
    town.take(DIA, &open);
    town.meet_all();
    (town, last)
}

/// Walks an answer; `about` is the name that this part of it is about.
fn look(value: &Value, about: Option<&str>, me: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let named = fields.get("by").or(fields.get("to")).or(Some(value));
            let name = named.and_then(|person| person.get("name")).and_then(Value::as_str).filter(|name| *name != me);
            let is_ask = fields.contains_key("title") && fields.contains_key("kind");
            let about = if is_ask { None } else { name.or(about) };
            for (field, inner) in fields {
                if inner.is_number() && about.is_some() && !SAID.contains(&field.as_str()) {
                    found.push(format!("{field}: {inner} beside {about:?}"));
                }
                look(inner, about, me, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| look(item, about, me, found)),
        _ => {}
    }
}

#[test]
fn no_answer_holds_a_number_about_another_person() {
    let (town, ask) = busy();
    for (who, me) in [(ANA, "Ana"), (BEN, "Ben"), (CEM, "Cem"), (DIA, "Dia")] {
        for question in questions(&ask) {
            let answer = town.query(who, "asks", question.clone()).expect("is answered");
            let mut found = Vec::new();
            look(&answer, None, me, &mut found);
            assert!(found.is_empty(), "{me} asks {question}: {found:#?}");
        }
    }
}

#[test]
fn no_text_holds_a_count_a_rank_or_a_share_of_another_person() {
    let (town, ask) = busy();
    let names = ["Ana", "Ben", "Cem", "Dia"];
    for (who, me) in names.iter().enumerate() {
        for question in questions(&ask) {
            let text = town.text(who, "asks", question.clone());
            for line in text.lines() {
                let others = names.iter().any(|name| name != me && line.contains(name));
                let counts = ["times", "%", "rank", "score", "out of", "per "].iter().any(|word| line.contains(word));
                assert!(!(others && counts), "{me} asks {question}: {line}");
            }
        }
    }
}

#[test]
fn the_test_itself_sees_such_a_number() {
    let mut found = Vec::new();
    let answer = json!({ "helpers": [{ "by": { "member": "x", "name": "Ben" }, "deliveries": 5, "amount": 2 }] });
    look(&answer, None, "Ana", &mut found);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_decline_leaves_no_event_and_nobody_else_can_tell() {
    let mut town = four();
    let ask = town.post(ANA, "need", "Ladder", json!({}));
    town.meet_all();
    let before = town.rows(ANA, "asks");
    town.does(BEN, json!({ "decline": { "ask": ask } }));
    town.does(BEN, json!({ "pause": { "until": "3d" } }));
    town.meet_all();
    assert!(town.show(BEN, &ask).declined_ms.is_some());
    assert_eq!(town.rows(ANA, "asks"), before);
    assert_eq!(town.rows(BEN, "asks"), before, "not even in the rows of the one who declined");
    for who in [ANA, CEM] {
        let text = town.query(who, "asks", json!({ "show": { "ask": ask } })).expect("is answered");
        assert_eq!(text["ask"]["declined_ms"], Value::Null);
    }
    town.does(BEN, json!({ "decline": { "ask": ask, "undo": true } }));
    assert!(town.show(BEN, &ask).declined_ms.is_none());
}
