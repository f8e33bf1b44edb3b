//! Calls a script of `bench/lab` and takes in what it says: one JSON object a line. They need root and take minutes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::report::Report;
use crate::start;

/// Options of the scripts that take a value; the others are handed on as they are.
const WITH_VALUE: [&str; 10] =
    ["--n", "--only", "--cases", "--case-n", "--mib", "--mbit", "--tcp", "--timeout", "--trace", "--link"];

/// Whether this word of the command line is the value of an option of a script.
pub fn is_value(before: Option<&String>) -> bool {
    before.is_some_and(|word| WITH_VALUE.contains(&word.as_str()))
}

/// The program as people are given it, if it was built.
fn given() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.ancestors().nth(2)?.join("dist/skein");
    path.exists().then_some(path)
}

/// How it was built: by the folder that it lies in.
fn profile(program: &Path) -> String {
    let folder = program.parent().and_then(Path::file_name).unwrap_or_default();
    format!("built as {}", folder.to_string_lossy())
}

/// Runs a script with the options of our own command line; gives each object to `take`, which makes rows of a table of it.
pub fn run(name: &str, script: &str, titles: &[&str], take: fn(&mut Report, &mut Vec<Vec<String>>, Value)) -> Report {
    let mut report = Report::default();
    let named = std::env::var_os("SKEIN_PROGRAM").map(Into::into);
    let (Some(skein), Ok(this)) = (named.or_else(given).or_else(start::program), std::env::current_exe()) else {
        report.note("not measured: build the program first, with `cargo build --profile dist` or `--release`");
        return report;
    };
    report.note(format!("the program: {}", profile(&skein)));
    let folder = this.ancestors().nth(2).unwrap_or(&this).join("swarm-lab");
    let words = std::env::args().skip(1).filter(|word| word != name && word != "--json");
    let mut lab = Command::new("python3");
    lab.arg(format!("{}/lab/{script}", env!("CARGO_MANIFEST_DIR"))).args(words);
    lab.env("SKEIN_PROGRAM", skein).env("SKEIN_LAB", folder).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = match lab.spawn() {
        Ok(child) => child,
        Err(error) => {
            report.note(format!("not measured: python3 (3.11 or newer) cannot be started: {error}"));
            return report;
        }
    };
    let mut rows = Vec::new();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()).map_while(Result::ok) {
        match serde_json::from_str::<Value>(&line) {
            Ok(found) => take(&mut report, &mut rows, found),
            Err(_) => report.note(line),
        }
    }
    if !child.wait().is_ok_and(|status| status.success()) {
        report.note("the lab broke off: see above");
    }
    if !rows.is_empty() {
        report.table(titles, rows);
    }
    report
}
