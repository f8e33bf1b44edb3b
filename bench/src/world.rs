//! Nodes for measuring: keys, a founded community, a second member, many messages.

use skein_event::{AppName, CommunityId, EventId, SecretKey};
use skein_node::{Answer, Effect, Input, Keys, Node, Rules};
use skein_store::Store;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The rules of the house.
pub fn rules() -> Rules {
    Rules { apps: skein_apps::APPS, roster: skein_apps::ROSTER }
}

/// The wall clock in milliseconds.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Fixed keys, so that runs can be compared.
pub fn keys(n: u8) -> Keys {
    Keys { device: SecretKey::from_bytes([n; 32]), member: SecretKey::from_bytes([n + 100; 32]) }
}

/// A text of about `bytes` bytes, different for each number.
pub fn text(number: u64, bytes: usize) -> String {
    const WORDS: [&str; 16] = [
        "garden", "tool", "water", "saturday", "bring", "seeds", "shed", "key", "meeting", "who", "can", "help",
        "with", "the", "new", "beds",
    ];
    let mut text = format!("message {number}:");
    let mut at = number;
    while text.len() < bytes {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(' ');
        text.push_str(WORDS[(at >> 60) as usize]);
    }
    text.truncate(bytes);
    text
}

/// A founded community over a store.
pub fn found(store: Store, keys: Keys) -> Node {
    found_at(store, keys, now_ms())
}

/// A community that was founded at another time: what is said there may be as old as that.
pub fn found_at(store: Store, keys: Keys, now: u64) -> Node {
    let rules = rules();
    let payload = rules.roster.founding(&keys.member, &keys.device.device(), "Bench", "Ana");
    let app = AppName::new(rules.roster.app()).expect("the roster's app has a proper name");
    let community = Node::founds(keys.device.device(), app, &payload, now);
    let mut node = Node::open(rules, community, keys, false, store).expect("opens");
    node.handle(vec![Input::Introduce { ticket: 0, payload }], now).expect("founds");
    node
}

/// An empty node of somebody who is invited.
pub fn newcomer(store: Store, community: CommunityId, keys: Keys) -> Node {
    Node::open(rules(), community, keys, false, store).expect("opens")
}

/// The events that were said.
pub fn said(effects: &[Effect]) -> Vec<EventId> {
    let event = |effect: &Effect| match effect {
        Effect::Answer { result: Ok(Answer::Said { event, .. }), .. } => Some(*event),
        Effect::Answer { result: Err(refusal), .. } => panic!("refused: {refusal}"),
        _ => None,
    };
    effects.iter().filter_map(event).collect()
}

/// The command that says a text.
pub fn say(text: String) -> serde_json::Value {
    serde_json::json!({ "say": { "channel": "general", "text": [text], "thread": null, "reply": null } })
}

/// Says `count` messages, many in one transaction.
pub fn say_many(node: &mut Node, count: u64, bytes: usize) {
    for first in (0..count).step_by(500) {
        let ask = |n| Input::Ask { ticket: n, app: "chat".into(), command: say(text(n, bytes)) };
        let inputs = (first..count.min(first + 500)).map(ask).collect();
        said(&node.handle(inputs, now_ms()).expect("handles"));
    }
}

/// A store in a file.
pub fn file(path: &Path) -> Store {
    Store::open(path).expect("a file can be made")
}

/// The seconds that this thread has been on a core: what a busy machine does not change much.
pub fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Passes frames between two nodes until neither has anything to say; gives the seconds that each spent.
pub fn exchange(a: &mut Node, b: &mut Node) -> (f64, f64) {
    let (a_id, b_id) = (a.device(), b.device());
    let mut spent = (0.0, 0.0);
    let mut to_a = vec![Input::PeerUp { device: b_id, guest: false }];
    let mut to_b = vec![Input::PeerUp { device: a_id, guest: false }];
    while !to_a.is_empty() || !to_b.is_empty() {
        let start = cpu_seconds();
        let from_a = a.handle(std::mem::take(&mut to_a), now_ms()).expect("handles");
        let middle = cpu_seconds();
        let from_b = b.handle(std::mem::take(&mut to_b), now_ms()).expect("handles");
        spent.0 += middle - start;
        spent.1 += cpu_seconds() - middle;
        to_b.extend(frames(from_a, a_id));
        to_a.extend(frames(from_b, b_id));
    }
    spent
}

fn frames(effects: Vec<Effect>, from: skein_event::DeviceId) -> impl Iterator<Item = Input> {
    effects.into_iter().filter_map(move |effect| match effect {
        Effect::Send { frame, .. } => Some(Input::Frame { from, bytes: frame }),
        _ => None,
    })
}
