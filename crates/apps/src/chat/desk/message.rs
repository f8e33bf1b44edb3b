//! Messages: finding one by the beginning of its id, and joining all that is known of it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Row;
use skein_app::{EventRow, Fault, Kind, Me, ObjectRow, Refusal, View};
use skein_event::{EventId, MemberId, Tick};

use super::answer::{Message, Quote, Reaction, Thread};
use super::names::Names;
use crate::chat::rules::EDITS;

/// The shortest beginning of an id that is looked for.
const MIN_PREFIX: usize = 4;
/// The most messages that one beginning may fit before we stop looking.
const MAX_CANDIDATES: i64 = 64;
/// The most reactions to one message that are read, the newest first.
const MAX_REACTIONS: i64 = 5_000;
/// The longest quote, in characters.
const QUOTE_CHARS: usize = 80;

/// A message's own row.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its row; for a deleted message, that of the deletion.
    pub event: EventRow,
    /// Its id; for a deleted message, still the message's.
    pub id: EventId,
    /// The channel.
    pub object: ObjectRow,
    /// When.
    pub tick: Tick,
    /// With `tick`, its place in the channel.
    pub prefix: i64,
    /// Whose.
    pub member: MemberId,
    /// As it was first said; `None` if only its place is left.
    pub text: Option<String>,
    /// The message whose thread it is in.
    pub thread: Option<EventId>,
    /// The message that it answers.
    pub reply: Option<EventId>,
}

/// What [`read`] reads, of `chat_message m` joined with `event e`.
pub const COLUMNS: &str = "m.event, m.object, m.tick, e.prefix, m.member, m.text, m.thread, m.reply, m.deleted";

/// Reads a message's row; its id is filled in by [`identified`].
pub fn read(row: &Row<'_>) -> rusqlite::Result<(Kept, Option<EventId>)> {
    let id = |n| row.get::<_, Option<[u8; 32]>>(n).map(|bytes| bytes.map(EventId::from_bytes));
    let kept = Kept {
        event: row.get(0)?,
        id: EventId::ZERO,
        object: row.get(1)?,
        tick: Tick::from_raw(row.get::<_, i64>(2)? as u64),
        prefix: row.get(3)?,
        member: row.get(4).map(MemberId::from_bytes)?,
        text: row.get(5)?,
        thread: id(6)?,
        reply: id(7)?,
    };
    Ok((kept, id(8)?))
}

/// Fills in the ids. A message that was deleted twice is shown once.
///
/// # Errors
/// Only if the store fails.
pub fn identified(rows: Vec<(Kept, Option<EventId>)>, view: &View<'_>) -> Result<Vec<Kept>, Fault> {
    let mut seen = BTreeSet::new();
    let mut messages = Vec::with_capacity(rows.len());
    for (mut kept, deleted) in rows {
        kept.id = match deleted {
            Some(id) => id,
            None => view.ids().event_id(kept.event)?,
        };
        if seen.insert(kept.id) {
            messages.push(kept);
        }
    }
    Ok(messages)
}

/// The message with this id, if it is here.
///
/// # Errors
/// Only if the store fails.
pub fn load(id: &EventId, view: &View<'_>) -> Result<Option<Kept>, Fault> {
    if let Some(event) = view.ids().event_row(id)? {
        let sql = format!(
            "SELECT {COLUMNS} FROM chat_message m JOIN event e ON e.row = m.event
             WHERE m.event = ?1 AND m.deleted IS NULL"
        );
        if let Some(row) = view.first(&sql, [event], read)? {
            return Ok(identified(vec![row], view)?.pop());
        }
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM chat_message m JOIN event e ON e.row = m.event
         WHERE m.deleted = ?1 ORDER BY m.tick, e.prefix LIMIT 1"
    );
    let row = view.first(&sql, [id.as_bytes()], read)?;
    Ok(identified(row.into_iter().collect(), view)?.pop())
}

