//! A report: figures, limits of the machine, peers; the units are in the names of the fields.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What one bench found.
#[derive(Debug, Default)]
pub struct Report {
    figures: BTreeMap<String, f64>,
    limits: BTreeMap<String, f64>,
    peers: BTreeMap<String, f64>,
    notes: Vec<String>,
}

impl Report {
    /// Adds a figure of ours.
    pub fn figure(&mut self, name: &str, value: f64) {
        self.figures.insert(name.into(), value);
    }

    /// Adds what the machine can do at best.
    pub fn limit(&mut self, name: &str, value: f64) {
        self.limits.insert(name.into(), value);
    }

    /// Adds what somebody else's program does with the same.
    pub fn peer(&mut self, name: &str, value: f64) {
        self.peers.insert(name.into(), value);
    }

    /// Adds a remark: what was not measured, and why.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Adds the median and the 99th of 100 of some times in milliseconds.
    pub fn percentiles(&mut self, name: &str, mut times_ms: Vec<f64>) {
        times_ms.sort_by(f64::total_cmp);
        let at = |share: f64| times_ms.get(((times_ms.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0);
        self.figure(&format!("{name}_p50_ms"), at(0.50));
        self.figure(&format!("{name}_p99_ms"), at(0.99));
    }

    /// One object.
    pub fn to_json(&self, name: &str) -> Value {
        json!({
            "name": name,
            "figures": self.figures,
            "limits": self.limits,
            "peers": self.peers,
            "notes": self.notes,
            "command": format!("cargo xtask bench {name}"),
            "versions": { "skein": env!("CARGO_PKG_VERSION"), "iroh": "1.4", "iroh-blobs": "0.104", "sqlite": rusqlite::version() },
        })
    }

    /// The same for people.
    pub fn to_text(&self, name: &str) -> String {
        let mut text = format!("{name}\n");
        for (title, values) in [("", &self.figures), ("limit: ", &self.limits), ("peer: ", &self.peers)] {
            for (what, value) in values {
                text += &format!("  {:<52} {value:>14.3}\n", format!("{title}{what}"));
            }
        }
        for note in &self.notes {
            text += &format!("  ({note})\n");
        }
        text
    }
}
