//! Any order of arrival, with payloads there or erased, gives the same rows; folding again changes nothing.

use skein_app::Verdict;
use skein_event::{EventId, MemberId, ObjectId, Tick};

use crate::chat::event::{Deleted, Event, Said, channel_id};
use crate::testing::{COMMUNITY, Dice, Rows, Written};

const ANA: u8 = 1;
const BEN: u8 = 2;

/// What is written in a test, each event on a device of its own.
#[derive(Default)]
struct Story {
    events: Vec<Written>,
}

fn general() -> ObjectId {
    channel_id(&COMMUNITY, "general")
}

impl Story {
    fn tell(&mut self, member: u8, event: &Event) -> EventId {
        self.tell_in(general(), member, event)
    }

    fn tell_in(&mut self, object: ObjectId, member: u8, event: &Event) -> EventId {
        let device = self.events.len() as u8 + 10;
        let payload = postcard::to_stdvec(event).expect("encodes");
        let written = Written::new(member, device, "chat", object, u64::from(device) * 7 % 30, payload);
        let id = written.id();
        self.events.push(written);
        id
    }

    fn say(&mut self, member: u8, text: &str) -> EventId {
        let (thread, reply) = (None, None);
        let mentions = vec![MemberId::from_bytes([BEN; 32])];
        self.tell(
            member,
            &Event::Said(Said { text: text.into(), thread, reply, mentions, channel: Some("general".into()) }),
        )
    }

    fn edit(&mut self, member: u8, message: EventId, text: &str) -> EventId {
        self.tell(member, &Event::Edited { message, text: text.into(), mentions: vec![] })
    }

    fn delete(&mut self, member: u8, message: EventId, versions: &[EventId]) -> EventId {
        let (versions, channel) = (versions.to_vec(), Some("general".into()));
        let deleted = Deleted { message, versions, at: Tick::from_raw(5), thread: None, channel };
        self.tell(member, &Event::Deleted(deleted))
    }

    fn fold(&self, order: &[usize], erased: &[EventId]) -> Rows {
        let mut rows = Rows::new("chat");
        for n in order {
            let written = &self.events[*n];
            rows.take(written, erased.contains(&written.id()));
        }
        rows
    }

    /// Every order that we try gives the rows of the first, and so does folding again. With `erased`, some of the time their
    /// payloads are not there.
    fn commutes(&self, erased: &[EventId]) -> Vec<String> {
        let mut order: Vec<usize> = (0..self.events.len()).collect();
        let expected = self.fold(&order, &[]).rows();
        let mut dice = Dice::new(self.events.len() as u64);
        for round in 0..120 {
            dice.shuffle(&mut order);
            let gone: Vec<EventId> = erased.iter().filter(|_| dice.below(2) == 0).copied().collect();
            let mut rows = self.fold(&order, &gone);
            assert_eq!(rows.rows(), expected, "round {round}, order {order:?}, erased {gone:?}");
            rows.refold();
            assert_eq!(rows.rows(), expected, "round {round}, folded again");
        }
        expected
    }
}

#[test]
fn talk_commutes() {
    let mut story = Story::default();
    let hello = story.say(ANA, "hello");
    let other = story.say(BEN, "other");
    story.edit(ANA, hello, "hello again");
    story.edit(ANA, hello, "hello once more");
    for (member, present) in [(ANA, true), (BEN, true), (BEN, false)] {
        story.tell(member, &Event::Reacted { message: hello, word: "👍".into(), present });
        story.tell(member, &Event::Pinned { message: other, present });
    }
    let (thread, reply) = (Some(hello), Some(other));
    story.tell(BEN, &Event::Said(Said { text: "in it".into(), thread, reply, mentions: vec![], channel: None }));
    story.tell(BEN, &Event::Renamed { name: "lobby".into() });
    story.tell(ANA, &Event::Renamed { name: "hall".into() });
    story.tell(ANA, &Event::Opened { name: "general".into(), topic: "all".into() });
    story.tell(ANA, &Event::Archived { archived: true });
    story.commutes(&[]);
}

#[test]
fn deletion_is_final_whatever_it_meets() {
    let mut story = Story::default();
    let hello = story.say(ANA, "secret hello");
    let known = story.edit(ANA, hello, "secret edit");
    story.edit(ANA, hello, "secret edit that the deletion does not know");
    story.tell(BEN, &Event::Reacted { message: hello, word: "👍".into(), present: true });
    story.delete(ANA, hello, &[known]);
    story.delete(ANA, hello, &[known]);
    let rows = story.commutes(&[hello, known]);
    assert!(!rows.iter().any(|row| row.contains("secret")), "{rows:#?}");
    assert!(rows.iter().any(|row| row.starts_with("chat_setting") && row.contains("general")), "{rows:#?}");
}

