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
    runs: Vec<Value>,
    table: String,
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

    /// Keeps all that one run found, for those who read JSON.
    pub fn run(&mut self, found: Value) {
        self.runs.push(found);
    }

    /// Shows people a table instead of one line for each figure.
    pub fn table(&mut self, titles: &[&str], rows: Vec<Vec<String>>) {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| Some(row.get(column)?.chars().count()));
            cells.chain([titles[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..titles.len()).map(width).collect();
        let line = |cells: Vec<&str>| {
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}", width = *width));
            format!("  {}\n", cells.collect::<Vec<_>>().join("  "))
        };
        self.table = line(titles.to_vec());
        for row in &rows {
            self.table += &line(row.iter().map(String::as_str).collect());
        }
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
        let mut whole = json!({
            "name": name,
            "figures": self.figures,
            "limits": self.limits,
            "peers": self.peers,
            "notes": self.notes,
            "command": format!("cargo xtask bench {name}"),
            "versions": { "skein": env!("CARGO_PKG_VERSION"), "iroh": "1.4", "iroh-blobs": "0.104", "sqlite": rusqlite::version() },
        });
        if !self.runs.is_empty() {
            whole["runs"] = json!(self.runs);
        }
        whole
    }

    /// The same for people.
    pub fn to_text(&self, name: &str) -> String {
        let mut text = format!("{name}\n{}", self.table);
        let lists = if self.table.is_empty() {
            [("", &self.figures), ("limit: ", &self.limits), ("peer: ", &self.peers)].to_vec()
        } else {
            Vec::new()
        };
        for (title, values) in lists {
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
