//! Bad input: refused in clear words by the desk, and void for everyone if somebody signs it all the same.

use serde_json::{Value, json};
use skein_app::Verdict;
use skein_event::{EventId, MemberId, ObjectId};

use super::town::{ANA, Asking, BEN, CEM, DAY, four};
use crate::asks::event::{
    AskKind, Ending, Event, Lead, Part, Place, Posted, Profile, Promised, Unit, Words, profile_id,
};
use crate::asks::fits::MAX_AHEAD_MS;
use crate::testing::{COMMUNITY, Rows, START_MS, Written};

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let mut town = four();
    let long = "x".repeat(161);
    let part = |minimum: u64, optimum: u64| json!({ "parts": [{ "minimum": minimum, "optimum": optimum }] });
    let post = |kind: &str, title: &str, more: Value| {
        let mut post = json!({ "kind": kind, "title": title });
        post.as_object_mut().expect("is one").extend(more.as_object().cloned().expect("is one"));
        json!({ "post": post })
    };
    for command in [
        post("need", "", json!({})),
        post("need", "two\nlines", json!({})),
        post("need", &long, json!({})),
        post("need", "x", json!({ "until": "2020-01-01" })),
        post("need", "x", json!({ "until": "9999-12-31" })),
        post("need", "x", json!({ "until": "2026-02-30" })),
        post("need", "x", json!({ "until": "0d" })),
        post("need", "x", json!({ "point": "91,0" })),
        post("need", "x", json!({ "topic": "one, two" })),
        post("need", "x", json!({ "parts": [{ "minimum": -1, "optimum": 2 }] })),
        post("need", "x", part(0, 1)),
        post("need", "x", part(3, 2)),
        post("need", "x", part(1, u64::MAX)),
        post("need", "x", json!({ "parts": [{ "minimum": 1, "optimum": 1, "unit": "signatures" }] })),
        post("campaign", "without a date", json!({})),
        post("shift", "without hours", json!({})),
        post("shift", "backwards", json!({ "parts": [{ "minimum": 1, "optimum": 1, "starts_ms": 5, "ends_ms": 4 }] })),
        post("wish", "x", json!({})),
        json!({ "take": { "ask": "nothing like it" } }),
        json!({ "can": { "topics": ["a", "b,c"] } }),
        json!({ "can": { "hours": "always" } }),
    ] {
        town.refuses(ANA, command);
    }
    assert!(town.list(ANA).is_empty(), "nothing of it was said");
}

#[test]
fn promises_that_cannot_be_are_refused() {
    let mut town = four();
    let need = town.post(ANA, "need", "Ladder", json!({}));
    let gig = town.post(ANA, "gig", "Flyer", json!({}));
    let over = town.post(ANA, "need", "Long ago", json!({}));
    town.does(ANA, json!({ "close": { "ask": over } }));
    town.meet_all();
    for (who, command) in [
        (ANA, json!({ "take": { "ask": need } })),
        (ANA, json!({ "take": { "ask": gig } })),
        (BEN, json!({ "take": { "ask": over } })),
        (BEN, json!({ "take": { "ask": need, "part": 2 } })),
        (BEN, json!({ "take": { "ask": need, "part": 0 } })),
        (BEN, json!({ "take": { "ask": need, "amount": 0 } })),
        (BEN, json!({ "take": { "ask": need, "amount": 1_000_000_001_u64 } })),
        (BEN, json!({ "close": { "ask": need } })),
        (BEN, json!({ "change": { "ask": need, "title": "Mine" } })),
        (BEN, json!({ "deliver": { "promise": need } })),
        (BEN, json!({ "confirm": { "promise": need } })),
        (BEN, json!({ "reopen": { "ask": over, "why": "because" } })),
        (CEM, json!({ "thank": { "promise": need, "text": "thanks for nothing" } })),
    ] {
        let refusal = town.refuses(who, command.clone());
        assert!(!refusal.hint.is_empty() || refusal.message.len() > 15, "{command}: {refusal:?}");
    }
}

/// What somebody writes who does not ask the desk first.
struct Rogue {
    rows: Rows,
    ask: ObjectId,
    time: u64,
}

const POSTER: u8 = 1;
const OTHER: u8 = 2;

fn posted(kind: AskKind) -> Posted {
    Posted {
        kind,
        words: words("An ask"),
        parts: vec![Part { what: "it".into(), unit: Unit::Things, minimum: 1, optimum: 1, slot: None }],
        behalf: String::new(),
        addressee: String::new(),
        from: None,
    }
}

fn words(title: &str) -> Words {
    Words {
        title: title.into(),
        text: String::new(),
        topic: String::new(),
        place: None,
        until_ms: None,
        urgent: false,
        share: None,
    }
}

impl Rogue {
    fn with(kind: AskKind) -> Self {
        let mut rogue = Self { rows: Rows::new("asks"), ask: ObjectId::ZERO, time: 0 };
        let first = Written::new(POSTER, 10, "asks", ObjectId::ZERO, 0, vec![]);
        rogue.ask = ObjectId::created_by(&COMMUNITY, &first.event.body.author, 0);
        assert_eq!(rogue.says(POSTER, &Event::Posted(posted(kind))).1, Some(Verdict::Accept));
        rogue
    }