/// The message whose id begins so.
///
/// # Errors
/// Too short, not found, or several begin so.
pub fn find(typed: &str, view: &View<'_>) -> Result<Kept, Refusal> {
    let typed = typed.trim().to_lowercase();
    let unknown = || {
        Refusal::new(Kind::NotFound, format!("there is no message \"{}\" here", typed.escape_debug()))
            .hint("`skein chat read` shows the beginning of each message's id.")
    };
    if typed.len() < MIN_PREFIX {
        return Err(Refusal::new(Kind::Usage, format!("\"{}\" is too short to find a message", typed.escape_debug()))
            .hint(format!("Give at least the first {MIN_PREFIX} characters of its id.")));
    }
    let (low, high) = id_range(&typed).ok_or_else(unknown)?;
    let mut ids = BTreeSet::new();
    let sql = "SELECT m.event FROM event e CROSS JOIN chat_message m ON m.event = e.row
               WHERE e.prefix BETWEEN ?1 AND ?2 AND m.deleted IS NULL LIMIT ?3";
    let rows: Vec<EventRow> = view.all(sql, (low as i64, high as i64, MAX_CANDIDATES), |row| row.get(0))?;
    for row in rows {
        ids.insert(view.ids().event_id(row)?);
    }
    let sql = "SELECT deleted FROM chat_message WHERE deleted >= ?1 AND deleted < ?2 LIMIT ?3";
    let (from, to) = (low.to_be_bytes(), high.to_be_bytes());
    let above = [&to[..], &[0xff; 25]].concat();
    ids.extend(view.all(sql, (&from[..], &above, MAX_CANDIDATES), |row| row.get(0).map(EventId::from_bytes))?);
    ids.retain(|id| id.to_string().starts_with(&typed));
    match ids.len() {
        0 => Err(unknown()),
        1 => load(ids.first().expect("there is one"), view)?.ok_or_else(unknown),
        several => Err(Refusal::new(Kind::Ambiguous, format!("the ids of {several} messages begin with \"{typed}\""))
            .hint("Give more of its characters.")),
    }
}

/// The first and the last of the ids' first eight bytes that begin with this text; `None` if no id does.
fn id_range(text: &str) -> Option<(u64, u64)> {
    if text.len() > 52 {
        return None;
    }
    let (mut low, mut bits) = (0_u128, 0);
    for c in text.bytes() {
        let digit = match c {
            b'a'..=b'z' => c - b'a',
            b'2'..=b'7' => c - b'2' + 26,
            _ => return None,
        };
        if bits < 64 {
            (low, bits) = (low << 5 | u128::from(digit), bits + 5);
        }
    }
    let rest = 128 - bits;
    let (low, high) = (low << rest, low << rest | ((1 << rest) - 1));
    Some(((low >> 64) as u64, (high >> 64) as u64))
}

/// Joins messages with what is known of them, for one person's eyes.
pub struct Joiner<'a> {
    me: &'a Me,
    view: &'a View<'a>,
    names: Names,
    channels: BTreeMap<ObjectRow, super::channel::Channel>,
}

impl<'a> Joiner<'a> {
    /// For this person.
    pub fn new(me: &'a Me, view: &'a View<'a>) -> Self {
        Self { me, view, names: Names::default(), channels: BTreeMap::new() }
    }

