//! A community's history: is its file whole, does every log hold together, and what odd things were written down.

use std::collections::BTreeMap;

use skein_app::{Fault, Me, Refusal, View};
use skein_event::{CommunityId, DeviceId, Event, EventId, Signature};
use skein_node::Rules;
use skein_store::{Reader, Store};

use super::{Area, Check, Level};
use crate::desk::count;
use crate::hall::Known;

/// The most troubles that are told of one file.
const MAX_TROUBLES: usize = 20;

/// What is wrong with a community's file, in words; at most 20 things. Reads all of it.
///
/// # Errors
/// If SQLite cannot read it at all.
pub(crate) fn check_history(reader: &Reader, community: &CommunityId) -> Result<Vec<String>, Fault> {
    let mut troubles: Vec<String> = Store::check_file(reader.connection())?
        .into_iter()
        .map(|line| format!("the file is damaged: {line}"))
        .collect();
    if !troubles.is_empty() {
        return Ok(troubles);
    }
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')";
    let foreign: i64 = reader.connection().query_row(sql, [], |row| row.get(0))?;
    if foreign > 0 {
        troubles.push("the file does things that Skein did not put there".into());
    }
    troubles.extend(check_founding(reader, community)?);
    troubles.extend(check_logs(reader, community)?);
    troubles.truncate(MAX_TROUBLES);
    Ok(troubles)
}

fn check_founding(reader: &Reader, community: &CommunityId) -> Result<Option<String>, Fault> {
    let sql = "SELECT body FROM event ORDER BY row LIMIT 1";
    let mut statement = reader.connection().prepare(sql)?;
    let mut rows = statement.query([])?;
    let Some(first) = rows.next()? else { return Ok(None) };
    let body: Vec<u8> = first.get(0)?;
    let ours = CommunityId::of_founding(&body) == *community;
    Ok((!ours).then(|| "it is the history of another community".into()))
}

/// What the table of logs says of one.
struct Log {
    author: DeviceId,
    start: u64,
    height: u64,
    head: EventId,
    /// The event before its first one, for a branch.
    before: EventId,
}

