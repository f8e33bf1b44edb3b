//! Folding a message is one probe, one row and one index entry: quick.

use skein_event::EventId;

use crate::chat::event::{Event, Said, channel_id};
use crate::testing::{COMMUNITY, Rows, Written};

#[test]
fn a_message_is_read_by_its_indexes() {
    let said = Said { text: "hello".into(), thread: Some(EventId::ZERO), reply: None, mentions: vec![], channel: None };
    let payload = postcard::to_stdvec(&Event::Said(said)).expect("encodes");
    let mut rows = Rows::new("chat");
    rows.take(&Written::new(1, 1, "chat", channel_id(&COMMUNITY, "general"), 0, payload), false);
    let plan = |sql: &str| {
        let mut statement = rows.store().connection().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("is SQL");
        let lines = statement.query_map([], |row| row.get::<_, String>(3)).expect("is read");
        lines.map(|line| line.expect("is text")).collect::<Vec<_>>().join("; ")
    };
    let page =
        "SELECT m.text FROM chat_message m JOIN event e ON e.row = m.event WHERE m.object = 1 AND m.thread IS NULL
                AND m.tick <= 5 AND (m.tick < 5 OR e.prefix < 3) ORDER BY m.tick DESC, e.prefix DESC LIMIT 10";
    let page = plan(page);
    assert!(page.contains("chat_message_order (object=? AND tick<?)") && page.contains("LAST TERM"), "{page}");
    let prefix =
        plan("SELECT m.event FROM event e CROSS JOIN chat_message m ON m.event = e.row WHERE e.prefix BETWEEN 1 AND 2");
    assert!(prefix.contains("event_prefix (prefix>? AND prefix<?)"), "{prefix}");
    let deleted = plan("SELECT deleted FROM chat_message WHERE deleted >= x'00' AND deleted < x'01'");
    assert!(deleted.contains("chat_message_deleted"), "{deleted}");
    let probe = plan("SELECT 1 FROM chat_version WHERE target = x'00' AND object = 1 AND member = x'00' AND kind <> 0");
    assert!(probe.contains("chat_version_target"), "{probe}");
}
