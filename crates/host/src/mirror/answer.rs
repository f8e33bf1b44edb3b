//! What is answered about tied folders.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a tied folder stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum TieState {
    /// It was not looked at yet.
    #[default]
    New,
    /// It is the same as everybody's, as far as is known here.
    Equal,
    /// It is being made the same.
    Working,
    /// Something is still missing, and nobody who has it can be reached.
    Waiting,
    /// A person paused it.
    Paused,
    /// The folder is not where it was: moved, or its disk is not connected.
    Away,
    /// So much is gone at once that a person is asked first.
    ManyGone,
    /// Something is wrong; see the words.
    Trouble,
}

/// A tied folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TieRow {
    /// Where it is on this computer.
    pub dir: String,
    /// What it is called in the community.
    pub name: String,
    /// The folder's id.
    pub folder: String,
    /// The community's id.
    pub community: String,
    /// The community's name.
    pub community_name: String,
    /// How it stands.
    pub state: TieState,
    /// That in words.
    pub words: String,
    /// What to do, by a command; empty if nothing is to be done.
    pub next: String,
    /// While it is being made the same: how many files are done.
    #[ts(type = "number")]
    pub done: u64,
    /// Of how many; 0 while that is not known, or nothing goes on.
    #[ts(type = "number")]
    pub total: u64,
    /// How many files are in it here.
    #[ts(type = "number")]
    pub files: u64,
    /// How many bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// How many files are another version of one that two people changed at once.
    #[ts(type = "number")]
    pub conflicts: u64,
    /// How many files are still to come.
    #[ts(type = "number")]
    pub waiting: u64,
    /// What is left alone, and why; at most 100.
    pub problems: Vec<LeftAlone>,
    /// Only these patterns.
    pub only: Vec<String>,
    /// Not these patterns.
    pub without: Vec<String>,
    /// When it was last the same, in milliseconds since 1970; 0: not yet.
    #[ts(type = "number")]
    pub equal_ms: u64,
}

/// Something that is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeftAlone {
    /// Where.
    pub path: String,
    /// Why.
    pub why: String,
}

/// An old version of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OldVersion {
    /// What to give to `restore`.
    pub id: String,
    /// Where it lay, or lies.
    pub path: String,
    /// When it gave way (of one that lies in `.skein/versions`), or when it was saved; in milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// Its bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Whose it is: their name; empty where that is not known.
    pub by: String,
    /// Where it lies on this computer; empty where it is only kept in Skein's own store.
    pub at: String,
}

/// A version is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BroughtBack {
    /// Where it is now, on this computer.
    pub path: String,
}
