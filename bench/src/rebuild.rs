//! Making all views again from a log of 1,000,000 messages.

use std::path::PathBuf;
use std::time::Instant;

use crate::report::Report;
use crate::world;

/// How many messages.
pub const MESSAGES: u64 = 1_000_000;

/// Runs it.
pub fn run() -> Report {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file: PathBuf = folder.path().join("million.skein");
    let mut node = world::found(world::file(&file), world::keys(1));
    world::say_many(&mut node, MESSAGES, 200);
    let start = Instant::now();
    node.rebuild_now().expect("views can be made again");
    let took = start.elapsed().as_secs_f64();
    let mut report = Report::default();
    report.figure("seconds_for_1000000_events", took);
    report.figure("events_per_s", MESSAGES as f64 / took);
    report.figure("file_mb", std::fs::metadata(&file).map_or(0.0, |meta| meta.len() as f64 / 1e6));
    report
}
