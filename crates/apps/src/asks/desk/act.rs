//! Commands: what a person asked becomes an event, or something for this device alone, or a refusal.

use skein_app::{Act, Draft, Job, Kind, Me, Refusal, View};
use skein_event::ObjectId;

use super::command::Command;
use super::{aside, find, post};
use crate::asks::ask::{Ask, Promise};
use crate::asks::event::{AskKind, Event, Feedback, Lead, Profile, Promised, profile_id};
use crate::asks::exchange;
use crate::asks::fits::{self, MAX_AMOUNT};
use crate::asks::state::{Held, Standing};

type Acted = Result<Act<Event>, Refusal>;

/// How many open asks one person may lead at once: nobody is lead of everything.
const MAX_LED: i64 = 7;
/// Why nothing of one's own was found.
const NONE_OF_YOURS: &str = "you have promised nothing here that stands";

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
        Command::Change { ask, title, said } => {
            let ask = minded(&find::ask(&ask, view)?, me)?;
            let words = post::changed(&ask, title, said, me.now_ms)?;
            say(&ask, Event::Changed(words))
        }
        Command::Take { ask, part, amount, note } => take(me, &find::ask(&ask, view)?, part, amount, note),
        Command::Release { promise, note } => {
            let (ask, promise) = own(me, &promise, view)?;
            if promise.member != me.member {
                minded(&ask, me)?;
            }
            say(&ask, Event::Released { promise: promise.id, note: noted(note)? })
        }
        Command::Decline { ask, undo } => {
            let ask = find::ask(&ask, view)?;
            let value = (!undo).then(String::new);
            Ok(Act::Do(Job::Note { key: aside::decline_of(&ask.id), value }))
        }
        Command::Seen { ask } => {
            let ask = find::ask(&ask, view)?;
            Ok(Act::Do(Job::Note { key: aside::shown_of(&ask.id), value: Some(String::new()) }))
        }
        Command::Pause { until } => {
            let until = until.at(me.now_ms);
            let value = (until > me.now_ms).then(|| until.to_string());
            Ok(Act::Do(Job::Note { key: aside::PAUSED.into(), value }))
        }
        Command::Choose { promises } => choose(me, &promises, view),
        Command::Hand { promise, to } => {
            let (ask, promise) = own(me, &promise, view)?;
            yours(me, &promise)?;
            let to = to.map(|to| find::member(me, &to, view)).transpose()?;
            if to == Some(me.member) {
                return Err(Refusal::new(Kind::Conflict, "it is yours already"));
            }
            say(&ask, Event::Handed { promise: promise.id, to })
        }
        Command::TakeOver { promise } => {
            let handed = |ask: &Ask| ids(ask.standing().filter(|promise| promise.handed == Some(me.member)));
            let (ask, promise) = find::promise(&promise, view, handed, "nothing here was handed to you")?;
            if promise.handed != Some(me.member) {
                return Err(Refusal::new(Kind::Denied, "this promise was not handed to you"));
            }
            say(&ask, Event::TakenOver { promise: promise.id })
        }
        Command::HelpMe { promise, note } => {
            let (ask, promise) = own(me, &promise, view)?;
            yours(me, &promise)?;
            say(&ask, Event::HelpWanted { promise: promise.id, note: noted(Some(note))? })
        }
        Command::OnTrack { promise, until } => {
            let (ask, promise) = own(me, &promise, view)?;
            yours(me, &promise)?;
            let until_ms = until.map(|until| until.at(me.now_ms));
            usage(until_ms.map_or(Ok(()), |until| fits::date(until, me.now_ms)))?;
            say(&ask, Event::OnTrack { promise: promise.id, until_ms })
        }
        Command::Deliver { promise, part, note } => deliver(me, &promise, part, note, view),
        Command::Confirm { promise, part, bad, note } => confirm(me, &promise, part, !bad, note, view),
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
        Command::Thank { promise, text, next_time } => thank(me, &promise, text, next_time, view),
        Command::Review { ask, text, not_again } => {
            let ask = find::ask(&ask, view)?;
            usage(fits::news(&text))?;
            let bid = ask.standing().find(|promise| promise.chosen == Some(true)).map(|promise| promise.id);
            let promise = bid.ok_or_else(|| Refusal::new(Kind::Conflict, "no bid was accepted here"))?;
            say(&ask, Event::Reviewed { promise, again: !not_again, text })
        }
        Command::Import { file, kind, leave_out } => Ok(Act::Do(exchange::imported(me, &file, kind, leave_out, view)?)),
        Command::Can { topics, learning, at_once, hours } => {
            let tidy = |topics: Vec<String>| topics.iter().map(|topic| fits::topic(topic)).collect();
            let hours = hours.map(|hours| super::typed::hours(&hours)).transpose()?.unwrap_or_default();
            let profile = Profile { topics: tidy(topics), learning: tidy(learning), capacity: at_once, hours };
            usage(fits::profile(&profile))?;
            let object = profile_id(&me.community, &me.member);
            Ok(Act::Say(Draft { object, event: Event::Offering(profile) }))
        }
    }
}

