//! For the tests of all apps: [`Town`], a few members' real nodes that exchange frames by hand, and [`Rows`], one store
//! into which signed events are folded in any order at all, more freely than a node would.

mod rows;
mod town;

use rusqlite::types::Value as Cell;
use skein_app::DynApp;
use skein_node::Rules;
use skein_store::{DbIds, Store};

pub use rows::{COMMUNITY, Rows, Written};
pub use town::Town;

use crate::{APPS, ROSTER};

/// When every town begins: 22 November 2025, 00:00 UTC.
pub const START_MS: u64 = 1_763_769_600_000;
const RULES: Rules = Rules { apps: APPS, roster: ROSTER };

/// Numbers of events and objects are another on every device; the ids behind them are not.
fn rows(store: &Store, app: &dyn DynApp) -> Vec<String> {
    let ids = DbIds(store.connection());
    let mut all = Vec::new();
    for table in app.tables() {
        let mut statement = store.connection().prepare(&format!("SELECT * FROM {table}")).expect("is a table");
        let names: Vec<String> = statement.column_names().into_iter().map(String::from).collect();
        let mut rows = statement.query([]).expect("is read");
        while let Some(row) = rows.next().expect("is read") {
            let mut text = String::from(*table);
            for (n, name) in names.iter().enumerate() {
                let cell: Cell = row.get(n).expect("is a cell");
                let cell = match &cell {
                    Cell::Integer(id) if name == "object" => {
                        skein_app::Ids::object_id(&ids, *id).expect("is kept").short()
                    }
                    Cell::Integer(id) if name == "event" || name.ends_with("_event") => {
                        skein_app::Ids::event_id(&ids, *id).expect("is kept").short()
                    }
                    other => format!("{other:?}"),
                };
                text.push_str(&format!(" {name}={cell}"));
            }
            all.push(text);
        }
    }
    all.sort();
    all
}

/// All orders are too many: a row of numbers to choose some by, the same in every run.
pub struct Dice(u64);

impl Dice {
    /// The same seed gives the same throws.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n
    }

    /// Puts items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n + 1));
        }
    }
}
