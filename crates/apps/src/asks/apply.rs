//! What an event that counts writes: rows of its own ask.

use skein_app::{Fault, Meta, View};
use skein_event::EventId;

use super::event::{AskKind, Event, Lead, Posted, Profile, Promised, Words};
use super::row::{self, CONFIRMED, DELIVERED, RETURNED, name};

/// Writes it.
pub(super) fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    match event {
        Event::Posted(posted) => return self::posted(posted, meta, view),
        Event::Offering(profile) => return offering(profile, meta, view),
        Event::Promised(promised) => self::promised(promised, meta, view)?,
        Event::Chosen { part, promises } => chosen(*part, promises, view)?,
        Event::Delivered { promise, part, note } => step(promise, *part, DELIVERED, note, meta, view)?,
        Event::Confirmed { promise, part, good, note } => {
            step(promise, *part, if *good { CONFIRMED } else { RETURNED }, note, meta, view)?;
        }
        Event::Led(lead) => led(lead, meta, view)?,
        Event::Followed { on: true } => follow(meta, view)?,
        Event::Released { .. }
        | Event::Handed { .. }
        | Event::TakenOver { .. }
        | Event::HelpWanted { .. }
        | Event::OnTrack { .. } => on_promise(event, meta, view)?,
        _ => on_ask(event, meta, view)?,
    }
    let changed = (view.object(), meta.tick.raw() as i64);
    view.run("UPDATE asks_ask SET changed = ?2 WHERE object = ?1", changed).map(drop)
}

/// What changes one promise.
fn on_promise(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, tick, member) = (view.object(), meta.tick.raw() as i64, meta.member.as_bytes());
    match event {
        Event::Released { promise, note } => {
            let sql = "UPDATE asks_promise SET released = ?3, why = ?4, handed = NULL WHERE object = ?1 AND id = ?2";
            view.run(sql, (object, promise.as_bytes(), tick, note)).map(drop)
        }
        Event::Handed { promise, to } => {
            let sql = "UPDATE asks_promise SET handed = ?3 WHERE object = ?1 AND id = ?2";
            view.run(sql, (object, promise.as_bytes(), to.as_ref().map(|to| to.as_bytes()))).map(drop)
        }
        Event::TakenOver { promise } => {
            let sql = "UPDATE asks_promise SET member = ?3, handed = NULL, help = NULL WHERE object = ?1 AND id = ?2";
            view.run(sql, (object, promise.as_bytes(), member)).map(drop)
        }
        Event::HelpWanted { promise, note } => {
            let sql = "UPDATE asks_promise SET help = ?3 WHERE object = ?1 AND id = ?2";
            view.run(sql, (object, promise.as_bytes(), note)).map(drop)
        }
        Event::OnTrack { promise, until_ms } => {
            let sql =
                "UPDATE asks_promise SET on_track = ?3, until = coalesce(?4, until) WHERE object = ?1 AND id = ?2";
            view.run(sql, (object, promise.as_bytes(), tick, until_ms.map(|until| until as i64))).map(drop)
        }
        _ => Ok(()),
    }
}

/// What changes the ask itself, or is said about it.
fn on_ask(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, tick, member) = (view.object(), meta.tick.raw() as i64, meta.member.as_bytes());
    let id = meta.event.as_bytes();
    match event {
        Event::Changed(words) => change(words, view),
        Event::Closed { how, note } => {
            let sql = "UPDATE asks_ask SET ended = ?2, note = ?3, ended_tick = ?4 WHERE object = ?1";
            view.run(sql, (object, name(*how), note, tick)).map(drop)
        }
        Event::Reopened { why } => {
            // A report is on its own again: what it joined may be done, and did not help here.
            let sql = "UPDATE asks_ask SET ended = NULL, note = ?2, ended_tick = NULL, again = ?3,
                              joined = CASE kind WHEN ?4 THEN NULL ELSE joined END WHERE object = ?1";
            view.run(sql, (object, why, tick, name(AskKind::Report))).map(drop)
        }
        Event::Told { kind, text } => {
            let sql = "INSERT INTO asks_news (object, id, kind, member, tick, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            view.run(sql, (object, id, name(*kind), member, tick, text)).map(drop)
        }
        Event::Followed { .. } => {
            view.run("DELETE FROM asks_follow WHERE object = ?1 AND member = ?2", (object, member)).map(drop)
        }
        Event::Joined { into } => {
            let sql = "UPDATE asks_ask SET joined = ?2 WHERE object = ?1";
            view.run(sql, (object, into.as_ref().map(|into| into.as_bytes()))).map(drop)
        }
        Event::Thanked { promise, kind, text } => {
            let sql = "INSERT INTO asks_word (object, id, promise, kind, member, tick, text)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            view.run(sql, (object, id, promise.as_bytes(), name(*kind), member, tick, text)).map(drop)
        }
        Event::Reviewed { promise, again, text } => {
            let sql = "INSERT OR REPLACE INTO asks_review (object, promise, member, tick, again, text)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            view.run(sql, (object, promise.as_bytes(), member, tick, again, text)).map(drop)
        }
        _ => Ok(()),
    }
}

