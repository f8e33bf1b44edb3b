//! Every reporter hears of it: reports that are done, by themselves or through the fix that they joined, for those who
//! reported or follow them. Each is told once, until they say that they know, or for two weeks.

use skein_app::{Fault, Me, View};
use skein_event::Tick;

use super::aside;
use super::now::{Item, Urgency};
use crate::asks::ask::Ask;
use crate::asks::event::{AskKind, Ending};
use crate::asks::next::Act;
use crate::asks::state::{Standing, State};

/// Later nobody is told any more: two weeks.
const TOLD_MS: u64 = 14 * 86_400_000;
/// The most of this person's reports that are looked at, the newest.
const MAX_LOOKED_AT: i64 = 200;

/// Since when a report is done, and with what it joined if it is through that; `None`: it is not, or is no report.
fn done(ask: &Ask, now_ms: u64) -> Option<(Tick, Option<&Ask>)> {
    let standing = Standing::of(ask, now_ms);
    if ask.kind != AskKind::Report || standing.state != State::Done {
        return None;
    }
    let fix = ask.fix.as_deref().filter(|_| standing.by_its_fix);
    Some((fix.unwrap_or(ask).came_of_it_at(), fix))
}

/// Since when a report is done.
pub(super) fn done_at(ask: &Ask, now_ms: u64) -> Option<Tick> {
    done(ask, now_ms).map(|(at, _)| at)
}

/// What this person has to hear of.
///
/// # Errors
/// Only if the store fails.
pub(super) fn news(me: &Me, view: &View<'_>) -> Result<Vec<Item>, Fault> {
    let which = "a.kind = 'report' AND (a.ended IS NULL OR a.ended = 'done') AND a.object IN
                     (SELECT object FROM asks_ask WHERE member = ?1 UNION SELECT object FROM asks_follow WHERE member = ?1)
                 ORDER BY a.tick DESC LIMIT ?2";
    let mut items = Vec::new();
    for ask in Ask::all(which, (me.member.as_bytes(), MAX_LOOKED_AT), view)? {
        let Some((at, fix)) = done(&ask, me.now_ms) else { continue };
        let old = me.now_ms > at.ms().saturating_add(TOLD_MS);
        if old || knows(me, fix.unwrap_or(&ask)) || aside::heard(&ask.id, view)? >= at {
            continue;
        }
        let whose = if ask.by == me.member { "What you reported is done" } else { "What you follow is done" };
        let how = fix.map(|fix| format!(", with \"{}\"", fix.words.title)).unwrap_or_default();
        let why = format!("{whose}{how}. If it is not good, open it again.");
        items.push(Item {
            urgency: Urgency::Calm,
            due_ms: u64::MAX,
            act: Act::Hear,
            why,
            fit: Vec::new(),
            promise: None,
            ask,
        });
    }
    Ok(items)
}

/// Whether this person had a hand in what made it done, and need not be told.
fn knows(me: &Me, done: &Ask) -> bool {
    let did = done.standing().any(|promise| done.giver(promise) == me.member && !promise.steps.is_empty());
    let minds_alone = done.by == me.member && done.leading().all(|led| led.member == me.member);
    let ended_it = done.ended.is_some() && minds_alone;
    let confirmed = done.kind != AskKind::Report && done.minds(&me.member);
    did || ended_it || confirmed
}

/// How an ask ended, as a sentence.
pub fn ending(how: Ending) -> &'static str {
    match how {
        Ending::Done => "It is done.",
        Ending::Failed => "It did not come together.",
        Ending::Withdrawn => "It is no longer asked for.",
    }
}
