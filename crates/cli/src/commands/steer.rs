//! `skein files coming`, `pause`, `resume` and `first`; `skein limits`.

use std::collections::BTreeMap;

use clap::{ArgMatches, FromArgMatches};
use serde_json::{Value, json};
use skein_app::{Kind, Refusal};
use skein_host::{Coming, ComingRow, Limits, LimitsNow, Request, Steering, Which, Why, Window};

use super::Context;
use crate::args::{Chosen, LimitsCommand, Rates, SteerCommand};
use crate::out::Done;
use crate::text::{Table, amount, one_line};

/// How many shares are looked through for the names of what comes by itself.
const MOST_NAMED: u32 = 1_000;

pub(super) async fn run(context: &Context, matches: &ArgMatches) -> Done {
    let command = SteerCommand::from_arg_matches(matches);
    let steering = match command.map_err(|error| Refusal::new(Kind::Usage, error.to_string()))? {
        SteerCommand::Coming => None,
        SteerCommand::Pause(Chosen { share: Some(share), .. }) => Some(Steering::Pause(which(context, &share).await?)),
        SteerCommand::Pause(_) => Some(Steering::PauseAll),
        SteerCommand::Resume(Chosen { share: Some(share), .. }) => {
            Some(Steering::Resume(which(context, &share).await?))
        }
        SteerCommand::Resume(_) => Some(Steering::ResumeAll),
        SteerCommand::First { share } => Some(Steering::First(which(context, &share).await?)),
    };
    let request = steering.map_or(Request::Coming, Request::Steer);
    let mut coming: Coming = context.ask(&request).await?;
    name(context, &mut coming).await;
    context.print(&coming, |coming| draw(context, coming))
}

/// What is shared under a name or an id.
async fn which(context: &Context, share: &str) -> Result<Which, Refusal> {
    let query = json!({ "show": { "share": share } });
    let request = Request::Ask { community: context.community(), app: "files".into(), query };
    let answer: Value = context.ask(&request).await?;
    let found = &answer["share"]["share"];
    let text = |name: &str| found[name].as_str().map(String::from);
    let (Some(root), Some(name)) = (text("root"), text("name")) else {
        return Err(Refusal::new(Kind::Failed, "what is shared under that name could not be understood"));
    };
    Ok(Which { community: context.community(), root, name, folder: found["folder"] == true })
}

/// Gives names to what comes by itself. What stays without one is shown so.
async fn name(context: &Context, coming: &mut Coming) {
    let communities: Vec<String> =
        coming.rows.iter().filter(|row| row.name.is_empty()).map(|row| row.community.clone()).collect();
    let mut names = BTreeMap::new();
    for community in communities.into_iter().collect::<std::collections::BTreeSet<_>>() {
        let query = json!({ "ls": { "limit": MOST_NAMED } });
        let request = Request::Ask { community: Some(community), app: "files".into(), query };
        let Ok(answer) = context.ask::<Value>(&request).await else { continue };
        for share in answer["shares"]["shares"].as_array().into_iter().flatten() {
            if let (Some(root), Some(name)) = (share["root"].as_str(), share["name"].as_str()) {
                names.insert(root.to_owned(), name.to_owned());
            }
        }
    }
    for row in coming.rows.iter_mut().filter(|row| row.name.is_empty()) {
        row.name = names.remove(&row.root).unwrap_or_default();
    }
}

fn draw(context: &Context, coming: &Coming) -> String {
    let mut text = String::new();
    if coming.paused {
        let next = context.typed("skein files resume --all");
        text.push_str(&format!("All files are paused: none comes, none goes. To go on:  {next}\n"));
    }
    if coming.rows.is_empty() {
        if !coming.paused {
            text.push_str("Nothing is on its way to this device.\n");
        }
        return text;
    }
    let mut table = Table::new(&["file", "here", "of", "state"]);
    for row in &coming.rows {
        let name = match (row.name.as_str(), row.folder) {
            ("", _) => "(a part of a folder)".to_owned(),
            (name, true) => format!("{}/", one_line(name)),
            (name, false) => one_line(name),
        };
        let total = if row.total == 0 { "?".to_owned() } else { amount::bytes(row.total) };
        table.row([&name, &amount::bytes(row.done), &total, &state(row, coming.paused)]);
    }
    text.push_str(&table.text(context.out.paint));
    text
}

fn state(row: &ComingRow, all_paused: bool) -> String {
    if row.paused || all_paused {
        return "paused".to_owned();
    }
    let why = match row.why {
        Some(Why::Asked) => "asked for",
        Some(Why::Folder) => "for a folder that stays the same",
        Some(Why::Kept) => "to be kept here",
        Some(Why::Others) => "for the others",
        None => "waiting",
    };
    let first = if row.first { ", before all others" } else { "" };
    if row.rate_per_s >= 1.0 {
        format!("{why}{first}, {}", amount::rate(row.rate_per_s))
    } else {
        format!("{why}{first}")
    }
}

pub(super) async fn limits(context: &Context, command: Option<LimitsCommand>) -> Done {
    let LimitsNow { mut limits, .. } = context.ask(&Request::Limits).await?;
    let request = match command {
        None => Request::Limits,
        Some(LimitsCommand::Set(Rates { up, down })) => {
            limits.up = up.map_or(limits.up, |rate| rate.0);
            limits.down = down.map_or(limits.down, |rate| rate.0);
            Request::SetLimits(limits)
        }
        Some(LimitsCommand::Between { from, to, rates: Rates { up, down } }) => {
            limits.windows.push(Window {
                from,
                to,
                up: up.and_then(|rate| rate.0),
                down: down.and_then(|rate| rate.0),
            });
            Request::SetLimits(limits)
        }
        Some(LimitsCommand::End { number }) => {
            let at = number.checked_sub(1).filter(|at| *at < limits.windows.len()).ok_or_else(|| {
                Refusal::new(Kind::NotFound, format!("there are no hours with number {number}"))
                    .hint("See which there are: `skein limits`.")
            })?;
            limits.windows.remove(at);
            Request::SetLimits(limits)
        }
    };
    context.show(&request, |now: &LimitsNow| draw_limits(context, now)).await
}

fn draw_limits(context: &Context, now: &LimitsNow) -> String {
    let Limits { up, down, windows } = &now.limits;
    let mut table = Table::new(&["no.", "when", "up at most", "down at most"]);
    table.row([&String::new(), &"at any time".to_owned(), &rate(*up), &rate(*down)]);
    for (at, window) in windows.iter().enumerate() {
        let when = format!("{} to {}", minute(window.from), minute(window.to));
        table.row([&(at + 1).to_string(), &when, &rate(window.up), &rate(window.down)]);
    }
    let mut text = table.text(context.out.paint);
    if !windows.is_empty() {
        text.push_str(&format!("\nNow: up {}, down {}.\n", rate(now.up), rate(now.down)));
    }
    text
}

fn rate(bytes_per_s: Option<u64>) -> String {
    bytes_per_s.map_or("no limit".to_owned(), |rate| format!("{}/s", amount::bytes(rate)))
}

fn minute(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
