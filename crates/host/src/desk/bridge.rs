//! Bridges: what programs that know nothing of Skein ask of an app. Which of them may ask is the door's to say.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;
use skein_app::{Bridged, Bridging, DynApp, Kind, Outcome, Refusal, Reply};
use skein_node::Answer;

use super::find;
use super::talk::the_app;
use crate::chance::now_ms;
use crate::core::Core;
use crate::hall::Hall;
use crate::{ProtocolRow, Speech};

/// How much may be put into a community through bridges in an hour: what is said cannot be unsaid.
const MAX_AN_HOUR: usize = 60;
const HOUR_MS: u64 = 3_600_000;

/// When something came in through bridges, in the last hour.
#[derive(Debug, Default)]
pub(crate) struct Flow(VecDeque<u64>);

impl Flow {
    /// Whether one more may come in; it counts.
    fn admits(&mut self, now_ms: u64) -> bool {
        while self.0.front().is_some_and(|at| now_ms.saturating_sub(*at) >= HOUR_MS) {
            self.0.pop_front();
        }
        let room = self.0.len() < MAX_AN_HOUR;
        if room {
            self.0.push_back(now_ms);
        }
        room
    }
}

/// What an app's bridges speak.
pub(super) fn speech(core: &Arc<Core>, community: Option<String>, app: &str) -> Result<Speech, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let spoken = the_app(core, app)?.speaks();
    let row = |spoken: &skein_app::Spoken| ProtocolRow {
        name: spoken.name.into(),
        about: spoken.about.into(),
        entry: spoken.entry.into(),
        writes: spoken.writes,
    };
    Ok(Speech {
        community: hall.id.to_string(),
        name: hall.known().name.clone(),
        app: app.into(),
        protocols: spoken.iter().map(row).collect(),
    })
}

/// Answers a request to a bridge.
pub(super) async fn bridge(
    core: &Arc<Core>,
    community: Option<String>,
    app: &str,
    request: Bridged,
) -> Result<Reply, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let found = the_app(core, app)?;
    let spoken = found.speaks().iter().find(|spoken| spoken.name == request.speaks);
    let spoken = spoken.ok_or_else(|| Refusal::new(Kind::NotFound, "there is nothing at this address"))?;
    let command = match ask(core, &hall, found, &request, None).await? {
        Bridging::Answer(reply) => return Ok(reply),
        Bridging::Do(command) => command,
    };
    let outcome = match spoken.writes {
        true => put(core, &hall, app, command).await,
        false => Err(Refusal::new(Kind::Denied, "this address is only for reading")),
    };
    match ask(core, &hall, found, &request, Some(outcome)).await? {
        Bridging::Answer(reply) => Ok(reply),
        Bridging::Do(_) => Err(Refusal::new(Kind::Failed, "this came to no end")),
    }
}

async fn ask(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    app: &'static dyn DynApp,
    request: &Bridged,
    done: Option<Outcome>,
) -> Result<Bridging<Value>, Refusal> {
    let (me, request) = (core.me(hall.id), request.clone());
    core.read(hall, move |view, _| app.bridge(&me, &request, done, view)).await
}

async fn put(core: &Arc<Core>, hall: &Arc<Hall>, app: &str, command: Value) -> Outcome {
    if !core.bridged().admits(now_ms()) {
        return Err(Refusal::new(Kind::Limit, "too much came in through bridges in the last hour"));
    }
    match core.ask(hall.id, app, command).await? {
        Answer::Said { object, .. } => Ok(object),
        Answer::Do(_) => Err(Refusal::new(Kind::Denied, "this cannot be done from outside")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_much_comes_in_an_hour() {
        let mut flow = Flow::default();
        assert!((0..MAX_AN_HOUR as u64).all(|at| flow.admits(at)));
        assert!(!flow.admits(HOUR_MS - 1) && flow.admits(HOUR_MS) && !flow.admits(HOUR_MS), "one left, one came");
    }
}
