//! A folder that stays the same: seconds until the second directory is equal, in a network lab, beside Syncthing.
//!
//! `bench/lab/folders.py` measures; this calls it and shows the table. It takes minutes and needs root, so that it runs only
//! when it is named.

use serde_json::Value;

use crate::lab;
use crate::report::Report;

/// What is done, and how it is called in the table.
const ACTS: [(&str, &str); 3] = [("small", "2,000 small s"), ("big", "128 MiB s"), ("rename", "renamed s")];

/// Runs it.
pub fn run() -> Report {
    let mut titles = vec!["link", "system"];
    titles.extend(ACTS.map(|(_, title)| title));
    titles.push("CPU s");
    lab::run("folders", "folders.py", &titles, take)
}

/// Takes in one line of the lab: what is compared, a run, or why not.
fn take(report: &mut Report, rows: &mut Vec<Vec<String>>, found: Value) {
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    let system = text("system");
    if let Some(why) = found["why"].as_str() {
        return report.note(format!("{} not measured: {why}", if system.is_empty() { "folders" } else { &system }));
    }
    if found["link"].is_null() {
        return report.note(format!("{system} {}: {}", text("version"), text("command")));
    }
    let mbit =
        found["mbit"].as_u64().filter(|mbit| *mbit > 0).map(|mbit| format!(", {mbit} Mbit/s")).unwrap_or_default();
    let mut row = vec![format!("{}{mbit}", text("link")), system.clone()];
    let mut cpu = 0.0;
    for (act, _) in ACTS {
        let seconds = found[act].as_f64();
        row.push(seconds.map_or("–".into(), |seconds| format!("{seconds:.2}")));
        cpu += found[format!("{act}_cpu_s")].as_f64().unwrap_or_default();
        let Some(seconds) = seconds else { continue };
        let name = format!("{system}_{act}_s");
        if system == "skein" { report.figure(&name, seconds) } else { report.peer(&name, seconds) }
    }
    row.push(format!("{cpu:.1}"));
    rows.push(row);
    report.run(found);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_is_ours_or_a_peers_and_what_failed_says_why() {
        let (mut report, mut rows) = (Report::default(), Vec::new());
        for system in ["skein", "syncthing"] {
            let found =
                json!({ "system": system, "link": "lab", "mbit": 100, "small": 2.5, "small_cpu_s": 1.0, "big": 11.0 });
            take(&mut report, &mut rows, found);
        }
        take(&mut report, &mut rows, json!({ "system": "x", "why": "it fell" }));
        let whole = report.to_json("folders");
        assert_eq!(whole["figures"], json!({ "skein_small_s": 2.5, "skein_big_s": 11.0 }));
        assert_eq!(whole["peers"], json!({ "syncthing_small_s": 2.5, "syncthing_big_s": 11.0 }));
        assert_eq!(whole["notes"], json!(["x not measured: it fell"]));
        assert_eq!(rows[0], ["lab, 100 Mbit/s", "skein", "2.50", "11.00", "–", "1.0"]);
    }
}
