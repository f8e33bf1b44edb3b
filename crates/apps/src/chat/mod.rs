//! Chat: channels, messages, threads, replies, edits, deletion, reactions, pins, mentions, read marks.
//!
//! An object is a channel, and a channel is its name: two people who open "garden" apart from one another are in the same
//! channel. The rules know no order of arrival; what a person has read never becomes an event.

mod desk;
mod event;
mod rules;
#[cfg(test)]
mod tests;

use skein_app::{Act, App, Fault, Line, Me, Meta, Order, Pages, Refusal, Unread, Verdict, View};
use skein_event::{EventId, ObjectId};

pub use desk::{Answer, ChannelCommand, ChannelInfo, Command, Message, Person, Query, Quote, Reaction, Thread};
pub use event::{Deleted, Event, Said, channel_id};

/// The app.
pub struct Chat;

impl App for Chat {
    const NAME: &'static str = "chat";
    const ABOUT: &'static str = "Talk: channels, messages, threads, reactions";
    const ORDER: Order = Order::Any;
    const TABLES: &'static [&'static str] =
        &["chat_message", "chat_version", "chat_reaction", "chat_pin", "chat_setting", "chat_mention"];
    const SCHEMA: &'static str = include_str!("view.sql");

    type Command = Command;
    type Event = Event;
    type Query = Query;
    type Answer = Answer;

    fn decide(me: &Me, _fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
        desk::decide(me, command, view)
    }

    fn check(event: &Event, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault> {
        rules::check(event, meta, view)
    }

    fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
        rules::apply(event, meta, view)
    }

    fn apply_erased(meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
        rules::apply_erased(meta, view)
    }

    fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
        desk::query(me, query, view)
    }

    fn find(me: &Me, typed: &str, view: &View<'_>) -> Result<Option<ObjectId>, Refusal> {
        desk::find(me, typed, view)
    }

    fn unread(me: &Me, view: &View<'_>) -> Result<Unread, Fault> {
        desk::unread(me, view)
    }

    fn text(answer: &Answer) -> String {
        desk::text(answer)
    }

    fn next(query: &Query, answer: &Answer) -> Option<Query> {
        desk::next(query, answer)
    }

    fn summary(event: &Event, meta: &Meta) -> Option<Line> {
        rules::summary(event, meta)
    }

    fn erases(event: &Event) -> Vec<EventId> {
        match event {
            Event::Deleted(deleted) => deleted.versions.iter().chain([&deleted.message]).copied().collect(),
            _ => Vec::new(),
        }
    }

    fn follows(event: &Event) -> Vec<EventId> {
        match event {
            Event::Said(said) => said.thread.into_iter().chain(said.reply).collect(),
            Event::Edited { message, .. } | Event::Reacted { message, .. } | Event::Pinned { message, .. } => {
                vec![*message]
            }
            Event::Deleted(_) => Self::erases(event),
            Event::Opened { .. } | Event::Renamed { .. } | Event::Described { .. } | Event::Archived { .. } => {
                Vec::new()
            }
        }
    }

    fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
        desk::export(me, view, pages)
    }
}
