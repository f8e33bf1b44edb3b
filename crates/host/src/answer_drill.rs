//! What came of having the holders of files show what they hold: plain data, as in `answer.rs`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Drilled {
    /// What was looked at.
    pub drilled: Vec<DrilledShare>,
    /// How many copies were shown.
    pub proved: u32,
    /// How many devices could not be reached.
    pub unreachable: u32,
    /// How many said that they hold a copy and could not show it, or had a damaged one.
    pub failed: u32,
}

/// One file or folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DrilledShare {
    /// What it is called.
    pub name: String,
    /// Its content.
    pub root: String,
    /// Its bytes, as its sharer says.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Who says that they hold it, and what came of asking them.
    pub holders: Vec<DrilledHolder>,
    /// Whether all of it came from the others into a place for that, and every byte was right; `null`: it was not tried.
    pub restored: Option<bool>,
    /// Why it did not, in words; empty otherwise.
    pub trouble: String,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DrilledHolder {
    /// Its id.
    pub device: String,
    /// What it is called: "Ana's computer".
    pub name: String,
    /// Whether it is this device.
    pub this: bool,
    /// What came of asking it.
    pub shown: Shown,
    /// How many bytes it showed, each checked.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// What came of asking a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// It showed all that it was asked for.
    Proved,
    /// It could not be reached, or did not answer in time.
    Unreachable,
    /// It says that it holds it, and could not show it.
    Failed,
}
