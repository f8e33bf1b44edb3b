//! What programs that know nothing of Skein may ask of asks, each behind a secret address of its own.

use skein_app::{Bridged, Bridging, Kind, Me, Outcome, Refusal, Reply, Spoken, View};

use super::{calendar, open311};
use crate::asks::Command;

/// The protocols.
pub const SPOKEN: &[Spoken] = &[
    Spoken {
        name: "calendar",
        about: "read your dates: what you promised, ask for and lead; for the calendar of your computer or phone",
        entry: "calendar.ics",
        writes: false,
    },
    Spoken {
        name: "open311",
        about: "read all reports, and post reports in your name (Open311 GeoReport v2); for a city's programs",
        entry: "",
        writes: true,
    },
];

/// Answers a request.
///
/// # Errors
/// If there is nothing at this address.
pub fn bridge(
    me: &Me,
    request: &Bridged,
    done: Option<Outcome>,
    view: &View<'_>,
) -> Result<Bridging<Command>, Refusal> {
    match (request.speaks.as_str(), request.path.as_str()) {
        ("calendar", "calendar.ics") if !request.posts => Ok(Bridging::Answer(Reply {
            status: 200,
            kind: "text/calendar; charset=utf-8".into(),
            body: calendar::of_mine(me, view)?,
        })),
        ("open311", _) => open311::answer(me, request, done, view),
        _ => Err(Refusal::new(Kind::NotFound, "there is nothing at this address")),
    }
}
