//! Exchange with what is not Skein: files (CSV, GeoJSON, iCalendar), exported pages, a calendar to subscribe to, and
//! Open311 both ways. Pure: text in, text out.
//!
//! Whatever comes in is somebody else's: it is read with limits, and nothing of it is posted that a person could not type.

mod bridge;
mod calendar;
mod csv;
pub mod fuzzing;
mod geojson;
mod ical;
mod open311;
mod pages;
mod plan;
mod record;
mod stamp;
#[cfg(test)]
mod tests;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use skein_app::{Fault, Me, Refusal, View};
use ts_rs::TS;

use super::ask::Ask;
use super::event::AskKind;
use super::names::Names;
use super::row::name;
use super::state::{Standing, State};
use record::Record;

pub use bridge::{SPOKEN, bridge};
pub use open311::{Sending, check, send};
pub use pages::export;
pub use plan::{Faulty, Plan, Planned, imported, plan};

/// How many asks are read at once.
const BATCH: i64 = 500;
/// The most asks that one exported file holds; the newest are kept. A whole community is written by `skein export`.
const MAX_EXPORTED: usize = 20_000;

/// What a file of asks is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A table for any spreadsheet.
    Csv,
    /// Points for any map.
    Geojson,
    /// Dates for any calendar.
    Ics,
}

/// Which asks go into a file.
#[derive(Debug, Clone, Default)]
pub struct Which {
    pub kind: Option<AskKind>,
    pub topic: Option<String>,
    pub state: Option<State>,
    /// Only what is not over.
    pub open: bool,
}

/// A file of asks: its name, its content type, its text.
///
/// # Errors
/// Only if the store fails.
pub fn file(me: &Me, kind: FileKind, which: &Which, view: &View<'_>) -> Result<(String, String, String), Refusal> {
    let mut asks = Vec::new();
    each(me, which, view, &mut |ask| {
        asks.push(ask.clone());
        Ok(())
    })?;
    let over = asks.len().saturating_sub(MAX_EXPORTED);
    asks.drain(..over);
    let (ending, mime, text) = match kind {
        FileKind::Csv => ("csv", "text/csv; charset=utf-8", csv::write(&records(me, &asks, view)?)),
        FileKind::Geojson => ("geojson", "application/geo+json", geojson::write(&records(me, &asks, view)?)),
        FileKind::Ics => ("ics", "text/calendar; charset=utf-8", calendar::of_all(me, &asks, view)?),
    };
    Ok((format!("asks.{ending}"), mime.into(), text))
}

fn records(me: &Me, asks: &[Ask], view: &View<'_>) -> Result<Vec<Record>, Fault> {
    let mut names = Names::new(view);
    asks.iter().map(|ask| Record::of(me, ask, &mut names)).collect()
}

/// All asks that are meant, the oldest first: in the same order on every device.
fn each(me: &Me, which: &Which, view: &View<'_>, to: &mut dyn FnMut(&Ask) -> Result<(), Fault>) -> Result<(), Fault> {
    let sql = format!(
        "(?1 OR a.ended IS NULL) AND (?2 IS NULL OR a.kind = ?2) AND (?3 IS NULL OR a.topic = ?3)
         AND (a.tick, a.id) > (?4, ?5) ORDER BY a.tick, a.id LIMIT {BATCH}"
    );
    let topic = which.topic.as_deref().map(super::fits::topic);
    let kind = which.kind.map(name);
    let (mut tick, mut id) = (-1_i64, String::new());
    loop {
        let asks = Ask::all(&sql, (!which.open, &kind, &topic, tick, &id), view)?;
        let Some(last) = asks.last() else { return Ok(()) };
        (tick, id) = (last.tick.raw() as i64, last.id.to_string());
        for ask in &asks {
            let standing = Standing::of(ask, me.now_ms);
            let open = !which.open || standing.is_open();
            if open && which.state.is_none_or(|state| state == standing.state) {
                to(ask)?;
            }
        }
    }
}
