//! Sample: what it is for, in one line, and what it must never do.

mod desk;
mod event;
mod rules;
#[cfg(test)]
mod tests;

use skein_app::{Act, App, Fault, Line, Me, Meta, Order, Refusal, Verdict, View};
use skein_event::ObjectId;

pub use desk::{Answer, Command, Entry, Query};
pub use event::Event;
pub use rules::MAX_TEXT_BYTES;

/// The app.
pub struct Sample;

impl App for Sample {
    const NAME: &'static str = "sample";
    const ABOUT: &'static str = "What a person reads in the list of commands";
    const ORDER: Order = Order::Tick;
    const TABLES: &'static [&'static str] = &["sample_entry"];
    const SCHEMA: &'static str = include_str!("view.sql");

    type Command = Command;
    type Event = Event;
    type Query = Query;
    type Answer = Answer;

    fn decide(me: &Me, fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
        desk::decide(me, fresh, command, view)
    }

    fn check(event: &Event, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault> {
        rules::check(event, meta, view)
    }

    fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
        rules::apply(event, meta, view)
    }

    fn query(_me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
        desk::query(&query, view)
    }

    fn text(answer: &Answer) -> String {
        desk::text(answer)
    }

    fn summary(event: &Event, meta: &Meta) -> Option<Line> {
        let line = |about, text| Some(Line { about, text, kind: "entry".into() });
        match event {
            Event::Added { text } => line(meta.event, Some(text.clone())),
            Event::Removed { added } => line(*added, None),
        }
    }
}
