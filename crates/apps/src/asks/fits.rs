//! What may stand in an ask: lengths, amounts, dates, places. Knows no clock but the event's own time.

use super::event::{AskKind, Part, Place, Posted, Profile, Promised, Unit, Words};

/// The longest title, in bytes.
pub const MAX_TITLE_BYTES: usize = 160;
/// The longest text of an ask, in bytes.
pub const MAX_TEXT_BYTES: usize = 8_000;
/// The longest note, in bytes: on a promise, a delivery, an ending.
pub const MAX_NOTE_BYTES: usize = 500;
/// The longest news or review, in bytes.
pub const MAX_NEWS_BYTES: usize = 2_000;
/// The longest topic, name of a place or person, in bytes.
pub const MAX_WORD_BYTES: usize = 64;
/// The most parts of an ask: slots of a shift, milestones of a gig.
pub const MAX_PARTS: usize = 60;
/// The most of anything that is asked for or promised.
pub const MAX_AMOUNT: u64 = 1_000_000_000;
/// The most promises for one ask, those that were released included.
pub const MAX_PROMISES: u64 = 10_000;
/// The most who lead one ask.
pub const MAX_LEADS: usize = 7;
/// The most promises that one choice names.
pub const MAX_CHOSEN: usize = 200;
/// The most topics of one profile, of each kind.
pub const MAX_TOPICS: usize = 30;
/// The furthest that a date may lie ahead: five years, in milliseconds.
pub const MAX_AHEAD_MS: u64 = 5 * 366 * 86_400_000;
/// Bytes of a profile's hours: one bit for each hour of a week.
pub const HOURS_BYTES: usize = 21;

type Fits = Result<(), &'static str>;

fn ensure(good: bool, why: &'static str) -> Fits {
    if good { Ok(()) } else { Err(why) }
}

/// Whether an ask may be posted so at this time.
///
/// # Errors
/// Why not, in people's words.
pub fn posted(posted: &Posted, now_ms: u64) -> Fits {
    words(&posted.words, now_ms)?;
    ensure(posted.behalf.is_empty() || is_word(&posted.behalf), "for whom it is must be a short name")?;
    ensure(posted.addressee.is_empty() || is_word(&posted.addressee), "the addressee must be a short name")?;
    ensure((1..=MAX_PARTS).contains(&posted.parts.len()), "it must ask for something, and for at most 60 things")?;
    posted.parts.iter().try_for_each(|part| self::part(posted.kind, part, now_ms))?;
    let dated = matches!(posted.kind, AskKind::Campaign);
    ensure(!dated || posted.words.until_ms.is_some(), "a campaign needs a date by which it comes together")
}

fn part(kind: AskKind, part: &Part, now_ms: u64) -> Fits {
    ensure(part.what.len() <= MAX_TITLE_BYTES && is_line(&part.what), "what it asks for must fit one line")?;
    let range = part.minimum >= 1 && part.minimum <= part.optimum && part.optimum <= MAX_AMOUNT;
    ensure(range, "an amount lies between 1 and 1,000,000,000, and the least is not more than the most")?;
    let signed = (kind == AskKind::Petition) == (part.unit == Unit::Signatures);
    ensure(signed, "signatures are for petitions, and petitions for signatures")?;
    ensure((kind == AskKind::Shift) == part.slot.is_some(), "a shift has hours, and only a shift")?;
    match part.slot {
        None => Ok(()),
        Some((starts, ends)) => {
            ensure(starts < ends && ends - starts <= 31 * 86_400_000, "a slot ends after it begins, within a month")?;
            date(ends, now_ms)
        }
    }
}