fn logs(reader: &Reader) -> Result<BTreeMap<i64, Log>, Fault> {
    let sql = "SELECT l.id, l.author, l.start, l.height, l.head, e.body FROM log l
               LEFT JOIN event e ON e.log = l.parent AND e.seq = l.start - 1";
    let mut statement = reader.connection().prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let before: Option<Vec<u8>> = row.get(5)?;
        let log = Log {
            author: DeviceId::from_bytes(row.get(1)?),
            start: row.get::<_, i64>(2)? as u64,
            height: row.get::<_, i64>(3)? as u64,
            head: EventId::from_bytes(row.get(4)?),
            before: before.map_or(EventId::ZERO, |body| EventId::of_body(&body)),
        };
        Ok((row.get(0)?, log))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every event of every log: readable, in its place, following the one before; and the last one signed by its author.
/// That signature proves all below it.
fn check_logs(reader: &Reader, community: &CommunityId) -> Result<Vec<String>, Fault> {
    let logs = logs(reader)?;
    let mut troubles = Vec::new();
    let mut ends: BTreeMap<i64, (u64, EventId, Option<Signature>)> = BTreeMap::new();
    let mut statement =
        reader.connection().prepare("SELECT log, seq, body, payload, signature FROM event ORDER BY log, seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (key, seq): (i64, i64) = (row.get(0)?, row.get(1)?);
        let Some(log) = logs.get(&key) else {
            troubles.push("an event belongs to no device".to_owned());
            continue;
        };
        let (next, before) = ends.get(&key).map_or((log.start, log.before), |(next, id, _)| (*next, *id));
        let signature: Option<Vec<u8>> = row.get(4)?;
        match check_event(community, log, (seq as u64, next, before), row.get(2)?, row.get(3)?) {
            Ok(id) => {
                let signature = signature.and_then(|bytes| Signature::from_slice(&bytes));
                ends.insert(key, (seq as u64 + 1, id, signature));
            }
            Err(why) => {
                troubles.push(format!("event {seq} of device {}: {why}", log.author.short()));
                ends.insert(key, (seq as u64 + 1, EventId::ZERO, None));
            }
        }
        if troubles.len() >= MAX_TROUBLES {
            return Ok(troubles);
        }
    }
    for (key, log) in &logs {
        let sound = match ends.get(key) {
            None => log.height == log.start,
            Some((height, id, signature)) => {
                let signed = signature.is_some_and(|signature| signature.signs(&log.author, id));
                *height == log.height && *id == log.head && signed
            }
        };
        if !sound {
            troubles.push(format!("the end of the log of device {} is not signed by it", log.author.short()));
        }
    }
    Ok(troubles)
}

/// `place`: the seq it has, the seq it should have, and the event that it should follow.
fn check_event(
    community: &CommunityId,
    log: &Log,
    (seq, next, before): (u64, u64, EventId),
    body: Vec<u8>,
    payload: Option<Vec<u8>>,
) -> Result<EventId, String> {
    let event = Event::open(body, payload).map_err(|forged| forged.to_string())?;
    let of = event.body.community == *community
        || (event.body.community == CommunityId::ZERO && CommunityId::of_founding(&event.bytes) == *community);
    let placed = seq == next && event.body.seq == seq && event.body.prev == before;
    // After an event that cannot be read nothing can be said of what follows it.
    let follows = placed || (before == EventId::ZERO && event.body.seq == seq && seq > 0);
    match (of, event.body.author == log.author, follows) {
        (false, ..) => Err("it belongs to another community".into()),
        (_, false, _) => Err("somebody else wrote it".into()),
        (.., false) => Err("it does not follow the one before".into()),
        _ => Ok(event.id),
    }
}

/// The checks of a community's file.
pub(super) fn checks(reader: &Reader, community: &CommunityId, known: &Known) -> Result<Vec<Check>, Refusal> {
    let mut checks: Vec<Check> = Vec::new();
    if !known.trouble.is_empty() {
        checks.push(
            Check::new(Area::Store, Level::Trouble, "closed", known.trouble.clone())
                .why("Nothing new is written down or heard until that is mended.")
                .next("Do what it says; Skein tries again by itself."),
        );
    }
    let troubles = check_history(reader, community)?;
    checks.extend(troubles.iter().map(|trouble| {
        Check::new(Area::Store, Level::Trouble, "damaged", trouble.clone())
            .why("This device's copy of the history is not what was written. The other members have it.")
            .next("Run `skein export` for what can be read, then `skein restore` a backup, or link this device anew.")
    }));
    if troubles.is_empty() {
        let total = count(known.events, "event", "events");
        checks.push(Check::good(Area::Store, format!("the history is whole: {total}, every log signed")));
    }
    let sql = "SELECT count(*) FROM event WHERE payload IS NULL AND row NOT IN (SELECT row FROM erased)";
    let missing: i64 = reader.connection().query_row(sql, [], |row| row.get(0))?;
    if missing > 0 {
        let what = format!("the content of {} is missing", count(missing as u64, "event", "events"));
        checks.push(
            Check::new(Area::Store, Level::Note, "missing-content", what)
                .why("Another device passed it on without its content.")
                .next("Leave Skein running: it asks the others for it."),
        );
    }
    Ok(checks)
}

/// The odd things that were written down.
pub(super) fn findings(
    rules: Rules,
    view: &View<'_>,
    reader: &Reader,
    me: &Me,
    known: &Known,
) -> Result<Vec<Check>, Refusal> {
    let mut checks = Vec::new();
    for finding in Store::findings(reader.connection())? {
        let member = known.devices.get(&finding.device).map(|device| device.member);
        let name = match member {
            Some(member) => rules.roster.names(&member, view)?.1,
            None => String::new(),
        };
        let who = if name.is_empty() { format!("device {}", finding.device.short()) } else { name };
        let own = finding.device == me.device;
        let (level, next) = match (finding.kind.as_str(), own) {
            ("fork", true) => (Level::Trouble, "Run `skein device renew`.".to_owned()),
            ("fork", false) => (Level::Warning, format!("Ask {who} to run `skein device renew`.")),
            ("clock", _) => (Level::Warning, format!("Compare the clock of this computer and that of {who}.")),
            _ => (Level::Note, String::new()),
        };
        let times = if finding.times > 1 { format!(" ({} times)", finding.times) } else { String::new() };
        let when = skein_app::moment(finding.at_ms);
        checks.push(
            Check::new(Area::Findings, level, &finding.kind, format!("{who}, {when}{times}: {}", finding.message))
                .why("It was contained; you should know of it.")
                .next(next),
        );
    }
    if checks.is_empty() {
        checks.push(Check::good(Area::Findings, "nothing odd has happened"));
    }
    Ok(checks)
}
