//! Channels: finding one by what a person typed, and what is known of it.

use std::collections::BTreeMap;

use skein_app::{App, Fault, Kind, Me, ObjectRow, Refusal, Unread, View};
use skein_event::{ObjectId, Tick};

use super::answer::ChannelInfo;
use super::unread::Reading;
use crate::chat::Chat;
use crate::chat::event::{MAX_NAME_CHARS, channel_id};
use crate::chat::rules::{ARCHIVED, FIRST_NAME, NAME, TOPIC, is_name};

/// The channel that every community has, though nothing may have been said in it yet.
pub const GENERAL: &str = "general";
/// The most channels that are looked at.
const MAX_CHANNELS: i64 = 10_000;

/// A channel as its rows say it is.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its number here; `None` if no event is about it yet.
    pub row: Option<ObjectRow>,
    /// Its id.
    pub id: ObjectId,
    /// The name by which it was opened; none if that is not known here (yet).
    pub first_name: Option<String>,
    /// The name that it has now.
    pub name: String,
    /// What it is for.
    pub topic: String,
    /// Whether it is put away.
    pub archived: bool,
}

/// A name as channels have it: small letters, without the `#` and the spaces around it.
///
/// # Errors
/// If no channel can have such a name.
pub fn proper_name(typed: &str) -> Result<String, Refusal> {
    let name = typed.trim().trim_start_matches('#').trim().to_lowercase();
    if is_name(&name) {
        return Ok(name);
    }
    let message = format!("a channel cannot be called \"{}\"", name.escape_debug());
    Err(Refusal::new(Kind::Usage, message).hint(format!("A name has 1 to {MAX_NAME_CHARS} letters, digits or signs.")))
}

impl Channel {
    /// A channel of this name in which nothing has happened yet.
    pub fn unopened(me: &Me, name: String) -> Self {
        let id = channel_id(&me.community, &name);
        Self { row: None, id, first_name: None, name, topic: String::new(), archived: false }
    }

    /// The channel with this number.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn load(row: ObjectRow, view: &View<'_>) -> Result<Self, Fault> {
        let id = view.ids().object_id(row)?;
        let sql = "SELECT kind, text FROM chat_setting WHERE object = ?1 ORDER BY tick, prefix";
        let said = view.all(sql, [row], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut newest: BTreeMap<i64, String> = said.into_iter().collect();
        let first_name = newest.remove(&FIRST_NAME);
        let name = newest.remove(&NAME).or_else(|| first_name.clone());
        Ok(Self {
            row: Some(row),
            id,
            first_name,
            name: name.unwrap_or_else(|| format!("unnamed {}", id.short())),
            topic: newest.remove(&TOPIC).unwrap_or_default(),
            archived: newest.remove(&ARCHIVED).is_some_and(|text| !text.is_empty()),
        })
    }

    /// All channels, by name.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn all(view: &View<'_>) -> Result<Vec<Self>, Fault> {
        let sql = "SELECT id FROM object o WHERE app = 'chat'
                   AND (EXISTS (SELECT 1 FROM chat_setting WHERE object = o.id)
                        OR EXISTS (SELECT 1 FROM chat_message WHERE object = o.id)) LIMIT ?1";
        let rows: Vec<ObjectRow> = view.all(sql, [MAX_CHANNELS], |row| row.get(0))?;
        let mut channels = rows.into_iter().map(|row| Self::load(row, view)).collect::<Result<Vec<_>, _>>()?;
        channels.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(channels)
    }

    /// The channel that a person means: by its name, by the name it was opened with, or by the beginning of its id.
    ///
    /// # Errors
    /// Not found, or several could be meant.
    pub fn find(typed: &str, me: &Me, view: &View<'_>) -> Result<Self, Refusal> {
        if let Some(channel) = Self::look_up(typed, me, view)? {
            return Ok(channel);
        }
        let name = proper_name(typed)?;
        if name == GENERAL {
            return Ok(Self::unopened(me, name));
        }
        Err(Refusal::new(Kind::NotFound, format!("there is no channel called \"{name}\""))
            .hint("See `skein chat channels`; `skein chat say` with a new name opens a channel."))
    }

    /// The same, where a channel that does not exist is no error.
    ///
    /// # Errors
    /// If several could be meant.
    pub fn look_up(typed: &str, me: &Me, view: &View<'_>) -> Result<Option<Self>, Refusal> {
        let name = typed.trim().trim_start_matches('#').trim().to_lowercase();
        let opened = match view.ids().object_row(Chat::NAME, &channel_id(&me.community, &name))? {
            Some(row) => Some(Self::load(row, view)?),
            None => None,
        };
        let channels = Self::all(view)?;
        let mut called: Vec<Self> = channels.iter().filter(|channel| channel.name == name).cloned().collect();
        match called.len() {
            0 => {}
            1 => return Ok(called.pop()),
            _ => return Err(several(&name, &called)),
        }
        if let Some(mut channel) = opened {
            if channel.first_name.is_none() {
                channel.name = name; // somebody is about to say it again, or it is on its way
            }
            return Ok(Some(channel));
        }
        let mut begun: Vec<Self> = if name.len() < 4 { Vec::new() } else { channels };
        begun.retain(|channel| channel.id.to_string().starts_with(&name));
        if begun.len() > 1 { Err(several(&name, &begun)) } else { Ok(begun.pop()) }
    }

    /// What to tell of it.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn info(&self, reading: &Reading<'_>, view: &View<'_>) -> Result<ChannelInfo, Fault> {
        let mut info = ChannelInfo {
            id: self.id,
            name: self.name.clone(),
            topic: self.topic.clone(),
            archived: self.archived,
            unread: 0,
            mentions: 0,
            last_ms: None,
            read_ms: Tick::from_raw(reading.until(self)? as u64).ms(),
        };
        let Some(object) = self.row else { return Ok(info) };
        Unread { items: info.unread, mentions: info.mentions } = reading.in_channel(self)?;
        let sql = "SELECT tick FROM chat_message WHERE object = ?1 AND text IS NOT NULL ORDER BY tick DESC LIMIT 1";
        let last: Option<i64> = view.first(sql, [object], |row| row.get(0))?;
        info.last_ms = last.map(|tick| Tick::from_raw(tick as u64).ms());
        Ok(info)
    }
}

fn several(name: &str, channels: &[Channel]) -> Refusal {
    let ids: Vec<String> = channels.iter().take(8).map(|channel| channel.id.short()).collect();
    Refusal::new(Kind::Ambiguous, format!("\"{name}\" could be any of {} channels", channels.len()))
        .hint(format!("Name it by its id: {}.", ids.join(", ")))
}
