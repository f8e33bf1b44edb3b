//! Folders that every member may have on their computers, the same for all: the log of what is in them.
//!
//! Any member may change them: a change names what it replaces, and two that replace the same stand side by side until
//! somebody replaces both. The bytes travel beside, as blobs. This app never touches a disk: that is the host's mirror.

mod desk;
mod event;
mod find;
mod rows;
mod rules;
mod shelf;
mod show;
#[cfg(test)]
mod tests;

use skein_app::{Act, App, Fault, Import, Kind, Line, Me, Meta, Order, Pages, Refusal, Verdict, View};
use skein_event::{BlobHash, DeviceId, EventId, ObjectId};

pub use desk::{Answer, Command, EntryRow, FolderRow, Query};
pub use event::{Change, Event, Over, What};
pub use rules::{MAX_CHANGES, MAX_CLAIM, MAX_NAME_BYTES};
pub use shelf::FolderShelf;

/// The app.
pub struct Folders;

impl App for Folders {
    const NAME: &'static str = "folders";
    const ABOUT: &'static str = "Folders that are the same on everybody's computers";
    const ORDER: Order = Order::Any;
    const TABLES: &'static [&'static str] = &["folders_made", "folders_by", "folders_change", "folders_over"];
    const SCHEMA: &'static str = include_str!("view.sql");

    type Command = Command;
    type Event = Event;
    type Query = Query;
    type Answer = Answer;

    fn decide(me: &Me, fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
        desk::decide(me, fresh, command, view)
    }

    fn check(event: &Event, meta: &Meta, _view: &View<'_>) -> Result<Verdict, Fault> {
        Ok(rules::check(event, meta))
    }

    fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
        rules::apply(event, meta, view)
    }

    fn query(_me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
        desk::query(&query, view)
    }

    fn find(_me: &Me, typed: &str, view: &View<'_>) -> Result<Option<ObjectId>, Refusal> {
        match find::folder(typed, view) {
            Ok(folder) => Ok(Some(folder.id)),
            Err(refusal) if refusal.kind == Kind::NotFound => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    fn text(answer: &Answer) -> String {
        show::text(answer)
    }

    fn summary(event: &Event, meta: &Meta) -> Option<Line> {
        match event {
            Event::Made { name } => Some(Line { about: meta.event, text: Some(name.clone()), kind: "folder".into() }),
            // Thousands of files may change at once: the feed is for people.
            Event::Changed { .. } => None,
        }
    }

    fn follows(event: &Event) -> Vec<EventId> {
        match event {
            Event::Made { .. } => Vec::new(),
            Event::Changed { changes } => {
                let events = changes.iter().flat_map(|change| &change.over).map(|over| over.event);
                events.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
            }
        }
    }

    fn imports(command: &mut Command) -> Vec<&mut Import> {
        match command {
            Command::Put { file, .. } => vec![file],
            _ => Vec::new(),
        }
    }

    fn blobs(view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
        rows::all(view)
    }

    fn holders(root: &BlobHash, view: &View<'_>) -> Result<Vec<DeviceId>, Fault> {
        rows::holders(root, view)
    }

    fn export(_me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
        show::export(view, pages)
    }
}
