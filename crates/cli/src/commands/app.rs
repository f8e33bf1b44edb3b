//! The commands of the apps: made from the list, with no word about any of them.

use std::fs::File;
use std::io::{ErrorKind, Read};

use clap::ArgMatches;
use serde::de::DeserializeOwned;
use serde_json::Value;
use skein_app::{DynApp, Kind, MAX_TEXT_FILE_BYTES, Refusal, TextFile, Typed};
use skein_apps::people::{Command, Query};
use skein_host::{Change, Request};

use super::Context;
use crate::args::FOLLOW;
use crate::out::Done;
use crate::text::line::lines;
use crate::text::show;

pub(super) async fn run(context: &Context, name: &str, matches: &ArgMatches) -> Done {
    let app = *skein_apps::APPS.iter().find(|app| app.name() == name).expect("clap knows only apps of the list");
    let typed = app.parse(matches).map_err(|error| Refusal::new(Kind::Usage, error.to_string()))?;
    let files = app.texts(&typed)?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let typed = if files.is_empty() { typed } else { app.with_texts(typed, files)? };
    match (typed, matches.get_flag(FOLLOW)) {
        (Typed::Query(query), true) => follow(context, app, query).await,
        (Typed::Query(query), false) => {
            let answer = ask(context, app, &query).await?;
            print(context, app, &answer)
        }
        (Typed::Command(_), true) => {
            Err(Refusal::new(Kind::Usage, "there is nothing to follow in something that is done once")
                .hint("Use --follow with a command that lists or reads.")
                .into())
        }
        (Typed::Command(command), false) => {
            // Paths that a person types are meant from where they stand; the running program stands elsewhere.
            let cwd = std::env::current_dir().ok();
            let request = Request::Do { community: context.community(), app: app.name().into(), command, cwd };
            let answer: Value = context.ask(&request).await?;
            context.out.answer(&answer, || show::outcome(&answer, context.out.paint))
        }
    }
}

/// Reads a text file from where the person stands; the running program is given its text only.
fn read(mut file: TextFile) -> Result<TextFile, Refusal> {
    let shown = file.path.display().to_string();
    let failed = |error: std::io::Error| {
        let kind = if error.kind() == ErrorKind::NotFound { Kind::NotFound } else { Kind::Failed };
        Refusal::new(kind, format!("cannot read {shown}: {error}"))
    };
    let mut bytes = Vec::new();
    let most = MAX_TEXT_FILE_BYTES as u64 + 1;
    File::open(&file.path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > MAX_TEXT_FILE_BYTES {
        return Err(Refusal::new(Kind::Limit, format!("{shown} is longer than {MAX_TEXT_FILE_BYTES} bytes"))
            .hint("Give it in parts."));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Refusal::new(Kind::Usage, format!("{shown} is no text in UTF-8")).hint("Save it anew as UTF-8.")
    })?;
    file.text = Some(text);
    Ok(file)
}

async fn ask(context: &Context, app: &dyn DynApp, query: &Value) -> Result<Value, Refusal> {
    let query = query.clone();
    context.ask(&Request::Ask { community: context.community(), app: app.name().into(), query }).await
}

fn print(context: &Context, app: &dyn DynApp, answer: &Value) -> Done {
    if context.out.json {
        return context.out.value(answer);
    }
    match app.file(answer) {
        // Another program will read it: byte for byte.
        Some(text) if !context.out.screen => context.out.text(&text),
        _ => context.out.text(&lines(&app.text(answer)?)),
    }
}

/// Asks, prints, and asks again for what is new whenever something of the app changes.
async fn follow(context: &Context, app: &dyn DynApp, query: Value) -> Done {
    // First the changes, then the question: what comes in between is asked for twice, but never missed.
    let mut changes = context.client.follow(context.globals.community.as_deref()).await?;
    let mut answer = ask(context, app, &query).await?;
    print(context, app, &answer)?;
    let mut query = query;
    loop {
        while !concerns(&changes.next().await?, app.name()) {}
        changes.settle().await;
        let next = app.next(&query, &answer);
        let only_new = next.is_some();
        query = next.unwrap_or(query);
        let new = ask(context, app, &query).await?;
        if only_new {
            if !app.text(&new)?.is_empty() {
                print(context, app, &new)?;
                answer = new;
            }
        } else if new != answer {
            print(context, app, &new)?;
            answer = new;
        }
    }
}

fn concerns(change: &Change, name: &str) -> bool {
    match change {
        Change::Object { app, .. } => app == name,
        Change::Members { .. } | Change::Lagged => true,
        _ => false,
    }
}

/// Asks the app that says who belongs, and prints its answer.
pub(super) async fn ask_people(context: &Context, query: &Query) -> Done {
    let app =
        *skein_apps::APPS.iter().find(|app| app.name() == skein_apps::ROSTER.app()).expect("the roster is in the list");
    let query = serde_json::to_value(query).map_err(unspeakable)?;
    let answer = ask(context, app, &query).await?;
    print(context, app, &answer)
}

/// Tells the app that says who belongs.
pub(super) async fn tell_people<T: DeserializeOwned>(context: &Context, command: &Command) -> Result<T, Refusal> {
    let command = serde_json::to_value(command).map_err(unspeakable)?;
    let app = skein_apps::ROSTER.app().into();
    context.ask(&Request::Do { community: context.community(), app, command, cwd: None }).await
}

fn unspeakable(error: serde_json::Error) -> Refusal {
    Refusal::new(Kind::Usage, format!("this cannot be asked: {error}"))
}
