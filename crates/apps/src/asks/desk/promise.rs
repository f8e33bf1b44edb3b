//! Commands about promises: making, choosing, handing over, keeping, confirming, thanking.

use skein_app::{Kind, Me, Refusal, View};

use super::act::{Acted, ids, minded, noted, over, say, unknown, usage};
use super::command::Command;
use super::find;
use crate::asks::ask::{Ask, Promise};
use crate::asks::event::{AskKind, Event, Feedback, Promised};
use crate::asks::fits::{self, MAX_AMOUNT};
use crate::asks::state::{Held, Standing};

/// Why nothing of one's own was found.
const NONE_OF_YOURS: &str = "you have promised nothing here that stands";

/// Turns a command about a promise that is there into an act.
///
/// # Errors
/// In people's words.
pub fn decide(me: &Me, command: Command, view: &View<'_>) -> Acted {
    match command {
        Command::Release { promise, note } => {
            let (ask, promise) = own(me, &promise, view)?;
            if promise.member != me.member {
                minded(&ask, me)?;
            }
            say(&ask, Event::Released { promise: promise.id, note: noted(note)? })
        }
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
        Command::Thank { promise, text, next_time } => thank(me, &promise, text, next_time, view),
        other => Err(unknown(&other)),
    }
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

pub fn take(me: &Me, ask: &Ask, part: u16, amount: Option<u64>, note: Option<String>) -> Acted {
    over(ask)?;
    let conflict = |why: &str, hint: &str| Err(Refusal::new(Kind::Conflict, why).hint(hint));
    if ask.by == me.member && ask.kind.is_for_others() {
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

pub fn choose(me: &Me, typed: &[String], view: &View<'_>) -> Acted {
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
