//! One file to many: seconds until the last of N peers has it, in a network lab, beside others who do the same.
//!
//! `bench/lab` measures (see its README); this calls it and shows the table. It takes minutes and needs root, so that it
//! runs only when it is named.

use serde_json::Value;

use crate::lab;
use crate::report::Report;

const TITLES: [&str; 9] =
    ["case", "peers", "system", "last s", "÷ bound", "seed sent", "peers sent", "CPU s", "others' CPU"];

/// Runs it.
pub fn run() -> Report {
    lab::run("swarm", "run.py", &TITLES, take)
}

/// Takes in one line of the lab: what is compared, a run, or why not.
fn take(report: &mut Report, rows: &mut Vec<Vec<String>>, found: Value) {
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    if found["case"].is_null() {
        let what = if found["system"].is_null() { "the swarm".to_owned() } else { text("system") };
        return report.note(match found["why"].as_str() {
            Some(why) => format!("{what} not measured: {why}"),
            None => format!("{what} {}: {}", text("version"), text("command")),
        });
    }
    let (case, system, n) = (text("case"), text("system"), found["n"].as_u64().unwrap_or_default());
    if found["ratio"].is_null() {
        report.note(format!("{case}, {n} peers, {system} not measured: {}", text("why")));
    }
    let number = |name: &str, digits: usize| found[name].as_f64().map_or("–".into(), |x| format!("{x:.digits$}"));
    rows.push(vec![
        case.clone(),
        n.to_string(),
        system.clone(),
        number("last_s", 2),
        number("ratio", 3),
        number("seed_copies", 2),
        number("peer_copies", 2),
        number("cpu_s", 1),
        format!("{} %", number("foreign_pct", 0)),
    ]);
    for field in ["last_s", "ratio", "seed_copies", "cpu_s"] {
        let Some(value) = found[field].as_f64() else { continue };
        let name = format!("{case}_n{n:02}_{}_{field}", system.replace('-', "_"));
        if system == "skein" { report.figure(&name, value) } else { report.peer(&name, value) }
    }
    if let (true, Some(bound)) = (system == "skein", found["bound_s"].as_f64()) {
        report.limit(&format!("{case}_n{n:02}_bound_s"), bound);
    }
    report.run(found);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_is_ours_or_a_peers_and_what_failed_says_why() {
        let (mut report, mut rows) = (Report::default(), Vec::new());
        let one = |system: &str| json!({ "case": "even", "n": 4, "system": system, "ratio": 1.5, "bound_s": 10.74 });
        for found in [one("skein"), one("aria2"), json!({ "case": "even", "n": 4, "system": "x", "why": "it fell" })] {
            take(&mut report, &mut rows, found);
        }
        take(&mut report, &mut rows, json!({ "why": "no root" }));
        let whole = report.to_json("swarm");
        assert_eq!(whole["figures"], json!({ "even_n04_skein_ratio": 1.5 }));
        assert_eq!(whole["peers"], json!({ "even_n04_aria2_ratio": 1.5 }));
        assert_eq!(whole["limits"], json!({ "even_n04_bound_s": 10.74 }));
        let notes = ["even, 4 peers, x not measured: it fell", "the swarm not measured: no root"];
        assert_eq!(whole["notes"], json!(notes));
        assert_eq!((rows.len(), rows[2][4].as_str()), (3, "–"));
    }
}
