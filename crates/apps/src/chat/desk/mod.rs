//! The desk: what a person may do and ask. Local, and free to change.

mod act;
mod answer;
mod ask;
mod channel;
mod command;
mod draw;
mod export;
mod join;
pub(super) mod message;
mod names;
pub(super) mod page;
pub(super) mod unread;

pub use answer::{Answer, ChannelInfo, Message, Person, Quote, Reaction, Thread};
pub use command::{ChannelCommand, Command, Query};

pub(super) use act::decide;
pub(super) use ask::{find, next, query};
pub(super) use draw::text;
pub(super) use export::export;
pub(super) use unread::in_all as unread;
