//! Apps' commands and queries.

use std::sync::Arc;

use serde_json::Value;
use skein_app::{DynApp, Job, Kind, MAX_EACH, Refusal};
use skein_event::ObjectId;
use skein_node::Answer;

use super::files::From;
use super::{Items, drill, files, find, json};
use crate::core::Core;
use crate::engine::Call;
use crate::hall::Hall;
use crate::{Progress, Said, Several, Told, outside};

/// The most calls to other programs' servers for one command.
const MAX_CALLS: usize = 4;
/// The longest signal, in bytes.
const MAX_SIGNAL_BYTES: usize = 4_096;

pub(super) async fn command(
    core: &Arc<Core>,
    community: Option<String>,
    app: &str,
    command: Value,
    from: From<'_>,
    items: &Items,
) -> Result<Value, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let found = the_app(core, app)?;
    if from.bounds.is_some() && app == core.rules.roster.app() && core.rules.roster.parts(&command) {
        return Err(Refusal::new(Kind::Denied, "a phone may not change who belongs: its way here is not encrypted")
            .hint("Do this on your computer."));
    }
    let taking_in = if found.imports(&command)?.is_empty() { None } else { Some(core.taking_in.read().await) };
    let (command, imported) = files::import(core, found, command, from, items).await?;
    let answer = match ask(core, &hall, found, command, from, items).await {
        Ok(answer) => answer,
        Err(refusal) => {
            files::let_go(core, &imported).await;
            return Err(refusal);
        }
    };
    match answer {
        Answer::Said { event, object } => {
            files::shared(core, &hall, &imported).await;
            drop(taking_in);
            json(&Said { event: event.to_string(), object: object.to_string() })
        }
        Answer::Do(Job::Fetch { root, name, folder, to, .. }) => {
            let to = from.to(to)?;
            json(&files::fetch(core, &hall, root, folder, &name, to, items).await?)
        }
        Answer::Do(Job::Drill { drills, whole }) => json(&drill::drill(core, &hall, drills, whole, items).await?),
        Answer::Do(Job::Forget { roots, .. }) => files::forget(core, &hall, &roots).await,
        Answer::Do(Job::Mark { object, tick }) => {
            core.call(Call::Mark { community: hall.id, object, tick }).await?;
            Ok(Value::Null)
        }
        // The node has written it down already.
        Answer::Do(Job::Note { .. }) => Ok(Value::Null),
        Answer::Do(Job::Each { what, commands }) => json(&each(core, &hall, app, &what, commands, items).await?),
        Answer::Do(Job::Call { .. }) => Err(Refusal::new(Kind::Failed, "this cannot be called from here")),
        Answer::Do(Job::Tell { words }) => json(&Told { words }),
    }
}

/// Asks the node; where it wants a server to be called first, calls it and asks again.
async fn ask(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    app: &'static dyn DynApp,
    mut command: Value,
    from: From<'_>,
    items: &Items,
) -> Result<Answer, Refusal> {
    for _ in 0..=MAX_CALLS {
        let (call, again) = match core.ask(hall.id, app.name(), command).await? {
            Answer::Do(Job::Call { call, command }) => (call, command),
            answer => return Ok(answer),
        };
        if from.bounds.is_some() {
            return Err(Refusal::new(Kind::Denied, "a phone may not call other programs' servers from your computer")
                .hint("Do this on your computer."));
        }
        items.words("calling", "Waiting for the server's answer…");
        let reply = tokio::select! {
            reply = outside::call(&call) => reply?,
            () = items.gone() => return Err(Refusal::new(Kind::Failed, "given up: nobody waits for it")),
        };
        command = app.replied(again, reply)?;
    }
    Err(Refusal::new(Kind::Limit, "the server was asked too often for one command"))
}

/// Does one after the other, as if a person had typed them; what is done stays done.
async fn each(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    app: &str,
    what: &str,
    commands: Vec<Value>,
    items: &Items,
) -> Result<Several, Refusal> {
    let total = commands.len() as u64;
    if commands.len() > MAX_EACH {
        return Err(Refusal::new(Kind::Limit, format!("at most {MAX_EACH} {what} can be done at once")));
    }
    for (done, command) in commands.into_iter().enumerate() {
        let done = done as u64;
        if items.is_gone() {
            return Err(Refusal::new(Kind::Failed, "given up: nobody waits for it"));
        }
        let words = format!("{done} of {total} {what}");
        items.progress(Progress { what: what.into(), done, total, words, ..Progress::default() });
        let refused = match core.ask(hall.id, app, command).await {
            Ok(Answer::Said { .. } | Answer::Do(Job::Note { .. })) => continue,
            Ok(Answer::Do(_)) => Refusal::new(Kind::Usage, "only what everybody may know can be done so"),
            Err(refusal) => refusal,
        };
        let message = format!("{done} of {total} {what} are done; then: {}", refused.message);
        return Err(Refusal { message, ..refused });
    }
    Ok(Several { what: what.into(), done: total })
}

pub(super) async fn query(
    core: &Arc<Core>,
    community: Option<String>,
    app: String,
    query: Value,
) -> Result<Value, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    the_app(core, &app)?;
    let (rules, me) = (core.rules, core.me(hall.id));
    core.read(&hall, move |_, reader| skein_node::query(rules, reader.connection(), &me, &app, query)).await
}

pub(super) async fn signal(
    core: &Arc<Core>,
    community: Option<String>,
    app: String,
    object: &str,
    text: String,
) -> Result<Value, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    the_app(core, &app)?;
    let object: ObjectId =
        object.parse().map_err(|_| Refusal::new(Kind::Usage, format!("\"{object}\" is not the id of anything")))?;
    if text.len() > MAX_SIGNAL_BYTES {
        return Err(Refusal::new(Kind::Limit, format!("a signal has at most {MAX_SIGNAL_BYTES} bytes")));
    }
    core.call(Call::Signal { community: hall.id, app, object, bytes: text.into_bytes() }).await?;
    Ok(Value::Null)
}

pub(super) fn the_app(core: &Core, name: &str) -> Result<&'static dyn DynApp, Refusal> {
    core.rules.app(name).ok_or_else(|| {
        Refusal::new(Kind::NotFound, format!("there is no app called \"{name}\"")).hint("See `skein help`.")
    })
}
