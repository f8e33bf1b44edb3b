//! The desk: what a person may do and ask. Local, free to change.

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use skein_app::{Act, Draft, Kind, Me, Refusal, View};
use skein_event::{EventId, MemberId, ObjectId};
use ts_rs::TS;

use super::event::Event;
use super::rules::{MAX_TEXT_BYTES, is_text};

/// The most entries that one answer holds.
const MAX_ROWS: usize = 1_000;

/// What a person may do.
#[derive(Debug, Clone, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Write something down
    Add {
        /// What it says
        text: String,
    },
    /// Take back what you wrote
    Rm {
        /// The entry, as `ls` shows it
        entry: String,
    },
}

/// What a person may ask.
#[derive(Debug, Clone, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// What there is
    Ls,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// The newest first.
    pub entries: Vec<Entry>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Entry {
    /// Which.
    pub id: ObjectId,
    /// The event that wrote it down.
    pub added: EventId,
    /// Who wrote it.
    pub by: MemberId,
    /// What it says.
    pub text: String,
}

pub(super) fn decide(me: &Me, fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    match command {
        Command::Add { text } if is_text(&text) => Ok(Act::Say(Draft { object: fresh, event: Event::Added { text } })),
        Command::Add { .. } => {
            let why = format!("an entry has 1 to {MAX_TEXT_BYTES} bytes of text on one line");
            Err(Refusal::new(Kind::Usage, why).hint("Say it shorter."))
        }
        Command::Rm { entry } => {
            let entry = find(&entry, view)?;
            if entry.by != me.member {
                return Err(Refusal::new(Kind::Denied, "somebody else wrote this").hint("Ask them to take it back."));
            }
            Ok(Act::Say(Draft { object: entry.id, event: Event::Removed { added: entry.added } }))
        }
    }
}

pub(super) fn query(query: &Query, view: &View<'_>) -> Result<Answer, Refusal> {
    match query {
        Query::Ls => Ok(Answer { entries: entries(view)? }),
    }
}

pub(super) fn text(answer: &Answer) -> String {
    answer.entries.iter().map(|entry| format!("{}  {}\n", entry.id.short(), entry.text)).collect()
}

fn entries(view: &View<'_>) -> Result<Vec<Entry>, Refusal> {
    let sql = "SELECT object, added, member, text FROM sample_entry ORDER BY object DESC LIMIT ?1";
    let rows = view.all(sql, [MAX_ROWS as i64], |row| {
        let (added, by) = (EventId::from_bytes(row.get(1)?), MemberId::from_bytes(row.get(2)?));
        Ok((row.get(0)?, added, by, row.get(3)?))
    })?;
    let entry = |(object, added, by, text)| Ok(Entry { id: view.ids().object_id(object)?, added, by, text });
    rows.into_iter().map(entry).collect()
}

/// The one entry whose id begins so.
fn find(start: &str, view: &View<'_>) -> Result<Entry, Refusal> {
    let entries = entries(view)?;
    let mut fitting = entries.into_iter().filter(|entry| !start.is_empty() && entry.id.to_string().starts_with(start));
    match (fitting.next(), fitting.next()) {
        (Some(entry), None) => Ok(entry),
        (None, _) => Err(Refusal::new(Kind::NotFound, "there is no such entry").hint("See `skein sample ls`.")),
        (Some(_), Some(_)) => {
            Err(Refusal::new(Kind::Ambiguous, "several entries begin so").hint("Give more of the id."))
        }
    }
}
