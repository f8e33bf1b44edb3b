//! Whether what is shown is what was said: on a copy of the community's file, everything is folded anew and compared.

use std::path::Path;
use std::sync::Arc;

use skein_app::{Kind, Refusal};
use skein_event::CommunityId;
use skein_node::{Keys, Node, Rules};
use skein_store::Store;

use super::{Area, Check, Level, broken};
use crate::backup::Snapshot;
use crate::core::Core;
use crate::desk::count;
use crate::hall::Hall;

/// Larger communities are not folded anew here: it would take minutes.
const MAX_EVENTS: u64 = 50_000;

pub(super) async fn check(core: &Arc<Core>, hall: &Arc<Hall>) -> Check {
    let events = hall.known().events;
    if events > MAX_EVENTS {
        let what =
            format!("what is shown was not compared with the history: it has {}", count(events, "event", "events"));
        return Check::new(Area::Store, Level::Note, "not-compared", what).why("Folding so much anew takes minutes.");
    }
    let (path, id, rules, keys) = (core.profile.community(&hall.id), hall.id, core.rules, core.keys());
    let compared = core.runtime.spawn_blocking(move || compare(&path, id, rules, keys)).await;
    let compared = compared.unwrap_or_else(|error| {
        Err(Refusal::new(Kind::Failed, format!("comparing broke off: {error}")).hint("Run `skein doctor` again."))
    });
    match compared {
        Err(refusal) => broken(Area::Store, refusal),
        Ok(apps) if apps.is_empty() => Check::good(Area::Store, "what is shown is what was said"),
        Ok(apps) => {
            let what = format!("what is shown differs from what was said in: {}", apps.join(", "));
            Check::new(Area::Store, Level::Trouble, "views-differ", what)
                .why("Nothing is lost: the history is whole. This is a fault of the program.")
                .next("Tell us of it. `skein export` writes the whole history, in `events.jsonl`.")
        }
    }
}

/// The apps whose rows differ once everything is folded anew.
pub(super) fn compare(
    path: &Path,
    community: CommunityId,
    rules: Rules,
    keys: Keys,
) -> Result<Vec<&'static str>, Refusal> {
    let copy = Snapshot::copy(path)?;
    let failed = |error: skein_store::StoreError| crate::trouble::of_store(copy.path(), &error);
    let store = Store::open(copy.path()).map_err(failed)?;
    let before = rows(&store, rules)?;
    let mut node = Node::open(rules, community, keys, false, store).map_err(|error| failed(error.0))?;
    node.rebuild_now().map_err(|error| failed(error.0))?;
    let after = rows(node.store(), rules)?;
    let apps = rules.apps.iter().zip(before.iter().zip(&after));
    Ok(apps.filter(|(_, (before, after))| before != after).map(|(app, _)| app.name()).collect())
}

/// For each app a hash of all its rows, in whatever order they lie.
fn rows(store: &Store, rules: Rules) -> Result<Vec<blake3::Hash>, Refusal> {
    let mut all = Vec::new();
    for app in rules.apps {
        let mut hashes = Vec::new();
        for table in app.tables() {
            let mut statement = store.connection().prepare(&format!("SELECT * FROM {table}"))?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let mut text = String::from(*table);
                for column in 0..columns {
                    text.push_str(&format!("\u{1f}{:?}", row.get_ref(column)?));
                }
                hashes.push(*blake3::hash(text.as_bytes()).as_bytes());
            }
        }
        hashes.sort_unstable();
        all.push(blake3::hash(hashes.as_flattened()));
    }
    Ok(all)
}
