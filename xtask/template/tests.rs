//! The wire bytes are pinned; what counts and what does not.

use rusqlite::Connection;
use skein_app::{App, DynApp, Erased, EventRow, Fault, Ids, Meta, ObjectRow, Verdict, View};
use skein_event::{CommunityId, EventId, ObjectId, SecretKey, Tick};

use super::{Event, MAX_TEXT_BYTES, Sample};

const OBJECT: ObjectRow = 1;

/// The only object there is.
struct OneObject(ObjectId);

impl Ids for OneObject {
    fn event_row(&self, _: &EventId) -> Result<Option<EventRow>, Fault> {
        Ok(None)
    }

    fn event_id(&self, _: EventRow) -> Result<EventId, Fault> {
        Err(Fault(rusqlite::Error::QueryReturnedNoRows))
    }

    fn object_row(&self, _app: &str, id: &ObjectId) -> Result<Option<ObjectRow>, Fault> {
        Ok((*id == self.0).then_some(OBJECT))
    }

    fn object_id(&self, _: ObjectRow) -> Result<ObjectId, Fault> {
        Ok(self.0)
    }
}

/// The `seq`-th event of the n-th person.
fn meta(n: u8, seq: u64) -> Meta {
    let key = SecretKey::from_bytes([n; 32]);
    Meta {
        event: EventId::from_bytes([seq as u8; 32]),
        row: seq as i64,
        community: CommunityId::ZERO,
        author: key.device(),
        member: key.member(),
        seq,
        tick: Tick::from_raw(seq),
        object: object(),
        forked: false,
    }
}

/// What the second event of the first person creates.
fn object() -> ObjectId {
    ObjectId::created_by(&CommunityId::ZERO, &SecretKey::from_bytes([1; 32]).device(), 2)
}

/// Folds these events; says of each whether it counts, and what is there in the end.
fn fold(said: &[(Meta, Event)]) -> (Vec<bool>, String) {
    let connection = Connection::open_in_memory().expect("memory can be opened");
    connection.execute_batch(Sample::SCHEMA).expect("the schema is proper SQL");
    let ids = OneObject(object());
    let app: &dyn DynApp = &Erased::<Sample>::NEW;
    let counts = |(meta, event): &(Meta, Event)| {
        let payload = postcard::to_stdvec(event).expect("an event can be written");
        let view = View::of_object(&connection, &ids, OBJECT);
        let folded = app.fold(Some(&payload), meta, &view).expect("memory does not fail");
        folded.expect("its own payload is known").verdict == Verdict::Accept
    };
    let verdicts = said.iter().map(counts).collect();
    let answer = super::desk::query(&super::Query::Ls, &View::of_all(&connection, &ids)).expect("there are rows");
    (verdicts, super::desk::text(&answer))
}

fn added(text: &str) -> Event {
    Event::Added { text: text.into() }
}

#[test]
fn the_bytes_are_pinned() {
    let hex = |event: &Event| -> String {
        let bytes = postcard::to_stdvec(event).expect("an event can be written");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(hex(&added("hi")), "00026869");
    assert_eq!(hex(&Event::Removed { added: EventId::from_bytes([2; 32]) }), format!("01{}", "02".repeat(32)));
}

#[test]
fn an_entry_is_there_until_its_writer_takes_it_back() {
    let removed = || Event::Removed { added: EventId::from_bytes([2; 32]) };
    let (counts, there) = fold(&[(meta(1, 2), added("first")), (meta(3, 3), removed())]);
    assert_eq!(counts, [true, false], "somebody else may not take it back");
    assert!(there.ends_with("  first\n"), "{there}");
    let (counts, there) = fold(&[(meta(1, 2), added("first")), (meta(1, 3), removed()), (meta(1, 4), removed())]);
    assert_eq!((counts, there), (vec![true, true, false], String::new()));
}

#[test]
fn what_is_not_proper_does_not_count() {
    for text in ["", "  ", "two\nlines", &"x".repeat(MAX_TEXT_BYTES + 1)] {
        assert_eq!(fold(&[(meta(1, 2), added(text))]).0, [false], "{text:?}");
    }
    assert_eq!(fold(&[(meta(1, 5), added("in another's place"))]).0, [false]);
}
