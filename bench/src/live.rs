//! A live event: from the command on one device until the other device says that the channel changed.

use std::time::Instant;

use crate::report::Report;
use crate::{hosts, limits, world};

const MESSAGES: u64 = 500;

/// Runs it.
pub fn run() -> Report {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (ana, ben) = (hosts::open(&folder.path().join("a")), hosts::open(&folder.path().join("b")));
    hosts::found(&ana);
    hosts::join(&ana, &ben, "Ben");
    hosts::say(&ana, "hello".into());
    let file = hosts::community_file(&folder.path().join("b"));
    let mut times_ms = Vec::new();
    for n in 0..MESSAGES {
        let before = hosts::events_in(&file);
        let mut changes = ben.changes();
        let start = Instant::now();
        hosts::say(&ana, world::text(n, 200));
        while hosts::events_in(&file) == before {
            changes.blocking_recv().ok(); // a receiver that fell behind looks again, too
        }
        times_ms.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    let mut report = Report::default();
    report.percentiles("command_to_the_others_rows", times_ms);
    report.limit("sync_of_4_kib_p50_ms", limits::sync_ms(folder.path()));
    hosts::stop(ana);
    hosts::stop(ben);
    report
}
