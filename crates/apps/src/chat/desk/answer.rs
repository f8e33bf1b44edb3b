//! Answers: stable JSON. Ids are text, times are milliseconds since 1970 by the clock of whoever wrote.

use serde::{Deserialize, Serialize};
use skein_event::{EventId, MemberId, ObjectId};
use ts_rs::TS;

/// The answer to a query; in JSON its `kind` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Answer {
    /// Messages of a channel, oldest first.
    Page {
        /// The channel.
        channel: ChannelInfo,
        /// The message whose thread it is, if only that was asked for.
        thread: Option<EventId>,
        /// The messages.
        messages: Vec<Message>,
        /// Whether there is more beyond the limit.
        more: bool,
        /// The newest event on this device that the answer knows of: `since` goes on from here.
        newest: EventId,
        /// Until when this person has read the channel; or the thread, if only that was asked for.
        read_ms: u64,
    },
    /// The channels, by name.
    Channels {
        /// The channels.
        channels: Vec<ChannelInfo>,
    },
    /// One message.
    Message {
        /// The message.
        message: Message,
    },
    /// Messages that call this person by name, oldest first.
    Mentions {
        /// The messages.
        messages: Vec<Message>,
    },
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelInfo {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub topic: String,
    /// Whether it is put away.
    pub archived: bool,
    /// Messages of others, newer than this person's read mark and coming in, threads included; counted up to 1000.
    pub unread: u32,
    /// How many of those call this person by name; counted up to 1000.
    pub mentions: u32,
    /// When something was last said in it.
    pub last_ms: Option<u64>,
    /// Until when this person has read it; at the beginning, when they came in.
    pub read_ms: u64,
}

/// A member, with the name they have now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Its id.
    pub id: EventId,
    /// The channel.
    pub channel: ObjectId,
    /// The channel's name.
    pub channel_name: String,
    /// Who said it.
    pub author: Person,
    /// Whether this person said it.
    pub mine: bool,
    /// When it was said.
    pub at_ms: u64,
    /// Markdown; `null` if it was deleted.
    pub text: Option<String>,
    /// How often it was edited.
    pub edits: u32,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Whom it calls by name.
    pub mentions: Vec<Person>,
    /// The message whose thread it is in.
    pub thread: Option<EventId>,
    /// The message that it answers.
    pub reply: Option<Quote>,
    /// Who reacted how.
    pub reactions: Vec<Reaction>,
    /// What was said in its own thread.
    pub replies: Thread,
}

/// The beginning of a message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Quote {
    /// The message.
    pub id: EventId,
    /// Who said it; `null` if it is not on this device.
    pub author: Option<Person>,
    /// Its first line, shortened; `null` if it was deleted or is not on this device.
    pub text: Option<String>,
}

/// Everyone who reacted to a message with the same emoji or word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Reaction {
    /// The emoji or word.
    pub word: String,
    /// Who.
    pub by: Vec<Person>,
    /// Whether this person is among them.
    pub mine: bool,
}

/// A message's thread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Thread {
    /// How many messages.
    pub count: u32,
    /// When the newest of them was said.
    pub last_ms: Option<u64>,
}
