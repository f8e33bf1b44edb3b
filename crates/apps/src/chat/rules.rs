//! The rules: the same on every node.
//!
//! Nothing here depends on the order of arrival, not even on whether the message that an event names is here already: an
//! event may name one that is not in its past. Removal is final. What an event names in another channel has no effect.

use skein_app::{Fault, Line, Meta, Verdict, View};
use skein_event::{EventId, MemberId};

use super::event::{
    Deleted, Event, MAX_MENTIONS, MAX_NAME_CHARS, MAX_TEXT_BYTES, MAX_TOPIC_CHARS, MAX_VERSIONS, MAX_WORD_BYTES, Said,
    channel_id,
};

/// `chat_version.kind`: another text.
pub(super) const EDITS: i64 = 0;
/// `chat_version.kind`: a message is deleted.
pub(super) const DELETES: i64 = 1;
/// `chat_version.kind`: a version of a deleted message goes with it.
pub(super) const ERASES: i64 = 2;
/// `chat_setting.kind`: the name by which the channel was opened.
pub(super) const FIRST_NAME: i64 = 0;
/// `chat_setting.kind`: a later name.
pub(super) const NAME: i64 = 1;
/// `chat_setting.kind`: what it is for.
pub(super) const TOPIC: i64 = 2;
/// `chat_setting.kind`: put away or not.
pub(super) const ARCHIVED: i64 = 3;

/// Looked up for every event: what its own member did to it before it came, and what others did.
pub(super) const DELETED_BY: &str =
    "SELECT 1 FROM chat_version WHERE target = ?1 AND object = ?2 AND member = ?3 AND kind <> ?4";
pub(super) const TOUCHED_BY_OTHERS: &str =
    "SELECT event FROM chat_version WHERE target = ?1 AND object = ?2 AND member <> ?3 AND kind <> ?4";

/// Whether this may be shown on one line: no control character, and none that turns the direction of what follows.
fn is_plain(text: &str) -> bool {
    let turns = |c| matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !text.chars().any(|c| c.is_control() || turns(c))
}

/// Whether this is a proper text of a message: not empty, not too long, and no control characters but line ends and tabs.
pub(super) fn is_text(text: &str) -> bool {
    let good = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    !text.trim().is_empty() && text.len() <= MAX_TEXT_BYTES && text.chars().all(good)
}

/// Whether this is a proper name of a channel.
pub(super) fn is_name(name: &str) -> bool {
    let bare = !name.is_empty() && name.trim() == name && !name.starts_with('#');
    bare && name.chars().count() <= MAX_NAME_CHARS && is_plain(name)
}

/// Whether this is a proper topic; it may be empty.
pub(super) fn is_topic(topic: &str) -> bool {
    topic.chars().count() <= MAX_TOPIC_CHARS && is_plain(topic)
}

/// Whether this is a proper reaction: an emoji or a short word. Emoji may hold joiners.
pub(super) fn is_word(word: &str) -> bool {
    !word.is_empty() && word.len() <= MAX_WORD_BYTES && is_plain(word) && !word.chars().any(char::is_whitespace)
}

