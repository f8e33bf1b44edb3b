//! Watching a tied folder: something moved in it. What, the next look finds out.

use std::path::Path;
use std::sync::Arc;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Watches for as long as it lives.
pub(super) struct Watch(#[allow(dead_code, reason = "it watches until it is dropped")] notify::RecommendedWatcher);

/// Begins to watch.
///
/// # Errors
/// If the system cannot, or has no more room for it: then the folder is only looked through now and then.
pub(super) fn watch(dir: &Path, moved: Arc<Notify>) -> notify::Result<Watch> {
    let own = dir.join(skein_mirror::PRIVATE);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours =
            |event: &notify::Event| !event.paths.is_empty() && event.paths.iter().all(|path| path.starts_with(&own));
        let counts = match &event {
            // What is only read does not change.
            Ok(event) => !matches!(event.kind, EventKind::Access(_)) && !ours(event),
            // Some were lost: look.
            Err(_) => true,
        };
        if counts {
            moved.notify_one();
        }
    })?;
    watcher.watch(dir, RecursiveMode::Recursive)?;
    Ok(Watch(watcher))
}
