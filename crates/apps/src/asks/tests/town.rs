//! A few members with asks: shorthands for the tests.

use serde_json::{Value, json};
use skein_app::Refusal;

use crate::asks::{Answer, AskDetail, AskRow, Todo};
use crate::testing::Town;

/// Members by number.
pub const ANA: usize = 0;
pub const BEN: usize = 1;
pub const CEM: usize = 2;
pub const DIA: usize = 3;

/// An hour and a day, in milliseconds.
pub const HOUR: u64 = 3_600_000;
pub const DAY: u64 = 24 * HOUR;

/// The community of four.
pub fn four() -> Town {
    Town::of(&["Ana", "Ben", "Cem", "Dia"])
}

/// What asks are asked in tests.
pub trait Asking {
    /// Something that must be accepted; gives the id of the ask or promise: the event for promises, the object for posts.
    fn does(&mut self, who: usize, command: Value) -> String;
    /// Why something is refused.
    fn refuses(&mut self, who: usize, command: Value) -> Refusal;
    /// Posts an ask with these further words; gives its id.
    fn post(&mut self, who: usize, kind: &str, title: &str, more: Value) -> String;
    /// Takes an ask; gives the promise.
    fn take(&mut self, who: usize, ask: &str) -> String;
    /// One ask, as somebody sees it.
    fn show(&self, who: usize, ask: &str) -> AskDetail;
    /// The asks that are not over.
    fn list(&self, who: usize) -> Vec<AskRow>;
    /// What needs somebody now.
    fn now(&self, who: usize) -> Vec<Todo>;
}

fn answer(town: &Town, who: usize, query: Value) -> Answer {
    serde_json::from_value(town.query(who, "asks", query).expect("is answered")).expect("is an answer")
}

impl Asking for Town {
    fn does(&mut self, who: usize, command: Value) -> String {
        let posts = command.get("post").is_some();
        match self.ask(who, "asks", command.clone()) {
            Ok(skein_node::Answer::Said { event, object }) => {
                if posts {
                    object.to_string()
                } else {
                    event.to_string()
                }
            }
            Ok(skein_node::Answer::Do(_)) => String::new(),
            Err(refusal) => panic!("{command} was refused: {refusal:?}"),
        }
    }

    fn refuses(&mut self, who: usize, command: Value) -> Refusal {
        match self.ask(who, "asks", command.clone()) {
            Err(refusal) => {
                assert!(!refusal.message.is_empty());
                refusal
            }
            Ok(said) => panic!("{command} was not refused: {said:?}"),
        }
    }

    fn post(&mut self, who: usize, kind: &str, title: &str, more: Value) -> String {
        let mut post = json!({ "kind": kind, "title": title });
        post.as_object_mut().expect("is one").extend(more.as_object().cloned().unwrap_or_default());
        self.does(who, json!({ "post": post }))
    }

    fn take(&mut self, who: usize, ask: &str) -> String {
        self.does(who, json!({ "take": { "ask": ask } }))
    }

    fn show(&self, who: usize, ask: &str) -> AskDetail {
        match answer(self, who, json!({ "show": { "ask": ask } })) {
            Answer::Ask { ask } => *ask,
            other => panic!("{other:?}"),
        }
    }

    fn list(&self, who: usize) -> Vec<AskRow> {
        match answer(self, who, json!({ "ls": {} })) {
            Answer::Asks { asks, .. } => asks,
            other => panic!("{other:?}"),
        }
    }

    fn now(&self, who: usize) -> Vec<Todo> {
        match answer(self, who, json!("now")) {
            Answer::Now { items, .. } => items,
            other => panic!("{other:?}"),
        }
    }
}