fn say(ask: &Ask, event: Event) -> Acted {
    Ok(Act::Say(Draft { object: ask.id, event }))
}

/// What does not fit is said in people's words.
pub(super) fn usage(fits: Result<(), &'static str>) -> Result<(), Refusal> {
    fits.map_err(|why| Refusal::new(Kind::Usage, why).hint("Nothing was said; change it and try again."))
}

fn noted(note: Option<String>) -> Result<String, Refusal> {
    let note = note.unwrap_or_default();
    usage(fits::note(&note))?;
    Ok(note)
}

fn over(ask: &Ask) -> Result<(), Refusal> {
    if ask.ended.is_none() {
        return Ok(());
    }
    Err(Refusal::new(Kind::Conflict, format!("\"{}\" is over", ask.words.title))
        .hint(format!("`skein asks reopen {}` opens it again, if it should not be.", ask.id.short())))
}

fn minded(ask: &Ask, me: &Me) -> Result<Ask, Refusal> {
    over(ask)?;
    if ask.minds(&me.member) {
        return Ok(ask.clone());
    }
    Err(Refusal::new(Kind::Denied, "only who posted it, or leads it, may do that")
        .hint("Talk to them; if nobody leads it, `skein asks lead` takes the lead."))
}

fn ids<'a>(promises: impl Iterator<Item = &'a Promise>) -> Vec<skein_event::EventId> {
    promises.map(|promise| promise.id).collect()
}

/// The promise that is named, or this person's own promise for the ask that is named.
fn own(me: &Me, typed: &str, view: &View<'_>) -> Result<(Ask, Promise), Refusal> {
    let mine = |ask: &Ask| ids(ask.standing().filter(|promise| promise.member == me.member));
    let (ask, promise) = find::promise(typed, view, mine, NONE_OF_YOURS)?;
    over(&ask)?;
    if promise.released.is_some() {
        return Err(Refusal::new(Kind::Conflict, "this promise was released"));
    }
    Ok((ask, promise))
}

fn yours(me: &Me, promise: &Promise) -> Result<(), Refusal> {
    if promise.member == me.member {
        return Ok(());
    }
    Err(Refusal::new(Kind::Denied, "this is somebody else's promise"))
}

fn take(me: &Me, ask: &Ask, part: u16, amount: Option<u64>, note: Option<String>) -> Acted {
    over(ask)?;
    let conflict = |why: &str, hint: &str| Err(Refusal::new(Kind::Conflict, why).hint(hint));
    if ask.by == me.member && matches!(ask.kind, AskKind::Need | AskKind::Offer | AskKind::Gig) {
        return conflict("this is your own", "Close it if it is settled: `skein asks close`.");
    }
    let standing = Standing::of(ask, me.now_ms);
    if !standing.is_open() {
        return conflict("this is over", "Nothing was promised.");
    }
    let index = usize::from(part.wrapping_sub(1));
    let (Some(wanted), true) = (ask.parts.get(index), ask.kind != AskKind::Gig || part == 1) else {
        return Err(Refusal::new(Kind::NotFound, format!("\"{}\" has no part {part}", ask.words.title))
            .hint(format!("See `skein asks show {}`.", ask.id.short())));
    };
    let mine = ask.standing().any(|promise| promise.member == me.member && promise.part == part - 1);
    if mine && ask.kind == AskKind::Petition {
        return conflict("you have signed it", "Everybody signs once.");
    }
    let missing = wanted.minimum.saturating_sub(standing.filled[index].promised);
    let usual = match ask.kind {
        AskKind::Shift | AskKind::Petition | AskKind::Campaign => 1,
        AskKind::Gig => wanted.optimum,
        _ => missing.max(1),
    };
    let promised = Promised {
        part: part - 1,
        amount: amount.unwrap_or(usual.min(MAX_AMOUNT)),
        note: noted(note)?,
        seen: ask.standing().filter(|promise| promise.part == part - 1).count() as u32,
    };
    usage(fits::promise(ask.kind, &promised))?;
    say(ask, Event::Promised(promised))
}

