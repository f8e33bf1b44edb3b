//! Files and folders that members share: what there is, in which versions, and which devices hold it.
//!
//! The log says what exists and who holds it; the bytes travel beside it, as blobs. This app never touches a file: it
//! asks the host by [`skein_app::Job`] and [`skein_app::Want`], and is told what came of it through [`App::held`].

mod answer;
mod command;
mod copies;
mod desk;
mod event;
mod export;
mod find;
mod hold;
mod rows;
mod rules;
mod show;
mod show_copies;
#[cfg(test)]
mod tests;

use skein_app::{
    Act, App, Concern, Fault, Hold, Import, Kind, Line, Me, Meta, Order, Pages, Refusal, Verdict, View, Want,
};
use skein_event::{BlobHash, DeviceId, ObjectId};

pub use answer::{Answer, Copies, Holder, Only, Share, Sharer, Sole, Version};
pub use copies::SILENT_DAYS;
pub use copies::answer::{Asked, Outlook, Room, Safety, Short};
pub use copies::desk::{Amount, Number};
pub use copies::rules::MAX_COPIES;
pub use desk::{Command, Query};
pub use event::{Content, Event, copies_id, room_id};
pub use rules::{MAX_CLAIM, MAX_NAME_BYTES, MAX_NOTE_BYTES, MAX_VERSIONS};

/// The app.
pub struct Files;

impl App for Files {
    const NAME: &'static str = "files";
    const ABOUT: &'static str = "Share files and folders, fetch them, see who holds them";
    const ORDER: Order = Order::Tick;
    const TABLES: &'static [&'static str] =
        &["files_share", "files_version", "files_holder", "files_kept", "files_number", "files_room", "files_unfit"];
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

    fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
        answer::query(me, query, view)
    }

    fn find(me: &Me, typed: &str, view: &View<'_>) -> Result<Option<ObjectId>, Refusal> {
        match find::share(me, typed, view) {
            Ok(found) => Ok(Some(found.share.id)),
            Err(refusal) if refusal.kind == Kind::NotFound => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    fn text(answer: &Answer) -> String {
        show::text(answer)
    }

    fn summary(event: &Event, meta: &Meta) -> Option<Line> {
        let line = |about, text| Some(Line { about, text, kind: "file".into() });
        match event {
            Event::Shared { name, note, .. } => line(meta.event, Some(words(name, note))),
            Event::Described { shared, name, note } => line(*shared, Some(words(name, note))),
            Event::Removed { shared } => line(*shared, None),
            Event::Held { .. } | Event::Unheld { .. } | Event::Kept | Event::Replaced { .. } => None,
            Event::CopiesWanted { .. } | Event::RoomOffered { .. } => None,
            Event::HeldForOthers { .. } | Event::Unfit { .. } => None,
        }
    }

    fn wants(me: &Me, there: &[DeviceId], view: &View<'_>) -> Result<Vec<Want>, Fault> {
        hold::wants(me, there, view)
    }

    fn tend(me: &Me, left_bytes: u64, view: &View<'_>) -> Result<Vec<Command>, Fault> {
        copies::tend(me, left_bytes, view)
    }

    fn imports(command: &mut Command) -> Vec<&mut Import> {
        match command {
            Command::Add { path, .. } | Command::Update { path, .. } => vec![path],
            _ => Vec::new(),
        }
    }

    fn blobs(view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
        hold::known_roots(view)
    }

    fn holders(root: &BlobHash, view: &View<'_>) -> Result<Vec<DeviceId>, Fault> {
        hold::holders(root, view)
    }

    fn held(me: &Me, root: &BlobHash, hold: Hold, view: &View<'_>) -> Result<Vec<Command>, Fault> {
        hold::held(me, root, hold, view)
    }

    fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
        export::export(me, view, pages)
    }

    fn concerns(me: &Me, view: &View<'_>) -> Result<Vec<Concern>, Fault> {
        export::concerns(me, view)
    }
}

fn words(name: &str, note: &str) -> String {
    if note.is_empty() { name.into() } else { format!("{name}\n{note}") }
}
