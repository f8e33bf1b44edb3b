//! Five members' devices, connected with one another, when nobody says anything: how much of a core each takes.

use std::time::Duration;

use crate::hosts;
use crate::report::Report;

const SECONDS: u64 = 30;

/// Runs it.
pub fn run() -> Report {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let all: Vec<_> = (0..5).map(|n| hosts::open(&folder.path().join(n.to_string()))).collect();
    hosts::found(&all[0]);
    for (n, host) in all.iter().enumerate().skip(1) {
        hosts::join(&all[0], host, &format!("Member {n}"));
    }
    std::thread::sleep(Duration::from_secs(10));
    let before = process_seconds();
    std::thread::sleep(Duration::from_secs(SECONDS));
    let spent = process_seconds() - before;
    let mut report = Report::default();
    report.figure("percent_of_a_core_each", spent / SECONDS as f64 / all.len() as f64 * 100.0);
    report.figure("resident_mb_all_five", crate::start::resident_mb(std::process::id()));
    all.into_iter().for_each(hosts::stop);
    report
}

/// The seconds that this process has been on a core, all threads together.
fn process_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists threads");
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}
