//! Commands: what a person asked becomes an event, or something for this device alone, or a refusal.

use skein_app::{Act, Draft, Job, Kind, Me, Refusal, View};
use skein_event::ObjectId;

use super::command::Command;
use super::{aside, find, hear, post, promise};
use crate::asks::ask::{Ask, Promise};
use crate::asks::event::{AskKind, Event, Lead, Profile, profile_id};
use crate::asks::exchange;
use crate::asks::fits;
use crate::asks::state::Standing;

/// What a command comes to.
pub(super) type Acted = Result<Act<Event>, Refusal>;

/// How many open asks one person may lead at once: nobody is lead of everything.
const MAX_LED: i64 = 7;
/// Turns it into an act.
///
/// # Errors
/// In people's words.
pub fn decide(me: &Me, fresh: ObjectId, command: Command, view: &View<'_>) -> Acted {
    match command {
        Command::Post { kind, title, said, parts, weeks, behalf, to, from } => {
            let wanted = post::Wanted { kind, title, said, parts, weeks, behalf, to, from };
            let event = Event::Posted(post::posted(wanted, me.now_ms)?);
            Ok(Act::Say(Draft { object: fresh, event }))
        }
        Command::Change { ask, title, said, clear } => {
            let ask = minded(&find::ask(&ask, view)?, me)?;
            let words = post::changed(&ask, title, said, &clear, me.now_ms)?;
            say(&ask, Event::Changed(words))
        }
        Command::Take { ask, part, amount, note } => promise::take(me, &find::ask(&ask, view)?, part, amount, note),
        Command::Choose { promises } => promise::choose(me, &promises, view),
        Command::Close { ask, how, note } => {
            let ask = minded(&find::ask(&ask, view)?, me)?;
            say(&ask, Event::Closed { how, note: noted(note)? })
        }
        Command::Reopen { ask, why } => reopen(me, &find::ask(&ask, view)?, why),
        Command::Lead { ask, share, hand, lay_down } => lead(me, &find::ask(&ask, view)?, share, hand, lay_down, view),
        Command::Tell { ask, text, kind } => {
            usage(fits::news(&text))?;
            say(&find::ask(&ask, view)?, Event::Told { kind, text })
        }
        Command::Follow { ask, stop } => say(&find::ask(&ask, view)?, Event::Followed { on: !stop }),
        Command::Join { ask, into } => {
            let ask = find::ask(&ask, view)?;
            let ask = if ask.kind == AskKind::Report { ask } else { minded(&ask, me)? };
            let into = into.map(|into| find::ask(&into, view)).transpose()?;
            say(&ask, Event::Joined { into: join(&ask, into)? })
        }
        Command::Review { ask, text, not_again } => {
            let ask = find::ask(&ask, view)?;
            usage(fits::news(&text))?;
            let bid = ask.standing().find(|promise| promise.chosen == Some(true)).map(|promise| promise.id);
            let promise = bid.ok_or_else(|| Refusal::new(Kind::Conflict, "no bid was accepted here"))?;
            say(&ask, Event::Reviewed { promise, again: !not_again, text })
        }
        Command::Release { .. }
        | Command::Hand { .. }
        | Command::TakeOver { .. }
        | Command::HelpMe { .. }
        | Command::OnTrack { .. }
        | Command::Deliver { .. }
        | Command::Confirm { .. }
        | Command::Thank { .. } => promise::decide(me, command, view),
        Command::Decline { .. } | Command::Seen { .. } | Command::Pause { .. } => keep_aside(me, command, view),
        Command::Send { .. } | Command::Check { .. } | Command::Import { .. } => outside(me, command, view),
        Command::Can { topics, learning, at_once, hours } => can(me, topics, learning, at_once, hours),
    }
}

/// What stays on this device.
fn keep_aside(me: &Me, command: Command, view: &View<'_>) -> Acted {
    match command {
        Command::Decline { ask, undo } => {
            let ask = find::ask(&ask, view)?;
            let value = (!undo).then(String::new);
            Ok(Act::Do(Job::Note { key: aside::decline_of(&ask.id), value }))
        }
        Command::Seen { ask } => {
            let ask = find::ask(&ask, view)?;
            if let Some(at) = hear::done_at(&ask, me.now_ms) {
                return Ok(Act::Do(Job::Note { key: aside::heard_of(&ask.id), value: Some(at.raw().to_string()) }));
            }
            // The first time counts: what is looked at again tomorrow is nothing new, and takes no room from what is.
            if aside::shown(&ask.id, view)? {
                return Ok(Act::Do(Job::Tell { words: "You were shown it before.".into() }));
            }
            Ok(Act::Do(Job::Note { key: aside::shown_of(&ask.id), value: Some(String::new()) }))
        }
        Command::Pause { until } => {
            let until = until.at(me.now_ms);
            let value = (until > me.now_ms).then(|| until.to_string());
            Ok(Act::Do(Job::Note { key: aside::PAUSED.into(), value }))
        }
        other => Err(unknown(&other)),
    }
}

/// What other programs are told, or tell.
fn outside(me: &Me, command: Command, view: &View<'_>) -> Acted {
    match command {
        Command::Send { ref ask, ref to, ref service, ref api_key, ref jurisdiction, in_json, ref replies } => {
            let ask = minded(&find::ask(ask, view)?, me)?;
            let sending = exchange::Sending {
                to,
                service: service.as_deref(),
                api_key: api_key.as_deref(),
                jurisdiction: jurisdiction.as_deref(),
                json: in_json,
                replies,
            };
            exchange::send(&ask, &sending, &command)
        }
        Command::Check { ref ask, ref replies } => {
            let ask = find::ask(ask, view)?;
            if !ask.minds(&me.member) {
                minded(&ask, me)?;
            }
            exchange::check(me, &ask, replies, &command, view)
        }
        Command::Import { file, kind, leave_out } => Ok(Act::Do(exchange::imported(me, &file, kind, leave_out, view)?)),
        other => Err(unknown(&other)),
    }
}