fn posted(posted: &Posted, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, tick) = (view.object(), meta.tick.raw() as i64);
    let sql =
        "INSERT INTO asks_ask (object, id, posted, member, tick, kind, title, text, topic, urgent, behalf, addressee,
                                     made_from, note, again, promises, changed)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', '', '', 0, ?7, ?8, ?9, '', 0, 0, ?5)";
    let (id, kind) = (meta.object.to_string(), name(posted.kind));
    let from = posted.from.as_ref().map(EventId::as_bytes);
    let of = (&posted.behalf, &posted.addressee);
    view.run(sql, (object, id, meta.event.as_bytes(), meta.member.as_bytes(), tick, kind, of.0, of.1, from))?;
    change(&posted.words, view)?;
    let sql = "INSERT INTO asks_part (object, part, what, unit, minimum, optimum, starts, ends)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    for (number, part) in posted.parts.iter().enumerate() {
        let (starts, ends) = part.slot.map(|slot| (slot.0 as i64, slot.1 as i64)).unzip();
        let amounts = (part.minimum as i64, part.optimum as i64);
        let key = (object, number as i64, &part.what, name(part.unit));
        view.run(sql, (key.0, key.1, key.2, key.3, amounts.0, amounts.1, starts, ends))?;
    }
    let sql = "INSERT INTO asks_lead (object, member, tick, instead) VALUES (?1, ?2, ?3, 0)";
    view.run(sql, (object, meta.member.as_bytes(), tick))?;
    follow(meta, view)
}

fn change(words: &Words, view: &View<'_>) -> Result<(), Fault> {
    let sql = "UPDATE asks_ask SET title = ?2, text = ?3, topic = ?4, label = ?5, north = ?6, east = ?7, until = ?8,
                      urgent = ?9, share = ?10 WHERE object = ?1";
    let label = words.place.as_ref().map(|place| &place.label);
    let (north, east) = words.place.as_ref().and_then(|place| place.point).unzip();
    let until = words.until_ms.map(|ms| ms as i64);
    let share = words.share.as_ref().map(|share| share.as_bytes());
    let said = (view.object(), &words.title, &words.text, &words.topic);
    view.run(sql, (said.0, said.1, said.2, said.3, label, north, east, until, words.urgent, share)).map(drop)
}

/// A member's later promise for a part takes the place of an earlier one that nothing came of yet.
fn promised(promised: &Promised, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, tick, member) = (view.object(), meta.tick.raw() as i64, meta.member.as_bytes());
    let sql = "UPDATE asks_promise SET released = ?4, handed = NULL WHERE object = ?1 AND member = ?2 AND part = ?3
                  AND released IS NULL AND NOT EXISTS
                    (SELECT 1 FROM asks_step s WHERE s.object = ?1 AND s.promise = asks_promise.id)";
    view.run(sql, (object, member, promised.part, tick))?;
    let sql = "INSERT INTO asks_promise (object, id, part, member, amount, note, tick, seen, why)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '')";
    let said = (promised.amount as i64, &promised.note, promised.seen);
    view.run(sql, (object, meta.event.as_bytes(), promised.part, member, said.0, said.1, tick, said.2))?;
    view.run("UPDATE asks_ask SET promises = promises + 1 WHERE object = ?1", [object])?;
    let all_or_nothing = row::head(view)?.is_some_and(|head| head.kind.is_all_or_nothing());
    if all_or_nothing { follow(meta, view) } else { Ok(()) }
}

fn chosen(part: u16, promises: &[EventId], view: &View<'_>) -> Result<(), Fault> {
    let object = view.object();
    view.run("UPDATE asks_promise SET chosen = 0 WHERE object = ?1 AND part = ?2", (object, part))?;
    for promise in promises {
        view.run("UPDATE asks_promise SET chosen = 1 WHERE object = ?1 AND id = ?2", (object, promise.as_bytes()))?;
    }
    Ok(())
}

fn step(promise: &EventId, part: u16, kind: i64, note: &str, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT INTO asks_step (object, id, promise, part, kind, member, tick, note)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (id, tick) = (meta.event.as_bytes(), meta.tick.raw() as i64);
    let member = meta.member.as_bytes();
    view.run(sql, (view.object(), id, promise.as_bytes(), part, kind, member, tick, note)).map(drop)
}

fn follow(meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT OR IGNORE INTO asks_follow (object, member, tick) VALUES (?1, ?2, ?3)";
    view.run(sql, (view.object(), meta.member.as_bytes(), meta.tick.raw() as i64)).map(drop)
}

fn led(lead: &Lead, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, tick, me) = (view.object(), meta.tick.raw() as i64, meta.member.as_bytes());
    match lead {
        Lead::Take => {
            let sql = "DELETE FROM asks_lead WHERE object = ?1 AND member =
                         (SELECT offered_by FROM asks_lead WHERE object = ?1 AND member = ?2 AND instead = 1)";
            view.run(sql, (object, me))?;
            let sql = "INSERT OR REPLACE INTO asks_lead (object, member, tick, instead) VALUES (?1, ?2, ?3, 0)";
            view.run(sql, (object, me, tick)).map(drop)
        }
        Lead::Share(to) | Lead::Hand(to) => {
            let sql = "INSERT OR IGNORE INTO asks_lead (object, member, tick, offered_by, instead)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            let instead = matches!(lead, Lead::Hand(_));
            view.run(sql, (object, to.as_bytes(), tick, me, instead)).map(drop)
        }
        Lead::Lay => view.run("DELETE FROM asks_lead WHERE object = ?1 AND member = ?2", (object, me)).map(drop),
    }
}

fn offering(profile: &Profile, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let (object, tick, member) = (view.object(), meta.tick.raw() as i64, meta.member.as_bytes());
    let sql = "INSERT OR REPLACE INTO asks_profile (object, member, capacity, hours, tick) VALUES (?1, ?2, ?3, ?4, ?5)";
    view.run(sql, (object, member, profile.capacity, &profile.hours, tick))?;
    view.run("DELETE FROM asks_topic WHERE object = ?1", [object])?;
    let sql = "INSERT OR IGNORE INTO asks_topic (object, member, topic, learning) VALUES (?1, ?2, ?3, ?4)";
    for (topics, learning) in [(&profile.topics, false), (&profile.learning, true)] {
        for topic in topics {
            view.run(sql, (object, member, topic, learning))?;
        }
    }
    Ok(())
}
