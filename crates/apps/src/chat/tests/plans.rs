//! What is asked for every message, or for every page, is found by an index, however long a channel grows.

use crate::chat::desk::message::{BY_PREFIX, DELETED_BY_PREFIX};
use crate::chat::desk::page::{AFTER, BEFORE, statement, statement_since};
use crate::chat::desk::unread::{CALLS, UNREAD};
use crate::chat::rules::{DELETED_BY, TOUCHED_BY_OTHERS};
use crate::testing::Rows;

#[test]
fn statements_use_their_indexes() {
    let rows = Rows::new("chat");
    let cases = [
        (statement(false, BEFORE), "chat_message_order (object=? AND tick<?)", "m USING"),
        (statement(false, AFTER), "chat_message_order (object=? AND tick>?)", "m USING"),
        (statement(true, BEFORE), "chat_message_thread (thread=? AND tick<?)", "m USING"),
        (statement(true, AFTER), "chat_message_thread (thread=? AND tick>?)", "m USING"),
        (statement_since(), "m USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", "m USING"),
        (UNREAD.into(), "chat_message_order (object=? AND tick>?)", "chat_message USING"),
        (CALLS.into(), "chat_mention_member (member=? AND tick>?)", "m USING INTEGER PRIMARY KEY"),
        (BY_PREFIX.into(), "event_prefix (prefix>? AND prefix<?)", "m USING INTEGER PRIMARY KEY"),
        (DELETED_BY_PREFIX.into(), "chat_message_deleted (deleted>? AND deleted<?)", "chat_message USING"),
        (DELETED_BY.into(), "chat_version_target (target=?", "chat_version USING"),
        (TOUCHED_BY_OTHERS.into(), "chat_version_target (target=?", "chat_version USING"),
    ];
    for (sql, index, table) in cases {
        let plan = rows.store().connection().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).and_then(|mut statement| {
            let parameters = vec![1; statement.parameter_count()];
            let lines = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3))?;
            Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?.join("; "))
        });
        let plan = plan.expect("is a proper statement");
        assert!(plan.contains(index) && plan.contains(table), "{sql}\n{plan}");
        // What the statement itself has cut short may be gone through; a page may sort the messages of one tick, but not the
        // whole channel.
        let cut_short = |step: &str| step.contains("(subquery") || step == "SCAN newest";
        let scans = plan.split("; ").any(|step| step.starts_with("SCAN") && !cut_short(step));
        assert!(!scans && !plan.contains("B-TREE FOR ORDER BY"), "{sql}\n{plan}");
    }
}
