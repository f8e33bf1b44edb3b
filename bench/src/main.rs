//! What is measured, and what it is measured against: `cargo xtask bench [NAME] [--json]`.
//!
//! Ratios are taken side by side in one run. Nothing here fails because of a time.

mod catch_up;
mod fetch;
mod folders;
mod hosts;
mod idle;
mod lab;
mod limits;
mod live;
mod matching;
mod own_event;
mod page;
mod patterns;
mod peers;
mod rebuild;
mod report;
mod start;
mod swarm;
mod world;

use report::Report;

/// A bench: its name, and what it does.
type Bench = (&'static str, fn() -> Report);

const BENCHES: [Bench; 12] = [
    ("own-event", own_event::run),
    ("live", live::run),
    ("catch-up", catch_up::run),
    ("rebuild", rebuild::run),
    ("start", start::run),
    ("idle", idle::run),
    ("fetch", fetch::run),
    ("page", page::run),
    ("matching", matching::run),
    ("patterns", patterns::run),
    ("swarm", swarm::run),
    ("folders", folders::run),
];

/// They take minutes and want root: not part of "all".
const ONLY_BY_NAME: [&str; 2] = ["swarm", "folders"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let is_name = |at: &usize| {
        let (argument, before) = (&arguments[*at], at.checked_sub(1).map(|before| &arguments[before]));
        !argument.starts_with("--") && argument.parse::<u64>().is_err() && !lab::is_value(before)
    };
    let names: Vec<&String> = (0..arguments.len()).filter(is_name).map(|at| &arguments[at]).collect();
    if let Some(unknown) = names.iter().find(|name| BENCHES.iter().all(|(known, _)| *known != name.as_str())) {
        let known = BENCHES.map(|(name, _)| name).join(", ");
        eprintln!("There is no bench called \"{unknown}\". There are: {known}.");
        std::process::exit(2);
    }
    for (name, run) in BENCHES {
        if (names.is_empty() && !ONLY_BY_NAME.contains(&name)) || names.iter().any(|wanted| *wanted == name) {
            let report = run();
            println!("{}", if json { report.to_json(name).to_string() } else { report.to_text(name) });
        }
    }
}
