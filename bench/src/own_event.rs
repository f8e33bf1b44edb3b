//! An own event: from the command until it is signed, in the log, folded and on disk.

use std::time::Instant;

use skein_node::{Input, Node};
use skein_store::Store;

use crate::report::Report;
use crate::{limits, world};

const MESSAGES: u64 = 2_000;

/// Runs it.
pub fn run() -> Report {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut report = Report::default();
    let on_disk = world::found(world::file(&folder.path().join("own.skein")), world::keys(1));
    report.percentiles("own_event", times_ms(on_disk));
    let in_memory = world::found(Store::in_memory().expect("memory can be opened"), world::keys(1));
    report.percentiles("own_event_without_disk", times_ms(in_memory));
    report.limit("sync_of_4_kib_p50_ms", limits::sync_ms(folder.path()));
    report
}

fn times_ms(mut node: Node) -> Vec<f64> {
    let mut one = |n| {
        let ask = Input::Ask { ticket: n, app: "chat".into(), command: world::say(world::text(n, 200)) };
        let start = Instant::now();
        let effects = node.handle(vec![ask], world::now_ms()).expect("handles");
        let took = start.elapsed().as_secs_f64() * 1_000.0;
        world::said(&effects);
        took
    };
    (0..MESSAGES).map(&mut one).collect()
}
