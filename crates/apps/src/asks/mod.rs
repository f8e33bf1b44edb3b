//! Asks: what should be done, and who will. Needs and offers, shifts, reports, petitions, campaigns, gigs: all of them one
//! thing. Somebody asks; others promise parts; with enough promises it comes together; what is done is confirmed; a word of
//! thanks closes it.
//!
//! It never ranks people, and never says who was asked, who declined, or how much anybody did.

mod apply;
mod ask;
mod desk;
mod event;
mod exchange;
mod fits;
mod heard;
pub mod matching;
mod names;
mod next;
pub mod patterns;
mod row;
mod rules;
mod state;
#[cfg(test)]
mod tests;

use skein_app::{
    Act, App, Bridged, Bridging, Fault, Line, Me, Meta, Order, Outcome, Pages, Refusal, Reply, Spoken, TextFile,
    Verdict, View,
};
use skein_event::{EventId, ObjectId};

pub use desk::{
    Answer, AskDetail, AskRow, Cleared, Command, NewsRow, Next, PartRow, PartSpec, PatternRow, Person, PromiseRow,
    Query, ReviewRow, Said, Spot, StepRow, Todo, When, WordRow,
};
pub use event::{
    AskKind, Ending, Event, Feedback, Lead, News, Part, Place, Posted, Profile, Promised, Unit, Words, profile_id,
};
pub use exchange::fuzzing;
pub use next::Act as NextAct;
pub use state::{Held, State};

/// The app.
pub struct Asks;

impl App for Asks {
    const NAME: &'static str = "asks";
    const ABOUT: &'static str = "Needs, offers, shifts, reports, petitions, campaigns, gigs";
    const ORDER: Order = Order::Tick;
    const TABLES: &'static [&'static str] = &[
        "asks_ask",
        "asks_part",
        "asks_promise",
        "asks_step",
        "asks_lead",
        "asks_news",
        "asks_follow",
        "asks_word",
        "asks_review",
        "asks_profile",
        "asks_topic",
    ];
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
        apply::apply(event, meta, view)
    }

    fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
        desk::query(me, query, view)
    }

    fn text(answer: &Answer) -> String {
        desk::text(answer)
    }

    fn replied(command: &mut Command, reply: Reply) {
        if let Command::Send { replies, .. } | Command::Check { replies, .. } = command {
            replies.push(reply);
        }
    }

    fn texts(command: &mut Command) -> Vec<&mut TextFile> {
        match command {
            Command::Import { file, .. } => vec![file],
            _ => Vec::new(),
        }
    }

    fn texts_asked(query: &mut Query) -> Vec<&mut TextFile> {
        match query {
            Query::ImportCheck { file, .. } => vec![file],
            _ => Vec::new(),
        }
    }

    fn file(answer: &Answer) -> Option<&str> {
        match answer {
            Answer::File { text, .. } => Some(text),
            _ => None,
        }
    }

    fn speaks() -> &'static [Spoken] {
        exchange::SPOKEN
    }

    fn bridge(
        me: &Me,
        request: &Bridged,
        done: Option<Outcome>,
        view: &View<'_>,
    ) -> Result<Bridging<Command>, Refusal> {
        exchange::bridge(me, request, done, view)
    }

    fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
        exchange::export(me, view, pages)
    }

    fn summary(event: &Event, meta: &Meta) -> Option<Line> {
        let line = |about, text, kind: &str| Some(Line { about, text: Some(text), kind: kind.into() });
        match event {
            Event::Posted(posted) => line(meta.event, words(&posted.words), &row::name(posted.kind)),
            Event::Told { text, .. } => line(meta.event, text.clone(), "news"),
            Event::Thanked { text, .. } => line(meta.event, text.clone(), "thanks"),
            Event::Delivered { note, .. } => line(meta.event, said("It is said to be done.", note), "done"),
            Event::Confirmed { good: true, note, .. } => line(meta.event, said("It is done.", note), "done"),
            Event::Closed { how, note } => line(meta.event, said(desk::ending(*how), note), "done"),
            Event::Reopened { why } => line(meta.event, said("It is open again.", why), "open"),
            _ => None,
        }
    }

    /// So that an act on a promise never comes before the promise.
    fn follows(event: &Event) -> Vec<EventId> {
        match event {
            Event::Posted(posted) => posted.from.into_iter().collect(),
            Event::Chosen { promises, .. } => promises.clone(),
            Event::Released { promise, .. }
            | Event::Handed { promise, .. }
            | Event::TakenOver { promise }
            | Event::HelpWanted { promise, .. }
            | Event::OnTrack { promise, .. }
            | Event::Delivered { promise, .. }
            | Event::Confirmed { promise, .. }
            | Event::Thanked { promise, .. }
            | Event::Reviewed { promise, .. } => vec![*promise],
            _ => Vec::new(),
        }
    }
}

/// A sentence, and the word that was said with it.
fn said(sentence: &str, note: &str) -> String {
    if note.is_empty() { sentence.into() } else { format!("{sentence} {note}") }
}

fn words(words: &event::Words) -> String {
    [words.title.as_str(), &words.text].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}
