//! A message with all that is known of it: its newest text, who is named in it, who reacted, what it answers.

use std::collections::BTreeMap;

use skein_app::{Fault, Me, ObjectRow, View};
use skein_event::{MemberId, Tick};

use super::answer::{Message, Person, Quote, Reaction, Thread};
use super::channel::Channel;
use super::message::{self, Kept};
use super::names::Names;
use crate::chat::rules::EDITS;

/// The most reactions to one message that are read, the newest first.
const MAX_REACTIONS: i64 = 5_000;
/// The longest quote, in characters.
const QUOTE_CHARS: usize = 80;

/// Joins messages with what is known of them, for one person's eyes.
pub struct Joiner<'a> {
    me: &'a Me,
    view: &'a View<'a>,
    names: Names,
    channels: BTreeMap<ObjectRow, Channel>,
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
            self.channels.insert(kept.object, Channel::load(kept.object, self.view)?);
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

    fn mentions(&mut self, kept: &Kept) -> Result<Vec<Person>, Fault> {
        let sql = "SELECT member FROM chat_mention WHERE object = ?1 AND event = ?2
                   UNION SELECT c.member FROM chat_version v JOIN chat_mention c ON c.object = v.object AND c.event = v.event
                   WHERE v.target = ?3 AND v.object = ?1 AND v.member = ?4 LIMIT 256";
        let of = (kept.object, kept.event, kept.id.as_bytes(), kept.member.as_bytes());
        let called = self.view.all(sql, of, |row| row.get(0).map(MemberId::from_bytes))?;
        called.into_iter().map(|member| self.names.person(member, self.view)).collect()
    }

    fn quote(&mut self, kept: &Kept) -> Result<Option<Quote>, Fault> {
        let Some(id) = kept.reply else { return Ok(None) };
        let Some(quoted) = message::load(&id, self.view)?.filter(|quoted| quoted.object == kept.object) else {
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
