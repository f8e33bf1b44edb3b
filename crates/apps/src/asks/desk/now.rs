//! What needs this person now: at most seven, in order. First what others wait for, then what has a date, then what fits.

use std::collections::BTreeSet;

use skein_app::{Fault, Me, ObjectRow, View};
use skein_event::EventId;

use super::answer::{Answer, Todo};
use super::show::Shower;
use super::{aside, duty, hear};
use crate::asks::ask::Ask;
use crate::asks::matching;
use crate::asks::next::Act;

/// The most that is shown: more is a burden, not help.
const MOST: usize = 7;
/// The most open asks of this person that are looked at.
const MAX_LOOKED_AT: i64 = 1_000;

/// How pressing something is; lower is more so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Somebody cannot go on without it.
    Blocks,
    /// It has a date.
    Dated,
    /// It fits.
    Fits,
    /// It can wait.
    Calm,
}

/// Something to do.
pub struct Item {
    pub urgency: Urgency,
    pub due_ms: u64,
    pub act: Act,
    pub why: String,
    pub fit: Vec<String>,
    pub promise: Option<EventId>,
    pub ask: Ask,
}

/// What needs this person now.
///
/// # Errors
/// Only if the store fails.
pub fn now(me: &Me, view: &View<'_>) -> Result<Answer, Fault> {
    let mut items = Vec::new();
    let concerned = concerned(me, view)?;
    let (fits, round) = matching::fitting(me, &concerned, view)?;
    for ask in concerned {
        items.extend(duty::of(me, &ask, &round));
    }
    items.extend(hear::news(me, view)?);
    let known: BTreeSet<ObjectRow> = items.iter().map(|item: &Item| item.ask.row).collect();
    let paused_until_ms = aside::paused(me.now_ms, view)?;
    items.extend(fits.into_iter().filter(|fit| !known.contains(&fit.ask.row)).map(offer));
    items.sort_by_key(|item| (item.urgency, item.due_ms, item.ask.tick, item.ask.id));
    let more = items.len() > MOST;
    let mut shower = Shower::new(me, view);
    let todo = |item: Item| -> Result<Todo, Fault> {
        let due_ms = (item.due_ms != u64::MAX).then_some(item.due_ms);
        let ask = shower.row(&item.ask)?;
        Ok(Todo { act: item.act, why: item.why, fit: item.fit, due_ms, promise: item.promise, ask })
    };
    Ok(Answer::Now { items: items.into_iter().take(MOST).map(todo).collect::<Result<_, _>>()?, more, paused_until_ms })
}

fn offer(fit: matching::Fit) -> Item {
    let due_ms = fit.ask.words.until_ms.unwrap_or(u64::MAX);
    let why = if fit.ask.words.urgent { "This is urgent, and it fits you." } else { "This fits you." };
    let urgency = if fit.ask.words.urgent { Urgency::Dated } else { Urgency::Fits };
    Item { urgency, due_ms, act: Act::Take, why: why.into(), fit: fit.reasons, promise: None, ask: fit.ask }
}

/// The open asks that this person posted, leads, promised something to, or was handed something of.
fn concerned(me: &Me, view: &View<'_>) -> Result<Vec<Ask>, Fault> {
    let which = "a.ended IS NULL AND a.object IN (
                     SELECT object FROM asks_ask WHERE member = ?1
                     UNION SELECT object FROM asks_lead WHERE member = ?1
                     UNION SELECT object FROM asks_promise WHERE member = ?1 AND released IS NULL
                     UNION SELECT object FROM asks_promise WHERE handed = ?1 AND released IS NULL)
                 ORDER BY a.changed LIMIT ?2";
    Ask::all(which, (me.member.as_bytes(), MAX_LOOKED_AT), view)
}
