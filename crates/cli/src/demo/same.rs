//! The check: do all five members hold the same?

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use skein_app::Refusal;
use skein_host::{Hit, MemberRow, Request};
use tokio::time::sleep;

use super::flock::Flock;
use super::folder;
use super::member::Member;
use super::story::Scene;
use crate::out::{Done, failed};

/// How long the last acts (who holds what) may take to reach everyone.
const SETTLE_TIME: Duration = Duration::from_secs(10);
/// How many items one page of the feed has.
const PAGE: u32 = 200;
/// What is asked besides the feed and the members: everything that the story was about.
const QUESTIONS: &[&[&str]] = &[
    &["people", "members"],
    &["people", "devices"],
    &["people", "invitations", "--all"],
    &["chat", "channels"],
    &["chat", "read", "garden", "--limit", "200"],
    &["files", "ls", "--all"],
    &["files", "holders", "garden-book"],
];
/// What a member's program says of itself or its own person: it differs rightly.
const OWN: &[&str] = &["me", "mine", "you", "this", "here", "kept", "unread", "mentions", "newest", "now_ms"];

/// How the members' states and files differ, in words; empty if they do not.
///
/// # Errors
/// If a member's program does not answer, or a file cannot be read.
pub async fn compare(flock: &Flock, scene: &Scene) -> Done<Vec<String>> {
    let begun = Instant::now();
    let mut differences = states(flock).await?;
    while !differences.is_empty() && begun.elapsed() < SETTLE_TIME {
        sleep(Duration::from_millis(100)).await;
        differences = states(flock).await?;
    }
    for (name, copy) in &scene.copies {
        let found = folder::differences(&scene.original, copy)
            .map_err(|error| failed("a fetched folder cannot be read", error))?;
        differences.extend(found.into_iter().map(|what| format!("{name}'s copy: {what}")));
    }
    Ok(differences)
}

async fn states(flock: &Flock) -> Result<Vec<String>, Refusal> {
    let first = state(&flock.members[0]).await?;
    let mut differences = Vec::new();
    for member in &flock.members[1..] {
        let other = state(member).await?;
        for (question, answer) in &first {
            if other.get(question) != Some(answer) {
                let (ana, name) = (flock.members[0].name, member.name);
                differences.push(format!("{name} and {ana} differ in: {question}"));
            }
        }
    }
    Ok(differences)
}

/// Everything that must be the same, by the question that it answers.
async fn state(member: &Member) -> Result<BTreeMap<String, Value>, Refusal> {
    let mut state = BTreeMap::new();
    for question in QUESTIONS {
        let answer: Value = member.types(question).await?;
        state.insert(question.join(" "), common(answer));
    }
    state.insert("feed".into(), feed(member).await?);
    let members: Vec<MemberRow> = member.ask(&Request::Members { community: None }).await?;
    let mut rows: Vec<String> = members
        .iter()
        .flat_map(|row| row.devices.iter().map(move |device| (row, device)))
        .map(|(row, device)| {
            format!("{} {} {} {} {}", row.member, row.name, row.belongs, device.device, device.belongs)
        })
        .collect();
    rows.sort_unstable();
    state.insert("members".into(), rows.into());
    Ok(state)
}

/// Every item there is, in an order of its own: the programs' own orders differ by when things came.
async fn feed(member: &Member) -> Result<Value, Refusal> {
    let mut lines = Vec::new();
    let mut before = None;
    loop {
        let request = Request::Feed { community: None, limit: PAGE, before };
        let page: Vec<Hit> = member.ask(&request).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.event.clone());
        lines.extend(page.iter().map(|hit| {
            format!(
                "{} {} {} {} {} {} {}",
                hit.event, hit.object, hit.app, hit.kind, hit.member, hit.at_ms, hit.snippet
            )
        }));
    }
    lines.sort_unstable();
    Ok(lines.into())
}

/// An answer without what a program says of itself; lists in an order of their own.
fn common(answer: Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let shared = fields.into_iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
            Value::Object(shared.map(|(name, value)| (name, common(value))).collect())
        }
        Value::Array(values) => {
            let mut values: Vec<Value> = values.into_iter().map(common).collect();
            values.sort_by_cached_key(Value::to_string);
            Value::Array(values)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_a_programs_own_may_differ() {
        let ana = json!({ "messages": [{ "id": 1, "mine": true }, { "id": 2, "mine": false }], "now_ms": 5 });
        let ben = json!({ "messages": [{ "id": 2, "mine": true }, { "id": 1, "mine": false }], "now_ms": 6 });
        assert_eq!(common(ana.clone()), common(ben));
        let changed = json!({ "messages": [{ "id": 1, "text": "x" }, { "id": 2 }] });
        assert_ne!(common(ana), common(changed));
    }
}
