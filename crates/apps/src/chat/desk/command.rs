//! What a person may do and ask: the command line's help text and the local API's JSON are both made from this.

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many messages are shown if nothing else is said.
pub const DEFAULT_LIMIT: u32 = 50;

fn default_limit() -> u32 {
    DEFAULT_LIMIT
}

/// What a person may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Say something in a channel; the first message makes the channel
    Say {
        /// The channel's name
        channel: String,
        /// What to say; Markdown is fine, and @name calls a member
        #[arg(required = true)]
        text: Vec<String>,
        /// Say it in the thread of this message
        #[arg(long, value_name = "MSG", conflicts_with = "reply")]
        #[serde(default)]
        #[ts(optional = nullable)]
        thread: Option<String>,
        /// Answer this message, and quote it
        #[arg(long, value_name = "MSG")]
        #[serde(default)]
        #[ts(optional = nullable)]
        reply: Option<String>,
    },
    /// Give one of your messages another text
    Edit {
        /// The message: its id, or the first characters of it
        #[arg(value_name = "MSG")]
        message: String,
        /// All of the new text
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Take one of your messages back, for everyone and for good
    Delete {
        /// The message: its id, or the first characters of it
        #[arg(value_name = "MSG")]
        message: String,
    },
    /// React to a message with an emoji or a short word
    React {
        /// The message: its id, or the first characters of it
        #[arg(value_name = "MSG")]
        message: String,
        /// The emoji or word
        emoji: String,
        /// Take your reaction back
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        remove: bool,
    },
    /// Pin a message in its channel, for everyone
    Pin {
        /// The message: its id, or the first characters of it
        #[arg(value_name = "MSG")]
        message: String,
        /// Unpin it
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        remove: bool,
    },
    /// Open, rename, describe or archive a channel
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// Remember that you have read a channel up to now, its threads too; nobody else is told
    MarkRead {
        /// The channel's name
        channel: String,
        /// Only the thread of this message: the channel stays as unread as it is
        #[arg(long)]
        #[serde(default)]
        #[ts(optional = nullable)]
        thread: Option<String>,
    },
}

/// What a person may do with a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelCommand {
    /// Open a channel
    New {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long)]
        #[serde(default)]
        #[ts(optional = nullable)]
        topic: Option<String>,
    },
    /// Give a channel another name; the first name still leads to it
    Rename {
        /// The channel's name
        channel: String,
        /// Its new name
        name: String,
    },
    /// Say what a channel is for
    Topic {
        /// The channel's name
        channel: String,
        /// What it is for; "" for nothing in particular
        #[arg(required = true)]
        topic: Vec<String>,
    },
    /// Put a channel away: it stays readable, and nothing more is said in it
    Archive {
        /// The channel's name
        channel: String,
        /// Take it out again
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        undo: bool,
    },
}

/// What a person may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// Read a channel, or one thread of it
    Read {
        /// The channel's name
        channel: String,
        /// At most so many messages
        #[arg(long, default_value_t = DEFAULT_LIMIT)]
        #[serde(default = "default_limit")]
        #[ts(as = "Option<_>", optional)]
        limit: u32,
        /// Only what was said before this message
        #[arg(long, value_name = "MSG")]
        #[serde(default)]
        #[ts(optional = nullable)]
        before: Option<String>,
        /// Only what was said after this message
        #[arg(long, value_name = "MSG", conflicts_with = "before")]
        #[serde(default)]
        #[ts(optional = nullable)]
        after: Option<String>,
        /// Only the thread of this message
        #[arg(long, value_name = "MSG")]
        #[serde(default)]
        #[ts(optional = nullable)]
        thread: Option<String>,
        /// Only what is pinned
        #[arg(long, conflicts_with_all = ["before", "after", "thread"])]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        pinned: bool,
        /// Only what came to this device after this event (an answer's `newest`)
        #[arg(long, value_name = "ID", hide = true, conflicts_with_all = ["before", "after"])]
        #[serde(default)]
        #[ts(optional = nullable)]
        since: Option<String>,
    },
    /// List the channels, with how much is new in each
    Channels {
        /// Archived ones too
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        all: bool,
    },
    /// Show one message, and who reacted to it
    Show {
        /// The message: its id, or the first characters of it
        #[arg(value_name = "MSG")]
        message: String,
    },
    /// List the messages that call you by name, the newest last
    Mentions {
        /// At most so many messages
        #[arg(long, default_value_t = DEFAULT_LIMIT)]
        #[serde(default = "default_limit")]
        #[ts(as = "Option<_>", optional)]
        limit: u32,
    },
}
