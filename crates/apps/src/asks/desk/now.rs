//! What needs this person now: at most seven, in order. First what others wait for, then what has a date, then what fits.

use std::collections::BTreeSet;

use skein_app::{Fault, Me, ObjectRow, View};
use skein_event::EventId;

use super::answer::{Answer, Todo};
use super::aside;
use super::show::Shower;
use crate::asks::ask::{Ask, Promise};
use crate::asks::matching;
use crate::asks::state::{Act, Held, Standing, UNCONFIRMED_AFTER_MS};

/// The most that is shown: more is a burden, not help.
const MOST: usize = 7;
/// The most open asks of this person that are looked at.
const MAX_LOOKED_AT: i64 = 1_000;

/// How pressing something is; lower is more so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Somebody cannot go on without it.
    Blocks,
    /// It has a date.
    Dated,
    /// It fits.
    Fits,
    /// It can wait.
    Calm,
}

struct Item {
    urgency: Urgency,
    due_ms: u64,
    act: Act,
    why: String,
    fit: Vec<String>,
    promise: Option<EventId>,
    ask: Ask,
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
        items.extend(duty(me, &ask, &round));
    }
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

/// What this person has to do for an ask, if it is their turn.
fn duty(me: &Me, ask: &Ask, round: &matching::Round) -> Option<Item> {
    let standing = Standing::of(ask, me.now_ms);
    let item = |urgency, act, why: &str, promise: Option<&Promise>| {
        let due_ms = promise.and_then(|promise| standing.due(promise)).or(ask.words.until_ms).unwrap_or(u64::MAX);
        let promise = promise.map(|promise| promise.id);
        Some(Item { urgency, due_ms, act, why: why.into(), fit: Vec::new(), promise, ask: ask.clone() })
    };
    if !standing.is_open() {
        return None;
    }
    let live = || ask.promises.iter().zip(&standing.held);
    let gets = |promise: &Promise| {
        ask.receiver(promise) == me.member || (ask.minds(&me.member) && ask.giver(promise) != me.member)
    };
    if let Some((promise, _)) = live().find(|(promise, held)| **held == Held::Delivered && gets(promise)) {
        let old = promise.delivered().is_some_and(|step| me.now_ms > step.tick.ms() + UNCONFIRMED_AFTER_MS / 2);
        let why = if old { "It was said to be done days ago: is it?" } else { "It is said to be done: is it good?" };
        return item(Urgency::Blocks, Act::Confirm, why, Some(promise));
    }
    if standing.contested && ask.minds(&me.member) {
        let why = "Several people took this while they could not hear one another. One tap settles it.";
        return item(Urgency::Blocks, Act::Settle, why, None);
    }
    if let Some((promise, _)) =
        live().find(|(promise, held)| promise.handed == Some(me.member) && **held != Held::Released)
    {
        return item(Urgency::Blocks, Act::TakeOver, "You were asked to take this over.", Some(promise));
    }
    let (next, who) = match standing.next(me.now_ms) {
        Some((next, who)) => (next, who),
        None => return None,
    };
    match next {
        Act::Accept if who == Some(me.member) => {
            return item(Urgency::Blocks, Act::Accept, "There are bids.", None);
        }
        Act::Send if who == Some(me.member) => {
            return item(Urgency::Blocks, Act::Send, "It has all the signatures: bring it to its addressee.", None);
        }
        _ => {}
    }
    let held = live()
        .filter(|(promise, held)| ask.giver(promise) == me.member && matches!(held, Held::Holds | Held::Returned));
    let together = crate::asks::state::ends_by_date(ask).is_none() || standing.reached;
    if together && let Some((promise, held)) = held.min_by_key(|(promise, _)| standing.due(promise).unwrap_or(u64::MAX))
    {
        let dated = standing.due(promise).is_some();
        let calm = if dated { Urgency::Dated } else { Urgency::Calm };
        return match standing.act_of(promise, me.now_ms) {
            Act::Replan => item(Urgency::Blocks, Act::Replan, "Its time is over: go on, or release it.", Some(promise)),
            Act::Check => item(calm, Act::Check, "Half the time is over: is it on track?", Some(promise)),
            act if *held == Held::Returned => {
                item(Urgency::Blocks, act, "It was not there, or is to be done again.", Some(promise))
            }
            act if ask.kind == crate::asks::event::AskKind::Shift => {
                item(calm, act, "You are on this shift.", Some(promise))
            }
            act => item(calm, act, "You promised this.", Some(promise)),
        };
    }
    if ask.minds(&me.member) && next == Act::Take && round.nobody_left(ask) {
        let why = "Nobody has taken it yet. Split it, say it differently, move its date, or tell more people.";
        return item(Urgency::Dated, Act::Replan, why, None);
    }
    if standing.lead_is_long(&me.member, me.now_ms) && ask.by != me.member {
        return item(
            Urgency::Calm,
            Act::Check,
            "You have led this for a month: keep it, share it, or hand it on?",
            None,
        );
    }
    None
}
