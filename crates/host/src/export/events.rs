//! Every event as a line of JSON: device by device, in the order in which each device wrote.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};
use skein_app::{Refusal, View};
use skein_event::{Body, DeviceId, EventId, MemberId, ObjectId};
use skein_node::Rules;

use super::folder::{failed, open};
use crate::desk::{Items, count};
use crate::{Progress, Unit};

/// How many events are read at once.
const BATCH: i64 = 1_000;

/// One line. The order of the fields is the order in the file.
#[derive(Serialize)]
struct Line<'a> {
    id: EventId,
    author: DeviceId,
    member: MemberId,
    name: &'a str,
    seq: u64,
    prev: Option<EventId>,
    deps: Vec<EventId>,
    at_ms: u64,
    at: String,
    app: String,
    object: ObjectId,
    /// "counts", "waits", "void", "rejected", "unknown".
    state: &'static str,
    payload: Value,
}

/// A log: its number here, and whose it is.
struct Log {
    key: i64,
    member: MemberId,
    start: i64,
}

/// Writes them all; gives how many there are.
pub(super) fn write(rules: Rules, view: &View<'_>, path: &Path, items: &Items) -> Result<u64, Refusal> {
    let mut file = BufWriter::new(open(path).map_err(|error| failed(path, &error))?);
    let total: i64 = view.first("SELECT count(*) FROM event", [], |row| row.get(0))?.unwrap_or(0);
    let mut names = BTreeMap::new();
    let mut done = 0_u64;
    for log in logs(view)? {
        let name = match names.get(&log.member) {
            Some(name) => String::clone(name),
            None => {
                let (_, name) = rules.roster.names(&log.member, view)?;
                names.insert(log.member, name.clone());
                name
            }
        };
        let mut seq = log.start;
        loop {
            let rows = batch(view, log.key, seq)?;
            let Some(last) = rows.last() else { break };
            seq = last.seq + 1;
            done += rows.len() as u64;
            for row in rows {
                if let Some(line) = line(rules, &log, &name, row) {
                    serde_json::to_writer(&mut file, &line).map_err(|error| failed(path, &error.into()))?;
                    file.write_all(b"\n").map_err(|error| failed(path, &error))?;
                }
            }
            let words = format!("{} of {} written", done, count(total as u64, "event", "events"));
            let what = "events".to_owned();
            items.progress(Progress {
                what,
                done,
                total: total as u64,
                unit: Unit::Events,
                words,
                ..Progress::default()
            });
        }
    }
    file.flush().map_err(|error| failed(path, &error))?;
    Ok(done)
}

/// The logs in an order that is the same on every device.
fn logs(view: &View<'_>) -> Result<Vec<Log>, Refusal> {
    let sql = "SELECT id, member, start FROM log ORDER BY author, start, head";
    Ok(view.all(sql, [], |row| {
        Ok(Log { key: row.get(0)?, member: MemberId::from_bytes(row.get(1)?), start: row.get(2)? })
    })?)
}

struct Row {
    seq: i64,
    state: i64,
    body: Vec<u8>,
    payload: Option<Vec<u8>>,
}

fn batch(view: &View<'_>, log: i64, from: i64) -> Result<Vec<Row>, Refusal> {
    let sql = "SELECT seq, state, body, payload FROM event WHERE log = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3";
    Ok(view.all(sql, (log, from, BATCH), |row| {
        Ok(Row { seq: row.get(0)?, state: row.get(1)?, body: row.get(2)?, payload: row.get(3)? })
    })?)
}

/// `None`: the bytes are no event; the doctor says so, and the rest is exported all the same.
fn line<'a>(rules: Rules, log: &Log, name: &'a str, row: Row) -> Option<Line<'a>> {
    let body = Body::decode(&row.body).ok()?;
    let payload = match &row.payload {
        None => Value::Null,
        Some(bytes) => {
            let readable = rules.app(body.app.as_str()).and_then(|app| app.readable(bytes));
            readable.unwrap_or_else(|| json!({ "base32": base32(bytes) }))
        }
    };
    Some(Line {
        id: EventId::of_body(&row.body),
        author: body.author,
        member: log.member,
        name,
        seq: body.seq,
        prev: (body.seq > 0).then_some(body.prev),
        deps: body.deps,
        at_ms: body.tick.ms(),
        at: skein_app::moment(body.tick.ms()),
        app: body.app.to_string(),
        object: body.object,
        state: match row.state {
            0 => "counts",
            1 => "waits",
            2 => "void",
            3 => "rejected",
            _ => "unknown",
        },
        payload,
    })
}

fn base32(bytes: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}