/// For what a caller has sent to the wrong room: it cannot happen, and says so if it does.
pub(super) fn unknown(command: &Command) -> Refusal {
    Refusal::new(Kind::Failed, format!("this command is not known here: {command:?}"))
}

fn can(me: &Me, topics: Vec<String>, learning: Vec<String>, at_once: u8, hours: Option<String>) -> Acted {
    let tidy = |topics: Vec<String>| topics.iter().map(|topic| fits::topic(topic)).collect();
    let hours = hours.map(|hours| super::typed::hours(&hours)).transpose()?.unwrap_or_default();
    let profile = Profile { topics: tidy(topics), learning: tidy(learning), capacity: at_once, hours };
    usage(fits::profile(&profile))?;
    let object = profile_id(&me.community, &me.member);
    Ok(Act::Say(Draft { object, event: Event::Offering(profile) }))
}

pub(super) fn say(ask: &Ask, event: Event) -> Acted {
    Ok(Act::Say(Draft { object: ask.id, event }))
}

/// What does not fit is said in people's words.
pub(super) fn usage(fits: Result<(), &'static str>) -> Result<(), Refusal> {
    fits.map_err(|why| Refusal::new(Kind::Usage, why).hint("Nothing was said; change it and try again."))
}

pub(super) fn noted(note: Option<String>) -> Result<String, Refusal> {
    let note = note.unwrap_or_default();
    usage(fits::note(&note))?;
    Ok(note)
}

pub(super) fn over(ask: &Ask) -> Result<(), Refusal> {
    if ask.ended.is_none() {
        return Ok(());
    }
    Err(Refusal::new(Kind::Conflict, format!("\"{}\" is over", ask.words.title))
        .hint(format!("`skein asks reopen {}` opens it again, if it should not be.", ask.id.short())))
}

pub(super) fn minded(ask: &Ask, me: &Me) -> Result<Ask, Refusal> {
    over(ask)?;
    if ask.minds(&me.member) {
        return Ok(ask.clone());
    }
    Err(Refusal::new(Kind::Denied, "only who posted it, or leads it, may do that")
        .hint("Talk to them; if nobody leads it, `skein asks lead` takes the lead."))
}

pub(super) fn ids<'a>(promises: impl Iterator<Item = &'a Promise>) -> Vec<skein_event::EventId> {
    promises.map(|promise| promise.id).collect()
}

/// What joined another ask already leads on to that one: all that is one matter joins the same ask.
fn join(ask: &Ask, into: Option<Ask>) -> Result<Option<ObjectId>, Refusal> {
    let Some(into) = into else { return Ok(None) };
    let id = into.joined.unwrap_or(into.id);
    match () {
        () if into.id == ask.id => Err(Refusal::new(Kind::Usage, "it is that ask itself")),
        () if id == ask.id => Err(Refusal::new(Kind::Conflict, "that one joined this one already")
            .hint(format!("Take it apart first: `skein asks join {}`.", into.id.short()))),
        () if ask.joined == Some(id) => Err(Refusal::new(Kind::Conflict, "they are one matter already")),
        () => Ok(Some(id)),
    }
}

fn reopen(me: &Me, ask: &Ask, why: String) -> Acted {
    usage(fits::line(&why))?;
    if ask.kind != AskKind::Report && !ask.minds(&me.member) {
        return Err(Refusal::new(Kind::Denied, "only who posted it, or leads it, may open it again"));
    }
    if Standing::of(ask, me.now_ms).is_open() && ask.standing().all(|promise| promise.steps.is_empty()) {
        return Err(Refusal::new(Kind::Conflict, "it is still open"));
    }
    say(ask, Event::Reopened { why })
}

fn lead(me: &Me, ask: &Ask, share: Option<String>, hand: Option<String>, lay_down: bool, view: &View<'_>) -> Acted {
    over(ask)?;
    let leads = ask.leading().any(|led| led.member == me.member);
    let denied = || Err(Refusal::new(Kind::Denied, "only who leads it may do that"));
    if let Some(to) = share {
        let to = find::member(me, &to, view)?;
        return if ask.minds(&me.member) { say(ask, Event::Led(Lead::Share(to))) } else { denied() };
    }
    if let Some(to) = hand {
        let to = find::member(me, &to, view)?;
        return if leads { say(ask, Event::Led(Lead::Hand(to))) } else { denied() };
    }
    if lay_down {
        let any = ask.leads.iter().any(|led| led.member == me.member);
        return if any { say(ask, Event::Led(Lead::Lay)) } else { denied() };
    }
    let offered = ask.leads.iter().any(|led| led.member == me.member && led.offered_by.is_some());
    if leads || (ask.leading().next().is_some() && !offered) {
        let message = if leads { "you lead it already" } else { "somebody leads it" };
        return Err(Refusal::new(Kind::Conflict, message).hint("Whoever leads it can share the lead."));
    }
    let sql = "SELECT count(*) FROM asks_lead l JOIN asks_ask a ON a.object = l.object
               WHERE l.member = ?1 AND l.offered_by IS NULL AND a.ended IS NULL AND a.member <> ?1";
    let led: i64 = view.first(sql, [me.member.as_bytes()], |row| row.get(0))?.unwrap_or(0);
    if led >= MAX_LED {
        return Err(Refusal::new(Kind::Limit, "you lead seven asks of others already")
            .hint("Lay one down or hand it on first: `skein asks lead ASK --lay-down`."));
    }
    say(ask, Event::Led(Lead::Take))
}
