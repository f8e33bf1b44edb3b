//! From what was typed to what is posted: what people leave out is filled with what is usual for such an ask.

use skein_app::{Kind, Refusal};
use skein_event::EventId;

use super::act::usage;
use super::said::{Cleared, Said};
use super::typed::{PartSpec, point};
use crate::asks::ask::Ask;
use crate::asks::event::{AskKind, Part, Place, Posted, Unit, Words};
use crate::asks::fits::{self, MAX_PARTS};

const WEEK_MS: u64 = 7 * 86_400_000;

/// An ask as it was typed.
pub struct Wanted {
    pub kind: AskKind,
    pub title: String,
    pub said: Said,
    pub parts: Vec<PartSpec>,
    pub weeks: Option<u16>,
    pub behalf: Option<String>,
    pub to: Option<String>,
    pub from: Option<EventId>,
}

/// What is posted.
///
/// # Errors
/// In people's words.
pub fn posted(wanted: Wanted, now_ms: u64) -> Result<Posted, Refusal> {
    let Wanted { kind, title, said, parts, weeks, behalf, to, from } = wanted;
    if kind == AskKind::Shift && parts.is_empty() {
        return Err(Refusal::new(Kind::Usage, "a shift needs its hours").hint(
            "For example: --part \"2-4 people kitchen @ 2026-12-05T10:00/2026-12-05T14:00\"; repeat it for more.",
        ));
    }
    let blank = Words {
        title: title.trim().into(),
        text: String::new(),
        topic: String::new(),
        place: None,
        until_ms: None,
        urgent: false,
        share: None,
    };
    let posted = Posted {
        kind,
        words: with(blank, said, now_ms)?,
        parts: parts_of(kind, &title, parts, weeks),
        behalf: behalf.unwrap_or_default(),
        addressee: to.unwrap_or_default(),
        from,
    };
    usage(fits::posted(&posted, now_ms))?;
    Ok(posted)
}

/// What an ask says from now on.
///
/// # Errors
/// In people's words.
pub fn changed(ask: &Ask, title: Option<String>, said: Said, clear: &[Cleared], now_ms: u64) -> Result<Words, Refusal> {
    let mut words = ask.words.clone();
    if let Some(title) = title {
        words.title = title.trim().into();
    }
    let before = words.until_ms;
    for cleared in clear {
        match cleared {
            Cleared::Date => words.until_ms = None,
            Cleared::Place => words.place = None,
            Cleared::Picture => words.share = None,
        }
    }
    let words = with(words, said, now_ms)?;
    if words.until_ms != before && ask.kind.is_all_or_nothing() {
        return Err(Refusal::new(Kind::Conflict, "its date stays as it was posted")
            .hint("Whoever pledged did so for that date. Close it and post a new one."));
    }
    // A date that is over may stay as it is.
    let until_ms = words.until_ms.filter(|until| Some(*until) != before);
    usage(fits::words(&Words { until_ms, ..words.clone() }, now_ms))?;
    Ok(words)
}

fn with(mut words: Words, said: Said, now_ms: u64) -> Result<Words, Refusal> {
    let Said { text, topic, place, point: at, until, urgent, share } = said;
    words.text = text.unwrap_or(words.text);
    words.topic = topic.map_or(words.topic, |topic| fits::topic(&topic));
    if place.is_some() || at.is_some() {
        let before = words.place.take();
        let label = place.unwrap_or_else(|| before.as_ref().map(|place| place.label.clone()).unwrap_or_default());
        let at = at.filter(|at| !at.is_empty()).map(|at| point(&at)).transpose()?;
        let spot = Place { label: label.trim().into(), point: at.or(before.and_then(|place| place.point)) };
        words.place = (!spot.label.is_empty() || spot.point.is_some()).then_some(spot);
    }
    words.until_ms = until.map(|until| until.at(now_ms)).or(words.until_ms);
    words.urgent = urgent.unwrap_or(words.urgent);
    words.share = share.or(words.share);
    Ok(words)
}

fn parts_of(kind: AskKind, title: &str, parts: Vec<PartSpec>, weeks: Option<u16>) -> Vec<Part> {
    let unit = usual_unit(kind);
    let part = |spec: &PartSpec| Part {
        what: if spec.what.trim().is_empty() { title.trim().into() } else { spec.what.trim().into() },
        unit: spec.unit.unwrap_or(unit),
        minimum: spec.minimum,
        optimum: spec.optimum,
        slot: spec.starts_ms.zip(spec.ends_ms),
    };
    let mut all: Vec<Part> = parts.iter().map(part).collect();
    if all.is_empty() && kind != AskKind::Shift {
        all.push(Part { what: title.trim().into(), unit, minimum: 1, optimum: usual_most(kind), slot: None });
    }
    let weeks = u64::from(weeks.unwrap_or(1).max(1));
    // One more than may be: then the refusal says so.
    let repeated = (0..weeks).flat_map(|week| all.iter().map(move |part| later(part, week))).take(MAX_PARTS + 1);
    repeated.collect()
}

fn later(part: &Part, week: u64) -> Part {
    let shift = |ms: u64| ms.saturating_add(week * WEEK_MS);
    Part { slot: part.slot.map(|(starts, ends)| (shift(starts), shift(ends))), ..part.clone() }
}

fn usual_unit(kind: AskKind) -> Unit {
    match kind {
        AskKind::Need | AskKind::Offer => Unit::Things,
        AskKind::Shift | AskKind::Report => Unit::People,
        AskKind::Petition => Unit::Signatures,
        AskKind::Campaign | AskKind::Gig => Unit::Hours,
    }
}

fn usual_most(kind: AskKind) -> u64 {
    if kind == AskKind::Petition { fits::MAX_AMOUNT } else { 1 }
}
