//! Any order of arrival gives the same rows in the end; folding again changes nothing.

use skein_event::{EventId, MemberId, ObjectId};

use crate::asks::event::{AskKind, Ending, Event, Feedback, Lead, News, Part, Posted, Promised, Unit, Words};
use crate::testing::{COMMUNITY, Dice, Rows, Written};

const POSTER: u8 = 1;

/// What is written in a test, each event on a device of its own.
struct Story {
    ask: ObjectId,
    events: Vec<Written>,
}

impl Story {
    fn about(kind: AskKind) -> Self {
        let first = Written::new(POSTER, 10, "asks", ObjectId::ZERO, 0, vec![]);
        let ask = ObjectId::created_by(&COMMUNITY, &first.event.body.author, 0);
        let mut story = Self { ask, events: Vec::new() };
        let words = Words {
            title: "An ask".into(),
            text: "more".into(),
            topic: "tools".into(),
            place: None,
            until_ms: None,
            urgent: false,
            share: None,
        };
        let part = Part { what: "it".into(), unit: Unit::Things, minimum: 2, optimum: 3, slot: None };
        let (behalf, addressee) = (String::new(), String::new());
        story.tell(POSTER, &Event::Posted(Posted { kind, words, parts: vec![part], behalf, addressee, from: None }));
        story
    }

    /// Ticks lie close together, and some are the same: then the id decides.
    fn tell(&mut self, member: u8, event: &Event) -> EventId {
        let n = self.events.len() as u8;
        let payload = postcard::to_stdvec(event).expect("encodes");
        let tick = if n == 0 { 0 } else { 5 + u64::from(n) / 2 * 3 };
        let written = Written::new(member, 10 + n, "asks", self.ask, tick, payload);
        let id = written.id();
        self.events.push(written);
        id
    }

    /// A node folds by tick and id: whatever order they come in, folding again in that order must give the same.
    fn converges(&self) -> Vec<String> {
        let fold = |order: &[usize]| {
            let mut rows = Rows::new("asks");
            for n in order {
                rows.take(&self.events[*n], false);
            }
            rows.refold();
            rows.rows()
        };
        let mut order: Vec<usize> = (0..self.events.len()).collect();
        let expected = fold(&order);
        let mut dice = Dice::new(7);
        for round in 0..60 {
            dice.shuffle(&mut order);
            assert_eq!(fold(&order), expected, "round {round}, order {order:?}");
        }
        expected
    }
}

#[test]
fn a_full_life_converges() {
    let mut story = Story::about(AskKind::Need);
    let note = String::new;
    let promise = |amount| Event::Promised(Promised { part: 0, amount, note: String::new(), seen: 0 });
    let first = story.tell(2, &promise(1));
    let second = story.tell(3, &promise(2));
    story.tell(2, &promise(3));
    story.tell(4, &promise(1));
    story.tell(POSTER, &Event::Chosen { part: 0, promises: vec![second] });
    story.tell(3, &Event::Handed { promise: second, to: Some(MemberId::from_bytes([4; 32])) });
    story.tell(4, &Event::TakenOver { promise: second });
    story.tell(3, &Event::HelpWanted { promise: second, note: note() });
    story.tell(4, &Event::OnTrack { promise: second, until_ms: None });
    story.tell(4, &Event::Delivered { promise: second, part: 0, note: note() });
    story.tell(POSTER, &Event::Confirmed { promise: second, part: 0, good: true, note: note() });
    story.tell(POSTER, &Event::Released { promise: first, note: note() });
    story.tell(POSTER, &Event::Led(Lead::Hand(MemberId::from_bytes([2; 32]))));
    story.tell(2, &Event::Led(Lead::Take));
    story.tell(3, &Event::Followed { on: true });
    story.tell(POSTER, &Event::Joined { into: Some(ObjectId::from_bytes([5; 32])) });
    story.tell(POSTER, &Event::Told { kind: News::Update, text: "news".into() });
    story.tell(POSTER, &Event::Thanked { promise: second, kind: Feedback::Thanks, text: "thanks".into() });
    story.tell(POSTER, &Event::Closed { how: Ending::Done, note: note() });
    story.tell(POSTER, &Event::Reopened { why: "again".into() });
    story.tell(4, &Event::Delivered { promise: second, part: 0, note: note() });
    let rows = story.converges();
    assert!(rows.iter().any(|row| row.starts_with("asks_promise")), "{rows:#?}");
    assert!(rows.iter().any(|row| row.starts_with("asks_step")), "{rows:#?}");
}

#[test]
fn of_two_who_say_the_same_at_the_same_time_the_same_one_is_first_everywhere() {
    let mut story = Story::about(AskKind::Campaign);
    for member in 2..8 {
        story.tell(member, &Event::Promised(Promised { part: 0, amount: 1, note: String::new(), seen: 0 }));
        story.tell(member, &Event::Led(Lead::Take));
    }
    story.converges();
}
