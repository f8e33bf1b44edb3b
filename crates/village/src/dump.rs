//! What a node holds, in a form that is the same on every node that holds the same.
//!
//! Local numbers become ids: the column `object`, and columns named `event` or ending in `_event`.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use skein_app::Ids;
use skein_event::EventId;
use skein_node::{Node, Rules};
use skein_store::{DbIds, Found, Kept};

/// All rows of all apps, all lines, and what became of each event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dump {
    /// Table by table, the rows in order.
    pub tables: BTreeMap<String, Vec<String>>,
    /// Event by event.
    pub events: BTreeMap<EventId, String>,
}

impl Dump {
    /// The first thing in which two dumps differ.
    pub fn difference(&self, other: &Self) -> Option<String> {
        for (id, event) in &self.events {
            if other.events.get(id) != Some(event) {
                return Some(format!("event {id:?}: {event} / {:?}", other.events.get(id)));
            }
        }
        if let Some((id, event)) = other.events.iter().find(|(id, _)| !self.events.contains_key(*id)) {
            return Some(format!("event {id:?}: missing / {event}"));
        }
        for (table, rows) in &self.tables {
            let others = other.tables.get(table).cloned().unwrap_or_default();
            let ours = rows.iter().find(|row| !others.contains(row));
            let theirs = others.iter().find(|row| !rows.contains(row));
            if ours.is_some() || theirs.is_some() {
                return Some(format!("table {table}:\n  {ours:?}\n  {theirs:?}"));
            }
        }
        None
    }
}

/// Dumps a node.
pub fn dump(node: &Node, rules: Rules) -> Dump {
    let mut dump = Dump::default();
    for app in rules.apps {
        for table in app.tables() {
            dump.tables.insert((*table).to_string(), rows(node, &format!("SELECT * FROM {table}")));
        }
    }
    let lines = "SELECT event, object, author, member, tick, kind, text, as_of, by FROM line";
    dump.tables.insert("line".into(), rows(node, lines));
    let connection = node.store().connection();
    // With rank 1 the index is held against the lines; that makes sense once it has all of them.
    let rank = i64::from(Found::all_indexed(connection).expect("the store can be read"));
    let whole = "INSERT INTO words (words, rank) VALUES ('integrity-check', ?1)";
    connection.execute(whole, [rank]).expect("search index is whole");
    let mut add = |kept: Kept| {
        let id = EventId::of_body(&kept.body);
        let payload = kept.payload.as_ref().map_or("erased", |_| "here");
        dump.events.insert(id, format!("{:?}, {payload}", kept.state));
        true
    };
    node.store().since(0, &mut add).expect("the store can be read");
    dump
}

fn rows(node: &Node, sql: &str) -> Vec<String> {
    let connection = node.store().connection();
    let ids = DbIds(connection);
    let mut statement = connection.prepare(sql).expect("a table can be read");
    let names: Vec<String> = statement.column_names().map(str::to_string).collect();
    let mut rows = statement.query([]).expect("a table can be read");
    let mut out = Vec::new();
    while let Some(row) = rows.next().expect("a table can be read") {
        let cells = names.iter().enumerate().map(|(index, name)| {
            let value = row.get_ref(index).expect("a column can be read");
            format!("{name}={}", cell(&ids, name, value))
        });
        out.push(cells.collect::<Vec<_>>().join(" "));
    }
    out.sort();
    out
}

fn cell(ids: &DbIds<'_>, name: &str, value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(row) if name == "object" => ids.object_id(row).expect("an object has an id").short(),
        ValueRef::Integer(row) if name == "event" || name.ends_with("_event") => {
            ids.event_id(row).expect("an event has an id").short()
        }
        ValueRef::Null => "-".into(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
    }
}
