//! The page: opening, scrolling and typing, in a real browser against real programs. `web/bench` measures; this calls it.

use std::process::Command;

use serde_json::Value;

use crate::report::Report;
use crate::start;

/// Runs it.
pub fn run() -> Report {
    let mut report = Report::default();
    let Some(skein) = start::program() else {
        report.note("not measured: build the program first, with `cargo build --release`");
        return report;
    };
    let web = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");
    let mut node = Command::new("node");
    node.args(["bench/run.mjs", "--json"]).current_dir(web).env("SKEIN_PROGRAM", skein);
    let text = node.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let Ok(found) = serde_json::from_str::<Value>(&text) else {
        report.note(
            "not measured: it needs Node 20.19 or newer, Chromium, and the page's packages (see web/package.json)",
        );
        return report;
    };
    for (name, value) in numbers(&found["figures"]) {
        report.figure(name, value);
    }
    for (name, value) in numbers(&found["limits"]) {
        report.limit(name, value);
    }
    for note in found["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        report.note(note);
    }
    report
}

fn numbers(object: &Value) -> impl Iterator<Item = (&str, f64)> {
    object.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_f64()?)))
}
