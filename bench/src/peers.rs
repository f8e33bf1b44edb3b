//! Other people's programs, measured beside ours with the same entries. What cannot be had here is said, not guessed.

use std::process::Command;

use serde_json::Value;

use crate::report::Report;

/// iroh-docs takes minutes for what others do in seconds: fewer entries, and a rate.
const DOCS_ENTRIES: u64 = 20_000;

/// Small entries replicated by Hypercore between two processes, if npm can be had here.
pub fn hypercore(report: &mut Report, entries: u64) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/hypercore.js");
    let packages = std::env::temp_dir().join("skein-bench-peers");
    let modules = packages.join("node_modules");
    if !modules.join("hypercore").exists() {
        let wanted = ["install", "--silent", "--no-audit", "--no-fund", "hypercore@11.37.1", "b4a@1"];
        let done = Command::new("npm").args(wanted).arg("--prefix").arg(&packages).status();
        if !done.is_ok_and(|status| status.success()) {
            return report.note("Hypercore was not measured: npm could not install it");
        }
    }
    let mut node = Command::new("node");
    node.arg(script).args([&entries.to_string(), "200"]).env("NODE_PATH", &modules);
    measure(report, "Hypercore", "hypercore_11_37_entries_per_s", &mut node);
}

/// The same by iroh-docs, built from its own folder.
pub fn iroh_docs(report: &mut Report) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/iroh-docs");
    let target = std::env::temp_dir().join("skein-bench-peers").join("iroh-docs");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", &target)
        .status();
    if !built.is_ok_and(|status| status.success()) {
        return report.note("iroh-docs was not measured: it could not be built");
    }
    let mut docs = Command::new(target.join("release/bench-iroh-docs"));
    docs.args([&DOCS_ENTRIES.to_string(), "200"]);
    measure(report, "iroh-docs", "iroh_docs_0_101_entries_per_s", &mut docs);
}

fn measure(report: &mut Report, name: &str, figure: &str, command: &mut Command) {
    let text = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    match serde_json::from_str::<Value>(&text).ok().and_then(|value| value["per_s"].as_f64()) {
        Some(rate) => report.peer(figure, rate),
        None => report.note(format!("{name} was not measured: it could not be run")),
    }
}
