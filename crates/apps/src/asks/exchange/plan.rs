//! Import: what a file would post, row by row, before anything is posted; and the commands that post it.
//!
//! A row that is here already is passed over, so the same file can be given again after it broke off in the middle.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use skein_app::{Act, Job, Kind, MAX_TEXT_FILE_BYTES, Me, Refusal, TextFile, View};
use skein_event::ObjectId;
use ts_rs::TS;

use super::record::Record;
use super::{csv, geojson};
use crate::asks::Command;
use crate::asks::event::{AskKind, Event};
use crate::asks::row::name;

/// The most rows of a file.
pub const MAX_ROWS: usize = 5_000;
/// The most faults that a refusal lists.
const LISTED: usize = 8;

/// A row that can be posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Planned {
    /// The line of a table, or the number of a feature.
    pub row: u32,
    /// What kind of ask.
    pub kind: AskKind,
    /// Its title.
    pub title: String,
    /// Whether the row does not say its kind, and has the one that was given for such rows.
    pub assumed: bool,
}

/// A row that cannot be posted, or need not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Faulty {
    /// The line of a table, or the number of a feature.
    pub row: u32,
    /// Why.
    pub why: String,
}

/// What a file would post.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub posts: Vec<Planned>,
    pub here: Vec<Faulty>,
    pub faults: Vec<Faulty>,
    commands: Vec<Command>,
}

/// Reads a file and says what it would post.
///
/// # Errors
/// If it is no such file, or too long.
pub fn plan(me: &Me, file: &TextFile, usual: Option<AskKind>, view: &View<'_>) -> Result<Plan, Refusal> {
    let text = file.text.as_deref().ok_or_else(|| {
        Refusal::new(Kind::Usage, "the file was not read").hint("Give its text too: {\"path\": …, \"text\": …}.")
    })?;
    if text.len() > MAX_TEXT_FILE_BYTES {
        return Err(Refusal::new(Kind::Limit, "the file is longer than 1,000,000 bytes").hint("Import it in parts."));
    }
    let is_geojson = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let read = if is_geojson { geojson::read } else { csv::read };
    let rows = read(text, MAX_ROWS + 1).map_err(|why| {
        Refusal::new(Kind::Usage, why)
            .hint("CSV whose first row names the columns, or a GeoJSON collection of points, can be taken in.")
    })?;
    if rows.len() > MAX_ROWS {
        return Err(Refusal::new(Kind::Limit, "the file has more than 5,000 rows").hint("Import it in parts."));
    }
    let mut plan = Plan::default();
    let mut here = Here::new(me, view)?;
    for (row, record) in rows {
        plan.add(row as u32, record, usual, me, &mut here, view)?;
    }
    Ok(plan)
}

impl Plan {
    fn add(
        &mut self,
        row: u32,
        record: Result<Record, String>,
        usual: Option<AskKind>,
        me: &Me,
        here: &mut Here,
        view: &View<'_>,
    ) -> Result<(), Refusal> {
        let record = match record {
            Ok(record) => record,
            Err(why) => {
                self.faults.push(Faulty { row, why });
                return Ok(());
            }
        };
        if here.ids.contains(record.get("id")) {
            self.here.push(Faulty { row, why: "it is here already".into() });
            return Ok(());
        }
        if matches!(record.get("state"), "done" | "failed" | "withdrawn") {
            self.here.push(Faulty { row, why: "it is over".into() });
            return Ok(());
        }
        let command = match record.command(usual) {
            Ok(command) => command,
            Err(why) => {
                self.faults.push(Faulty { row, why });
                return Ok(());
            }
        };
        match crate::asks::desk::decide(me, ObjectId::ZERO, command.clone(), view) {
            Ok(Act::Say(draft)) => {
                let Event::Posted(posted) = draft.event else { return Ok(()) };
                let key = key(&name(posted.kind), &posted.words.title, &posted.words.text, &posted.behalf);
                if !here.own.insert(key) {
                    self.here.push(Faulty { row, why: "you have posted the same already".into() });
                    return Ok(());
                }
                let assumed = record.get("kind").is_empty();
                self.posts.push(Planned { row, kind: posted.kind, title: posted.words.title, assumed });
                self.commands.push(command);
            }
            Ok(Act::Do(_)) => {}
            Err(refusal) => self.faults.push(Faulty { row, why: refusal.message }),
        }
        Ok(())
    }
}

/// What is here already.
struct Here {
    ids: BTreeSet<String>,
    /// What this person asks for that is not over.
    own: BTreeSet<String>,
}

impl Here {
    fn new(me: &Me, view: &View<'_>) -> Result<Self, Refusal> {
        let ids = view.all("SELECT id FROM asks_ask LIMIT 100000", [], |row| row.get(0))?.into_iter().collect();
        let sql = "SELECT kind, title, text, behalf FROM asks_ask WHERE member = ?1 AND ended IS NULL LIMIT 100000";
        let own = view.all(sql, [me.member.as_bytes()], |row| {
            let text = |at| row.get::<_, String>(at);
            Ok(key(&text(0)?, &text(1)?, &text(2)?, &text(3)?))
        })?;
        Ok(Self { ids, own: own.into_iter().collect() })
    }
}

fn key(kind: &str, title: &str, text: &str, behalf: &str) -> String {
    [kind, title, text, behalf].join("\u{1f}")
}

/// The commands that post what a file holds.
///
/// # Errors
/// If it is no such file; if it has faults and they are not to be left out; if nothing is left.
pub fn imported(
    me: &Me,
    file: &TextFile,
    usual: Option<AskKind>,
    leave_out: bool,
    view: &View<'_>,
) -> Result<Job, Refusal> {
    let plan = plan(me, file, usual, view)?;
    if !plan.faults.is_empty() && !leave_out {
        let lines: Vec<String> =
            plan.faults.iter().take(LISTED).map(|fault| format!("  {}: {}", fault.row, fault.why)).collect();
        let more = plan.faults.len().saturating_sub(LISTED);
        let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        return Err(Refusal::new(Kind::Usage, format!("{} rows cannot be taken in", plan.faults.len())).hint(format!(
            "Nothing was posted. Mend them, or leave them out with --leave-out:\n{}{more}",
            lines.join("\n")
        )));
    }
    if plan.commands.is_empty() {
        let words = format!("There is nothing to post: {} rows are here already, or over.", plan.here.len());
        return Ok(Job::Tell { words });
    }
    let commands = plan.commands.iter().map(serde_json::to_value).collect::<Result<_, _>>();
    let commands =
        commands.map_err(|error| Refusal::new(Kind::Failed, format!("a row cannot be written down: {error}")))?;
    Ok(Job::Each { what: "rows".into(), commands })
}
