//! The doctor: looks whether all is well, and says of each thing that is not: what it is, why it matters, one next act.
//!
//! It only looks. It repairs nothing and tells nobody.

mod clock;
mod copies;
mod folders;
mod history;
mod reach;
mod room;
mod views;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skein_app::Refusal;
use ts_rs::TS;

use crate::core::Core;
use crate::desk::Items;
use crate::hall::Hall;
pub(crate) use history::check_history;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// All is well.
    Good,
    /// Good to know; nothing needs to be done.
    Note,
    /// Something may be lost if nothing is done.
    Warning,
    /// Something is broken or lost.
    Trouble,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The community's file, its history, its views.
    Store,
    /// This computer's clock, and the others'.
    Clock,
    /// Who can be reached.
    Reach,
    /// What only one person has.
    Copies,
    /// What nobody else has heard yet.
    Unsent,
    /// Room on the disk.
    Room,
    /// The shared files that are kept here.
    Files,
    /// Odd things that happened.
    Findings,
    /// Folders that are kept the same.
    Folders,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Check {
    /// What was looked at.
    pub area: Area,
    /// How it stands.
    pub level: Level,
    /// Which finding it is, as one word for scripts.
    pub kind: String,
    /// The community's id; empty if it concerns all of this device.
    pub community: String,
    /// The community's name; empty likewise.
    pub community_name: String,
    /// What was found.
    pub what: String,
    /// Why it matters; empty if all is well.
    pub why: String,
    /// What to do next: one act; empty if nothing is to be done.
    pub next: String,
}

/// All that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Checkup {
    /// The worst of it.
    pub worst: Level,
    /// The worst first.
    pub checks: Vec<Check>,
}

impl Check {
    /// All is well with this.
    fn good(area: Area, what: impl Into<String>) -> Self {
        Self::new(area, Level::Good, "good", what)
    }

    fn new(area: Area, level: Level, kind: &str, what: impl Into<String>) -> Self {
        let (community, community_name) = Default::default();
        let (why, next) = Default::default();
        Self { area, level, kind: kind.into(), community, community_name, what: what.into(), why, next }
    }

    fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    fn of(mut self, hall: &Hall) -> Self {
        self.community = hall.id.to_string();
        self.community_name.clone_from(&hall.known().name);
        self
    }
}

/// A check that could not be made.
fn broken(area: Area, refusal: Refusal) -> Check {
    Check::new(area, Level::Trouble, "unreadable", refusal.message)
        .why("What cannot be read cannot be looked after.")
        .next(refusal.hint)
}

/// Looks at everything. Reads all histories once: seconds for a large community.
pub(crate) async fn doctor(core: &Arc<Core>, items: &Items) -> Checkup {
    let mut checks = Vec::new();
    items.words("doctor", "Looking at the disk…");
    checks.push(room::check(core));
    for hall in core.halls.all() {
        let name = hall.known().name.clone();
        items.words("doctor", format!("Looking at {name}…"));
        let found = community(core, &hall).await;
        checks.extend(found.into_iter().map(|check| check.of(&hall)));
    }
    items.words("doctor", "Looking at the files…");
    checks.extend(copies::kept(core).await);
    checks.extend(folders::checks(core));
    checks.extend(folders::old(core).await);
    // The worst first; within a level as they were found.
    checks.sort_by_key(|check| std::cmp::Reverse(check.level));
    let worst = checks.first().map_or(Level::Good, |check| check.level);
    Checkup { worst, checks }
}

async fn community(core: &Arc<Core>, hall: &Arc<Hall>) -> Vec<Check> {
    let (id, me, rules) = (hall.id, core.me(hall.id), core.rules);
    let known = hall.known().clone();
    let own = known.clone();
    let doubts = core.doubts().of(id);
    let read = core.read(hall, move |view, reader| {
        let mut checks = history::checks(reader, &id, &known)?;
        checks.extend(clock::checks(view, reader, &me)?);
        checks.extend(copies::unsent(view, &me, &known)?);
        checks.extend(copies::concerns(rules, view, &me)?);
        checks.extend(copies::doubts(rules, view, &known, &doubts)?);
        checks.extend(history::findings(rules, view, reader, &me, &known)?);
        let heard = skein_store::Store::contacts(reader.connection())?;
        Ok((checks, heard))
    });
    match read.await {
        Ok((mut checks, heard)) => {
            checks.push(views::check(core, hall).await);
            checks.extend(reach::checks(core, hall, &own, &heard).await);
            checks
        }
        Err(refusal) => vec![broken(Area::Store, refusal)],
    }
}