#[test]
fn an_event_of_any_kind_that_is_erased_leaves_no_trace() {
    let mut story = Story::default();
    let hello = story.say(BEN, "hello");
    let reacted = story.tell(ANA, &Event::Reacted { message: hello, word: "👍".into(), present: true });
    let renamed = story.tell(ANA, &Event::Renamed { name: "hall".into() });
    let pinned = story.tell(ANA, &Event::Pinned { message: hello, present: true });
    let improper = story.tell(ANA, &Event::Renamed { name: String::new() });
    story.delete(ANA, reacted, &[renamed, improper]);
    story.delete(ANA, pinned, &[reacted]);
    let rows = story.commutes(&[reacted, renamed, pinned, improper]);
    assert!(!rows.iter().any(|row| row.contains("hall") || row.contains("👍")), "{rows:#?}");
}

#[test]
fn a_deletion_cannot_be_deleted() {
    let mut story = Story::default();
    let hello = story.say(ANA, "secret");
    let deletion = story.delete(ANA, hello, &[]);
    story.delete(ANA, deletion, &[]);
    let rows = story.commutes(&[hello]);
    assert!(!rows.iter().any(|row| row.contains("secret")), "{rows:#?}");
}

#[test]
fn nobody_edits_or_deletes_what_others_said() {
    let mut story = Story::default();
    let hello = story.say(ANA, "hello");
    let alone = story.commutes(&[]);
    story.edit(BEN, hello, "Ben was here");
    story.delete(BEN, hello, &[]);
    assert_eq!(story.commutes(&[]), alone);

    let mut rows = Rows::new("chat");
    let verdicts: Vec<_> = story.events.iter().map(|written| rows.take(written, false)).collect();
    assert_eq!(verdicts[0], Some(Verdict::Accept));
    assert!(verdicts[1..].iter().all(|verdict| *verdict != Some(Verdict::Accept)), "{verdicts:?}");
    assert_eq!(rows.lines(), [(hello, "hello".to_string())]);
}

#[test]
fn what_is_named_from_another_channel_stays_as_it_is() {
    let mut story = Story::default();
    let hello = story.say(ANA, "hello");
    let elsewhere = channel_id(&COMMUNITY, "garden");
    let text = "from elsewhere".into();
    story.tell_in(elsewhere, BEN, &Event::Edited { message: hello, text, mentions: vec![] });
    let deleted = Deleted { message: hello, versions: vec![], at: Tick::ZERO, thread: None, channel: None };
    story.tell_in(elsewhere, BEN, &Event::Deleted(deleted));
    let rows = story.commutes(&[]);
    let message: Vec<_> = rows.iter().filter(|row| row.contains("\"hello\"")).collect();
    assert_eq!(message.len(), 1, "{rows:#?}");
    for order in [[0, 1, 2], [1, 2, 0]] {
        assert_eq!(story.fold(&order, &[]).lines(), [(hello, "hello".to_string())]);
    }
}

#[test]
fn search_follows_edits_and_forgets_what_is_deleted() {
    let mut story = Story::default();
    let hello = story.say(ANA, "hello");
    story.edit(ANA, hello, "hello again");
    assert_eq!(story.fold(&[0, 1], &[]).lines(), [(hello, "hello again".to_string())]);
    story.delete(ANA, hello, &[]);
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(story.fold(&order, &[]).lines(), [], "{order:?}");
    }
}

#[test]
fn search_finds_the_newest_edit_whichever_comes_last() {
    let mut story = Story::default();
    let hello = story.say(ANA, "hello");
    story.edit(ANA, hello, "hello from my phone");
    story.edit(ANA, hello, "hello from my computer");
    assert!(story.events[1].event.body.tick < story.events[2].event.body.tick);
    for order in [[0, 1, 2], [0, 2, 1]] {
        assert_eq!(story.fold(&order, &[]).lines(), [(hello, "hello from my computer".to_string())], "{order:?}");
    }
}

#[test]
fn what_was_erased_alone_keeps_its_place() {
    let mut story = Story::default();
    let hello = story.say(ANA, "hello");
    let rows = story.fold(&[0], &[hello]).rows();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].starts_with("chat_message") && rows[0].contains("text=Null"), "{rows:?}");
}