/// Judges an event.
pub(super) fn check(event: &Event, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault> {
    let first_name = |name: &str| is_name(name) && channel_id(&meta.community, name) == meta.object;
    let verdict = match event {
        Event::Said(Said { text, mentions, channel, .. }) => {
            let good = is_text(text) && mentions.len() <= MAX_MENTIONS && channel.as_deref().is_none_or(first_name);
            // A line for search must not be made of what is deleted already.
            return match good {
                true => Ok(Verdict::unless(!is_gone(meta, view)?, "it was deleted before it came")),
                false => Ok(reject("the message is empty, too long, or not for this channel")),
            };
        }
        Event::Edited { message, text, mentions } => {
            let good = is_text(text) && mentions.len() <= MAX_MENTIONS;
            return if good { check_own(message, meta, view) } else { Ok(reject("the new text is empty or too long")) };
        }
        Event::Deleted(Deleted { message, versions, at, channel, .. }) => {
            let few = versions.len() <= MAX_VERSIONS && !versions.contains(message);
            let good = few && *at <= meta.tick && channel.as_deref().is_none_or(first_name);
            return if good { check_own(message, meta, view) } else { Ok(reject("the deletion is malformed")) };
        }
        Event::Reacted { word, .. } => Verdict::unless(is_word(word), "the reaction is empty or too long"),
        Event::Opened { name, topic } => {
            Verdict::unless(first_name(name) && is_topic(topic), "the channel's name or topic is not a proper one")
        }
        Event::Renamed { name } => Verdict::unless(is_name(name), "the channel's new name is not a proper one"),
        Event::Described { topic } => Verdict::unless(is_topic(topic), "the channel's topic is too long"),
        Event::Archived { .. } | Event::Pinned { .. } => Verdict::Accept,
    };
    Ok(verdict)
}

fn reject(why: &str) -> Verdict {
    Verdict::Reject(why.into())
}

/// Rejects what somebody does to another member's event. Where that event is not here yet, [`withdraw_others`] does so later.
fn check_own(target: &EventId, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault> {
    let Some(row) = view.ids().event_row(target)? else { return Ok(Verdict::Accept) };
    let sql = "SELECT l.member FROM event e JOIN log l ON l.id = e.log WHERE e.row = ?1 AND e.object = ?2";
    let owner = view.first(sql, (row, view.object()), |row| row.get(0).map(MemberId::from_bytes))?;
    Ok(Verdict::unless(owner.is_none_or(|owner| owner == meta.member), "only its author may change a message"))
}

/// Writes an accepted event's rows.
pub(super) fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    if let Event::Deleted(deleted) = event {
        return apply_deleted(deleted, meta, view);
    }
    withdraw_others(meta, view)?;
    if !matches!(event, Event::Said(_)) && is_gone(meta, view)? {
        return Ok(());
    }
    match event {
        Event::Said(said) => apply_said(said, meta, view),
        Event::Edited { message, text, mentions } => apply_edited(message, text, mentions, meta, view),
        Event::Reacted { message, word, present } => apply_reacted(message, word, *present, meta, view),
        Event::Opened { name, topic } => {
            put_setting(FIRST_NAME, name, meta, view)?;
            put_setting(TOPIC, topic, meta, view)
        }
        Event::Renamed { name } => put_setting(NAME, name, meta, view),
        Event::Described { topic } => put_setting(TOPIC, topic, meta, view),
        Event::Archived { archived } => put_setting(ARCHIVED, if *archived { "yes" } else { "" }, meta, view),
        Event::Pinned { message, present } => apply_pinned(message, *present, meta, view),
        Event::Deleted(_) => Ok(()),
    }
}

/// Writes what is left of an event that was erased: a place that says so, unless the deletion that did it is here.
pub(super) fn apply_erased(meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    withdraw_others(meta, view)?;
    if is_gone(meta, view)? {
        return Ok(());
    }
    let sql = "INSERT INTO chat_message (event, object, tick, member) VALUES (?1, ?2, ?3, ?4)";
    view.run(sql, (meta.row, view.object(), meta.tick.raw() as i64, meta.member.as_bytes()))?;
    Ok(())
}

/// Whether a deletion by the same member, which names this event, is here already.
fn is_gone(meta: &Meta, view: &View<'_>) -> Result<bool, Fault> {
    let deletions = (meta.event.as_bytes(), view.object(), meta.member.as_bytes(), EDITS);
    Ok(view.first(DELETED_BY, deletions, |_| Ok(()))?.is_some())
}

/// Forgets edits and deletions of this event by other members that came before the event itself did: [`check_own`] rejects
/// those that come after it.
fn withdraw_others(meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let early = (meta.event.as_bytes(), view.object(), meta.member.as_bytes(), ERASES);
    for event in view.all(TOUCHED_BY_OTHERS, early, |row| row.get::<_, i64>(0))? {
        for table in ["chat_version", "chat_message", "chat_mention", "chat_setting"] {
            view.run(&format!("DELETE FROM {table} WHERE object = ?1 AND event = ?2"), (view.object(), event))?;
        }
    }
    Ok(())
}

fn apply_said(said: &Said, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT INTO chat_message (event, object, tick, member, text, thread, reply)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (thread, reply) = (said.thread.as_ref().map(EventId::as_bytes), said.reply.as_ref().map(EventId::as_bytes));
    let tick = meta.tick.raw() as i64;
    view.run(sql, (meta.row, view.object(), tick, meta.member.as_bytes(), &said.text, thread, reply))?;
    if let Some(name) = &said.channel {
        put_setting(FIRST_NAME, name, meta, view)?;
    }
    put_mentions(&said.mentions, meta, view)
}

fn apply_edited(
    target: &EventId,
    text: &str,
    mentions: &[MemberId],
    meta: &Meta,
    view: &View<'_>,
) -> Result<(), Fault> {
    let sql = "SELECT 1 FROM chat_version WHERE target = ?1 AND object = ?2 AND member = ?3 AND kind = ?4";
    let of_deleted = (target.as_bytes(), view.object(), meta.member.as_bytes(), DELETES);
    if view.first(sql, of_deleted, |_| Ok(()))?.is_some() {
        return Ok(());
    }
    put_version(target, EDITS, Some(text), meta, view)?;
    put_mentions(mentions, meta, view)
}

fn apply_deleted(deleted: &Deleted, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "SELECT event FROM chat_version WHERE target = ?1 AND object = ?2 AND member = ?3 AND kind = ?4";
    let edits_of = (deleted.message.as_bytes(), view.object(), meta.member.as_bytes(), EDITS);
    for edit in view.all(sql, edits_of, |row| row.get(0))? {
        forget(edit, meta, view)?;
    }
    for target in deleted.versions.iter().chain([&deleted.message]) {
        if let Some(row) = view.ids().event_row(target)? {
            forget(row, meta, view)?;
        }
    }
    for version in &deleted.versions {
        put_version(version, ERASES, None, meta, view)?;
    }
    put_version(&deleted.message, DELETES, None, meta, view)?;
    let sql = "INSERT INTO chat_message (event, object, tick, member, thread, deleted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let thread = deleted.thread.as_ref().map(EventId::as_bytes);
    let (at, member) = (deleted.at.raw() as i64, meta.member.as_bytes());
    view.run(sql, (meta.row, view.object(), at, member, thread, deleted.message.as_bytes()))?;
    match &deleted.channel {
        Some(name) => put_setting(FIRST_NAME, name, meta, view),
        None => Ok(()),
    }
}

/// Forgets all rows of an event of this member, whatever it said; but what a deletion did stays done.
fn forget(event: i64, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let here = (view.object(), event);
    let sql = "SELECT 1 FROM chat_version WHERE object = ?1 AND event = ?2 AND kind <> ?3";
    if view.first(sql, (here.0, here.1, EDITS), |_| Ok(()))?.is_some() {
        return Ok(());
    }
    let mut own = 0;
    for table in ["chat_message", "chat_version", "chat_reaction", "chat_pin", "chat_setting"] {
        let sql = format!("DELETE FROM {table} WHERE object = ?1 AND event = ?2 AND member = ?3");
        own += view.run(&sql, (here.0, here.1, meta.member.as_bytes()))?;
    }
    if own > 0 {
        view.run("DELETE FROM chat_mention WHERE object = ?1 AND event = ?2", here)?;
    }
    Ok(())
}

fn apply_reacted(target: &EventId, word: &str, present: bool, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT INTO chat_reaction (object, event, target, member, tick, prefix, word, present)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (tick, prefix) = (meta.tick.raw() as i64, meta.event.prefix());
    let member = meta.member.as_bytes();
    view.run(sql, (view.object(), meta.row, target.as_bytes(), member, tick, prefix, word, present))?;
    Ok(())
}

fn apply_pinned(target: &EventId, present: bool, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT INTO chat_pin (object, event, target, member, tick, prefix, present)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (tick, prefix) = (meta.tick.raw() as i64, meta.event.prefix());
    view.run(sql, (view.object(), meta.row, target.as_bytes(), meta.member.as_bytes(), tick, prefix, present))?;
    Ok(())
}

fn put_version(target: &EventId, kind: i64, text: Option<&str>, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT OR IGNORE INTO chat_version (object, event, target, kind, member, tick, prefix, text)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (tick, prefix) = (meta.tick.raw() as i64, meta.event.prefix());
    let member = meta.member.as_bytes();
    view.run(sql, (view.object(), meta.row, target.as_bytes(), kind, member, tick, prefix, text))?;
    Ok(())
}

fn put_setting(kind: i64, text: &str, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT INTO chat_setting (object, event, kind, member, tick, prefix, text)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (tick, prefix) = (meta.tick.raw() as i64, meta.event.prefix());
    view.run(sql, (view.object(), meta.row, kind, meta.member.as_bytes(), tick, prefix, text))?;
    Ok(())
}

fn put_mentions(mentions: &[MemberId], meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    let sql = "INSERT OR IGNORE INTO chat_mention (object, event, member, tick) VALUES (?1, ?2, ?3, ?4)";
    for member in mentions {
        view.run(sql, (view.object(), meta.row, member.as_bytes(), meta.tick.raw() as i64))?;
    }
    Ok(())
}

/// What feed and search know of it.
pub(super) fn summary(event: &Event, meta: &Meta) -> Option<Line> {
    let (about, text) = match event {
        Event::Said(said) => (meta.event, Some(said.text.clone())),
        Event::Edited { message, text, .. } => (*message, Some(text.clone())),
        Event::Deleted(deleted) => (deleted.message, None),
        _ => return None,
    };
    Some(Line { about, text, kind: "message".into() })
}