fn choose(me: &Me, typed: &[String], view: &View<'_>) -> Acted {
    let mut promises = Vec::new();
    let mut of: Option<(Ask, u16)> = None;
    for typed in typed {
        let (ask, promise) =
            find::promise(typed, view, |ask| ids(ask.standing()), "nobody has promised anything here")?;
        let ask = minded(&ask, me)?;
        match &of {
            Some((first, part)) if first.id != ask.id || *part != promise.part => {
                return Err(Refusal::new(Kind::Usage, "these promises are not for the same part of the same ask"));
            }
            _ => of = Some((ask, promise.part)),
        }
        promises.push(promise.id);
    }
    match of {
        Some((ask, part)) => say(&ask, Event::Chosen { part, promises }),
        None => Err(Refusal::new(Kind::Usage, "no promise was named")),
    }
}

fn milestone(ask: &Ask, promise: &Promise, part: Option<u16>, held: impl Fn(u16) -> bool) -> u16 {
    match part {
        _ if ask.kind != AskKind::Gig => promise.part,
        Some(part) => part.wrapping_sub(1),
        None => (0..ask.parts.len() as u16).find(|part| held(*part)).unwrap_or(0),
    }
}

fn deliver(me: &Me, typed: &str, part: Option<u16>, note: Option<String>, view: &View<'_>) -> Acted {
    let given = |ask: &Ask| {
        ids(ask.standing().filter(|promise| ask.giver(promise) == me.member && promise.step(promise.part).is_none()))
    };
    let (ask, promise) = find::promise(typed, view, given, "there is nothing here for you to give")?;
    over(&ask)?;
    if ask.giver(&promise) != me.member {
        return Err(Refusal::new(Kind::Denied, "only who gives it says that it is done"));
    }
    let held = Standing::of(&ask, me.now_ms).held(&promise);
    if ask.kind == AskKind::Petition || matches!(held, Held::Bid | Held::Released | Held::Confirmed) {
        return Err(Refusal::new(Kind::Conflict, "there is nothing to be delivered for this promise"));
    }
    let part = milestone(&ask, &promise, part, |part| promise.step(part).is_none());
    say(&ask, Event::Delivered { promise: promise.id, part, note: noted(note)? })
}

fn confirm(me: &Me, typed: &str, part: Option<u16>, good: bool, note: Option<String>, view: &View<'_>) -> Acted {
    let may = |ask: &Ask, promise: &Promise| {
        ask.giver(promise) != me.member && (ask.receiver(promise) == me.member || ask.minds(&me.member))
    };
    let waiting = |ask: &Ask| {
        let unconfirmed =
            |promise: &&Promise| may(ask, promise) && !promise.is_confirmed(std::iter::once(promise.part));
        let delivered = ids(ask.standing().filter(unconfirmed).filter(|promise| promise.delivered().is_some()));
        if delivered.is_empty() { ids(ask.standing().filter(unconfirmed)) } else { delivered }
    };
    let (ask, promise) = find::promise(typed, view, waiting, "there is nothing here for you to confirm")?;
    over(&ask)?;
    if !may(&ask, &promise) {
        return Err(Refusal::new(Kind::Denied, "only who gets it may confirm it, and nobody what they did themselves"));
    }
    let part = milestone(&ask, &promise, part, |part| promise.delivered().is_some_and(|step| step.part == part));
    say(&ask, Event::Confirmed { promise: promise.id, part, good, note: noted(note)? })
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

fn thank(me: &Me, typed: &str, text: String, next_time: bool, view: &View<'_>) -> Acted {
    usage(fits::line(&text))?;
    let others = |ask: &Ask| ids(ask.standing().filter(|promise| ask.giver(promise) != me.member));
    let (ask, promise) = find::promise(typed, view, others, "nobody has promised anything here")?;
    if ask.giver(&promise) == me.member {
        return Err(Refusal::new(Kind::Conflict, "nobody thanks themselves"));
    }
    let kind = if next_time { Feedback::NextTime } else { Feedback::Thanks };
    say(&ask, Event::Thanked { promise: promise.id, kind, text })
}
