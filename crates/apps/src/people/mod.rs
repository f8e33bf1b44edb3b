//! Who belongs: founding, invitations, joining, devices, names, leaving, removal.
//!
//! Its events are the only ones that a log may begin with. It must never let one person's word remove another: how many
//! it takes is a value in the charter.

mod desk;
mod event;
mod export;
mod facts;
mod knock;
mod picture;
mod roster;
mod rules;
mod standing;
#[cfg(test)]
mod tests;

pub use desk::{Answer, Command, DeviceRow, InvitationRow, MemberRow, PictureRow, Query};
pub use event::{Charter, Event, RemovalRule};
pub use knock::Sealed;
pub use picture::Image;
pub use roster::People as PeopleRoster;
use skein_app::{Act, App, Fault, Line, Me, Meta, Order, Pages, Refusal, Verdict, View};
use skein_event::ObjectId;

/// The app.
pub struct People;

impl App for People {
    const NAME: &'static str = "people";
    const ABOUT: &'static str = "Who belongs: members, devices, invitations";
    const ORDER: Order = Order::Any;
    const TABLES: &'static [&'static str] = &[
        "people_community",
        "people_member",
        "people_picture",
        "people_device",
        "people_invitation",
        "people_revoked",
        "people_end",
        "people_direct",
        "people_knock",
    ];
    const SCHEMA: &'static str = include_str!("view.sql");

    type Command = Command;
    type Event = Event;
    type Query = Query;
    type Answer = Answer;

    fn decide(me: &Me, _fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
        desk::decide(me, command, view)
    }

    fn check(event: &Event, meta: &Meta, _view: &View<'_>) -> Result<Verdict, Fault> {
        Ok(rules::check(event, meta))
    }

    fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
        rules::apply(event, meta, view)
    }

    fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
        desk::query(me, query, view)
    }

    fn text(answer: &Answer) -> String {
        desk::text(answer)
    }

    fn summary(event: &Event, meta: &Meta) -> Option<Line> {
        let line = |text: String| Some(Line { about: meta.event, text: Some(text), kind: "people".into() });
        match event {
            Event::Founded { name, member_name, .. } => line(format!("{member_name} founded {name}")),
            Event::Joined { name, .. } => line(format!("{name} joined")),
            _ => None,
        }
    }

    fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
        export::export(me, view, pages)
    }
}