    /// Everything about a message.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn message(&mut self, kept: &Kept) -> Result<Message, Fault> {
        let gone = kept.text.is_none();
        let (newest, edits) = if gone { (None, 0) } else { self.newest_text(kept)? };
        if !self.channels.contains_key(&kept.object) {
            self.channels.insert(kept.object, super::channel::Channel::load(kept.object, self.view)?);
        }
        let channel = &self.channels[&kept.object];
        Ok(Message {
            id: kept.id,
            channel: channel.id,
            channel_name: channel.name.clone(),
            author: self.names.person(kept.member, self.view)?,
            mine: kept.member == self.me.member,
            at_ms: kept.tick.ms(),
            text: newest.or_else(|| kept.text.clone()),
            edits,
            pinned: !gone && self.is_pinned(kept)?,
            mentions: self.mentions(kept)?,
            thread: kept.thread,
            reply: self.quote(kept)?,
            reactions: if gone { Vec::new() } else { self.reactions(kept)? },
            replies: self.replies(kept)?,
        })
    }

    /// The text after the newest edit, and how many edits there were.
    fn newest_text(&self, kept: &Kept) -> Result<(Option<String>, u32), Fault> {
        let of = (kept.id.as_bytes(), kept.object, kept.member.as_bytes(), EDITS);
        let sql = "SELECT text, count(*) OVER () FROM chat_version
                   WHERE target = ?1 AND object = ?2 AND member = ?3 AND kind = ?4
                   ORDER BY tick DESC, prefix DESC LIMIT 1";
        let newest = self.view.first(sql, of, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(newest.unwrap_or((None, 0)))
    }

    fn is_pinned(&self, kept: &Kept) -> Result<bool, Fault> {
        let sql =
            "SELECT present FROM chat_pin WHERE target = ?1 AND object = ?2 ORDER BY tick DESC, prefix DESC LIMIT 1";
        Ok(self.view.first(sql, (kept.id.as_bytes(), kept.object), |row| row.get(0))?.unwrap_or(false))
    }

    fn mentions(&mut self, kept: &Kept) -> Result<Vec<super::Person>, Fault> {
        let sql = "SELECT member FROM chat_mention WHERE object = ?1 AND event = ?2
                   UNION SELECT c.member FROM chat_version v JOIN chat_mention c ON c.object = v.object AND c.event = v.event
                   WHERE v.target = ?3 AND v.object = ?1 AND v.member = ?4 LIMIT 256";
        let of = (kept.object, kept.event, kept.id.as_bytes(), kept.member.as_bytes());
        let called = self.view.all(sql, of, |row| row.get(0).map(MemberId::from_bytes))?;
        called.into_iter().map(|member| self.names.person(member, self.view)).collect()
    }

    fn quote(&mut self, kept: &Kept) -> Result<Option<Quote>, Fault> {
        let Some(id) = kept.reply else { return Ok(None) };
        let Some(quoted) = load(&id, self.view)?.filter(|quoted| quoted.object == kept.object) else {
            return Ok(Some(Quote { id, author: None, text: None }));
        };
        let text = match &quoted.text {
            None => None,
            Some(text) => Some(first_line(&self.newest_text(&quoted)?.0.unwrap_or_else(|| text.clone()))),
        };
        let author = Some(self.names.person(quoted.member, self.view)?);
        Ok(Some(Quote { id, author, text }))
    }

    fn reactions(&mut self, kept: &Kept) -> Result<Vec<Reaction>, Fault> {
        let sql = "SELECT word, member, present FROM chat_reaction WHERE target = ?1 AND object = ?2
                   ORDER BY tick DESC, prefix DESC LIMIT ?3";
        let rows = self.view.all(sql, (kept.id.as_bytes(), kept.object, MAX_REACTIONS), |row| {
            Ok(((row.get::<_, String>(0)?, row.get(1).map(MemberId::from_bytes)?), row.get::<_, bool>(2)?))
        })?;
        let mut newest = BTreeMap::new();
        for (key, present) in rows {
            newest.entry(key).or_insert(present);
        }
        let mut reactions: Vec<Reaction> = Vec::new();
        for ((word, member), _) in newest.into_iter().filter(|(_, present)| *present) {
            let person = self.names.person(member, self.view)?;
            let mine = member == self.me.member;
            match reactions.last_mut().filter(|last| last.word == word) {
                Some(last) => {
                    last.by.push(person);
                    last.mine |= mine;
                }
                None => reactions.push(Reaction { word, by: vec![person], mine }),
            }
        }
        reactions.sort_by(|a, b| (b.by.len(), &a.word).cmp(&(a.by.len(), &b.word)));
        Ok(reactions)
    }

    fn replies(&self, kept: &Kept) -> Result<Thread, Fault> {
        let sql = "SELECT count(*), max(tick) FROM chat_message WHERE thread = ?1 AND object = ?2 AND text IS NOT NULL";
        let thread = self.view.first(sql, (kept.id.as_bytes(), kept.object), |row| {
            let last: Option<i64> = row.get(1)?;
            Ok(Thread { count: row.get(0)?, last_ms: last.map(|tick| Tick::from_raw(tick as u64).ms()) })
        })?;
        Ok(thread.unwrap_or_default())
    }
}

fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(QUOTE_CHARS).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_prefix_holds_exactly_the_ids_that_begin_so() {
        for n in 0..=255_u8 {
            let id = EventId::of_body(&[n]);
            let text = id.to_string();
            for len in 1..=52 {
                let (low, high) = id_range(&text[..len]).expect("a prefix of an id");
                assert!((low as i64..=high as i64).contains(&id.prefix()), "{len} of {text}");
                if len <= 12 {
                    assert_eq!(high - low, u64::MAX >> (5 * len));
                }
                if len >= 13 {
                    assert_eq!(low, high);
                }
            }
        }
        assert_eq!(id_range("abc1"), None);
        assert_eq!(id_range(&"a".repeat(53)), None);
    }
}
