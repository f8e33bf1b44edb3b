//! What of asks belongs into a calendar: the hours of shifts, and the days by which something is to be there.
//!
//! Bounded: from 60 days back to 400 days ahead.

use skein_app::{Fault, Me, View};
use skein_event::MemberId;

use super::ical::{self, Entry, Span, Status};
use crate::asks::ask::Ask;
use crate::asks::event::AskKind;
use crate::asks::state::{Held, Promised, Standing, State};

const DAY_MS: u64 = 86_400_000;
/// How far back it goes.
const BACK_MS: u64 = 60 * DAY_MS;
/// How far ahead.
const AHEAD_MS: u64 = 400 * DAY_MS;
/// The most entries; the earliest stay.
const MAX_ENTRIES: usize = 5_000;
/// The most asks that one's own calendar looks at.
const MAX_LOOKED_AT: i64 = 5_000;

/// A calendar of these asks: every slot, every date.
///
/// # Errors
/// Only if the store fails.
pub fn of_all(me: &Me, asks: &[Ask], view: &View<'_>) -> Result<String, Fault> {
    let entries = asks.iter().flat_map(|ask| whole(ask, me.now_ms)).collect();
    Ok(ical::write(&name(view)?, &bounded(entries, me.now_ms)))
}

/// This person's own calendar: what they promised, ask for, and lead.
///
/// # Errors
/// Only if the store fails.
pub fn of_mine(me: &Me, view: &View<'_>) -> Result<String, Fault> {
    let sql = "a.object IN (SELECT object FROM asks_promise WHERE member = ?1
                            UNION SELECT object FROM asks_lead WHERE member = ?1 AND offered_by IS NULL)
               OR a.member = ?1 ORDER BY a.changed DESC LIMIT ?2";
    let asks = Ask::all(sql, (me.member.as_bytes(), MAX_LOOKED_AT), view)?;
    let mut entries = Vec::new();
    for ask in &asks {
        if ask.minds(&me.member) {
            entries.extend(whole(ask, me.now_ms));
        } else {
            entries.extend(promised(ask, &me.member, me.now_ms));
        }
    }
    Ok(ical::write(&name(view)?, &bounded(entries, me.now_ms)))
}

fn name(view: &View<'_>) -> Result<String, Fault> {
    let sql = "SELECT name FROM people_community ORDER BY event LIMIT 1";
    Ok(view.first(sql, [], |row| row.get(0))?.unwrap_or_else(|| "Skein".into()))
}

/// What lies in the window, in order of time.
fn bounded(mut entries: Vec<Entry>, now_ms: u64) -> Vec<Entry> {
    let (first, last) = (now_ms.saturating_sub(BACK_MS), now_ms.saturating_add(AHEAD_MS));
    entries.retain(|entry| match entry.span {
        Span::Hours(from, to) => to >= first && from <= last,
        Span::Day(at) => (first..=last).contains(&at),
    });
    entries.sort_by_key(|entry| match entry.span {
        Span::Hours(from, _) => (from, entry.uid.clone()),
        Span::Day(at) => (at, entry.uid.clone()),
    });
    entries.truncate(MAX_ENTRIES);
    entries
}

/// All slots and the date of an ask.
fn whole(ask: &Ask, now_ms: u64) -> Vec<Entry> {
    let standing = Standing::of(ask, now_ms);
    let mut entries: Vec<Entry> = (0..ask.parts.len()).filter_map(|part| slot(ask, &standing, part)).collect();
    if let Some(until) = ask.words.until_ms {
        let status = if standing.state == State::Withdrawn { Status::Cancelled } else { Status::Confirmed };
        entries.push(entry(ask, "until", Span::Day(until), ask.words.title.clone(), status));
    }
    entries
}

fn slot(ask: &Ask, standing: &Standing<'_>, part: usize) -> Option<Entry> {
    let (wanted, filled) = (ask.parts.get(part)?, standing.filled.get(part)?);
    let (from, to) = wanted.slot?;
    let title = titled(ask, &wanted.what);
    let status = match standing.state {
        State::Withdrawn | State::Failed => Status::Cancelled,
        _ if filled.promised < wanted.minimum => Status::Tentative,
        _ => Status::Confirmed,
    };
    Some(entry(ask, &format!("{}", part + 1), Span::Hours(from, to), title, status))
}

fn titled(ask: &Ask, what: &str) -> String {
    if what == ask.words.title { what.into() } else { format!("{}: {what}", ask.words.title) }
}

/// What one member promised: the slot of a shift, else the day by which it is due.
fn promised(ask: &Ask, member: &MemberId, now_ms: u64) -> Vec<Entry> {
    let standing = Standing::of(ask, now_ms);
    let one = |Promised { promise, held, .. }: Promised<'_>| {
        if ask.kind == AskKind::Petition
            || matches!(held, Held::Released | Held::Confirmed) && ask.kind != AskKind::Shift
        {
            return None;
        }
        let status = match held {
            _ if matches!(standing.state, State::Withdrawn | State::Failed) => Status::Cancelled,
            Held::Released => Status::Cancelled,
            Held::Holds | Held::Delivered | Held::Confirmed | Held::Returned => Status::Confirmed,
            Held::Bid | Held::Helps | Held::Waits => Status::Tentative,
        };
        let part = ask.parts.get(usize::from(promise.part))?;
        let title = titled(ask, &part.what);
        match part.slot {
            Some((from, to)) => {
                Some(entry(ask, &format!("{}", promise.part + 1), Span::Hours(from, to), title, status))
            }
            None => {
                let due = standing.due(promise)?;
                Some(entry(ask, &format!("due-{}", promise.part + 1), Span::Day(due), title, status))
            }
        }
    };
    // The newest of several for one part: they are the same in a calendar.
    let mut entries: Vec<Entry> = Vec::new();
    for made in standing.promises().filter(|one| one.promise.member == *member).filter_map(one) {
        entries.retain(|other| other.uid != made.uid);
        entries.push(made);
    }
    entries
}

fn entry(ask: &Ask, which: &str, span: Span, title: String, status: Status) -> Entry {
    let place = ask.words.place.as_ref();
    Entry {
        uid: format!("{}-{which}@skein", ask.id),
        changed_ms: ask.changed.ms(),
        span,
        title,
        text: ask.words.text.clone(),
        place: place.map(|place| place.label.clone()).unwrap_or_default(),
        point: place.and_then(|place| place.point),
        topic: ask.words.topic.clone(),
        status,
    }
}