/// Whether an ask may say this at this time.
///
/// # Errors
/// Why not, in people's words.
pub fn words(words: &Words, now_ms: u64) -> Fits {
    ensure(
        words.title.len() <= MAX_TITLE_BYTES && is_line(&words.title),
        "the title must be 1 to 160 bytes on one line",
    )?;
    ensure(words.text.len() <= MAX_TEXT_BYTES && is_text(&words.text), "the text is longer than 8,000 bytes")?;
    ensure(is_topic(&words.topic), "the topic must be one or two plain words")?;
    words.place.as_ref().map_or(Ok(()), place)?;
    words.until_ms.map_or(Ok(()), |until| date(until, now_ms))
}

fn place(place: &Place) -> Fits {
    ensure(place.label.is_empty() || is_word(&place.label), "the name of the place must be short and on one line")?;
    ensure(!place.label.is_empty() || place.point.is_some(), "the place says nothing")?;
    let on_earth =
        |(north, east): (i32, i32)| (-90_000..=90_000).contains(&north) && (-180_000..=180_000).contains(&east);
    ensure(place.point.is_none_or(on_earth), "there is no such place on earth")
}

/// Whether a date may be set at this time.
///
/// # Errors
/// Why not, in people's words.
pub fn date(at_ms: u64, now_ms: u64) -> Fits {
    ensure(at_ms > now_ms, "that date is over")?;
    ensure(at_ms - now_ms <= MAX_AHEAD_MS, "that date is more than five years away")
}

/// Whether this much may be promised.
///
/// # Errors
/// Why not, in people's words.
pub fn promise(kind: AskKind, promised: &Promised) -> Fits {
    ensure((1..=MAX_AMOUNT).contains(&promised.amount), "an amount lies between 1 and 1,000,000,000")?;
    ensure(kind != AskKind::Petition || promised.amount == 1, "everybody signs once")?;
    note(&promised.note)
}

/// Whether this may be a note.
///
/// # Errors
/// Why not, in people's words.
pub fn note(note: &str) -> Fits {
    ensure(note.len() <= MAX_NOTE_BYTES && is_text(note), "the note is longer than 500 bytes")
}

/// Whether this may be said as news or a review.
///
/// # Errors
/// Why not, in people's words.
pub fn news(text: &str) -> Fits {
    ensure(!text.trim().is_empty(), "it says nothing")?;
    ensure(text.len() <= MAX_NEWS_BYTES && is_text(text), "it is longer than 2,000 bytes")
}

/// Whether this may be thanks, or a word for the next time: one line.
///
/// # Errors
/// Why not, in people's words.
pub fn line(text: &str) -> Fits {
    ensure(text.len() <= MAX_NOTE_BYTES && is_line(text), "one line of at most 500 bytes, please")
}

/// Whether a member may offer themselves so.
///
/// # Errors
/// Why not, in people's words.
pub fn profile(profile: &Profile) -> Fits {
    let lists = [&profile.topics, &profile.learning];
    ensure(lists.iter().all(|list| list.len() <= MAX_TOPICS), "that is more than 30 topics")?;
    let proper = |topic: &String| !topic.is_empty() && is_topic(topic);
    ensure(lists.iter().all(|list| list.iter().all(proper)), "a topic is one or two plain words")?;
    ensure(profile.hours.is_empty() || profile.hours.len() == HOURS_BYTES, "the hours are not those of a week")
}

/// A topic as it is compared: in small letters, without what is around it.
pub fn topic(typed: &str) -> String {
    typed.trim().trim_start_matches('#').to_lowercase()
}

/// Small letters, digits, spaces between and hyphens: two people who mean the same write the same.
fn is_topic(topic: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() && !c.is_uppercase() || matches!(c, ' ' | '-');
    topic.len() <= MAX_WORD_BYTES && topic.trim() == topic && topic.chars().all(plain)
}

fn is_word(text: &str) -> bool {
    text.len() <= MAX_WORD_BYTES * 2 && is_line(text)
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(is_unseen)
}

fn is_text(text: &str) -> bool {
    !text.chars().any(|c| c != '\n' && is_unseen(c))
}

/// Controls, and the marks that turn the direction of writing.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