    /// Each event on a device of its own; the first on the one that makes the ask.
    fn says(&mut self, member: u8, event: &Event) -> (EventId, Option<Verdict>) {
        self.time += 1;
        let payload = postcard::to_stdvec(event).expect("encodes");
        let written = Written::new(member, 9 + self.time as u8, "asks", self.ask, self.time, payload);
        let verdict = self.rows.take(&written, false);
        (written.id(), verdict)
    }

    fn counts(&mut self, member: u8, event: &Event) -> EventId {
        let (id, verdict) = self.says(member, event);
        assert_eq!(verdict, Some(Verdict::Accept), "{event:?}");
        id
    }

    fn is_void(&mut self, member: u8, event: &Event) {
        let (_, verdict) = self.says(member, event);
        assert!(matches!(verdict, Some(Verdict::Reject(_))), "{event:?}: {verdict:?}");
    }
}

fn promised(amount: u64) -> Event {
    Event::Promised(Promised { part: 0, amount, note: String::new(), seen: 0 })
}

#[test]
fn what_is_signed_without_asking_the_desk_is_void() {
    let mut rogue = Rogue::with(AskKind::Need);
    let promise = rogue.counts(OTHER, &promised(1));
    let note = String::new;
    rogue.is_void(POSTER, &Event::Posted(posted(AskKind::Need)));
    rogue.is_void(POSTER, &promised(1));
    rogue.is_void(OTHER, &promised(0));
    rogue.is_void(OTHER, &promised(u64::MAX));
    rogue.is_void(OTHER, &Event::Promised(Promised { part: 7, amount: 1, note: note(), seen: 0 }));
    rogue.is_void(3, &Event::Released { promise, note: note() });
    rogue.is_void(3, &Event::Delivered { promise, part: 0, note: note() });
    rogue.is_void(OTHER, &Event::Confirmed { promise, part: 0, good: true, note: note() });
    rogue.is_void(3, &Event::Confirmed { promise, part: 0, good: true, note: note() });
    rogue.is_void(3, &Event::TakenOver { promise });
    rogue.is_void(3, &Event::Chosen { part: 0, promises: vec![promise] });
    rogue.is_void(POSTER, &Event::Chosen { part: 0, promises: vec![] });
    rogue.is_void(POSTER, &Event::Chosen { part: 1, promises: vec![promise] });
    rogue.is_void(3, &Event::Closed { how: Ending::Done, note: note() });
    rogue.is_void(3, &Event::Changed(words("mine now")));
    rogue.is_void(3, &Event::Led(Lead::Take));
    rogue.is_void(3, &Event::Led(Lead::Lay));
    rogue.is_void(POSTER, &Event::Led(Lead::Share(MemberId::from_bytes([POSTER; 32]))));
    rogue.is_void(POSTER, &Event::Joined { into: Some(rogue.ask) });
    rogue.is_void(OTHER, &Event::Reviewed { promise, again: true, text: "we were great".into() });
    rogue.is_void(OTHER, &Event::OnTrack { promise, until_ms: Some(START_MS + MAX_AHEAD_MS + DAY) });
    rogue.is_void(OTHER, &Event::Offering(Profile::default()));
    rogue.counts(POSTER, &Event::Confirmed { promise, part: 0, good: true, note: note() });
    rogue.is_void(OTHER, &Event::Released { promise, note: note() });
    rogue.counts(POSTER, &Event::Closed { how: Ending::Done, note: note() });
    rogue.is_void(3, &promised(1));
    rogue.is_void(POSTER, &Event::Closed { how: Ending::Failed, note: note() });
}

#[test]
fn improper_words_dates_and_places_are_void() {
    let mut rogue = Rogue::with(AskKind::Need);
    let place = |label: &str, point| Some(Place { label: label.into(), point });
    let far = Words { until_ms: Some(START_MS + MAX_AHEAD_MS + DAY), ..words("x") };
    let past = Words { until_ms: Some(START_MS - 1), ..words("x") };
    let nowhere = Words { place: place("", None), ..words("x") };
    let off_earth = Words { place: place("x", Some((90_001, 0))), ..words("x") };
    let loud = Words { topic: "LOUD".into(), ..words("x") };
    let turned = words("gpj\u{202e}exe");
    for words in [far, past, nowhere, off_earth, loud, turned, words(""), words(&"x".repeat(161))] {
        rogue.is_void(POSTER, &Event::Changed(words));
    }
    rogue.counts(POSTER, &Event::Changed(words("fine")));
}

#[test]
fn a_page_about_oneself_is_written_by_oneself_only() {
    let object = profile_id(&COMMUNITY, &MemberId::from_bytes([POSTER; 32]));
    let mut rows = Rows::new("asks");
    let payload = postcard::to_stdvec(&Event::Offering(Profile::default())).expect("encodes");
    for (member, good) in [(OTHER, false), (POSTER, true)] {
        let written = Written::new(member, 20 + member, "asks", object, 1, payload.clone());
        assert_eq!(rows.take(&written, false) == Some(Verdict::Accept), good);
    }
    let many = Profile { topics: vec!["x".into(); 31], ..Profile::default() };
    let written =
        Written::new(POSTER, 30, "asks", object, 2, postcard::to_stdvec(&Event::Offering(many)).expect("encodes"));
    assert!(matches!(rows.take(&written, false), Some(Verdict::Reject(_))));
}
