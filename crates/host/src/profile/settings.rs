//! What the person chose, and what this device should remember of itself: a small JSON file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};

use super::files;
use crate::{Limits, PausedFile};

/// The settings. Fields that this version does not know are dropped; fields that are missing have their default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The person's name as used last; empty: none yet.
    pub name: String,
    /// What this device is called among the person's devices.
    pub label: String,
    /// Whether this device keeps a copy of everything.
    pub keeper: bool,
    /// The port that this device listened on last: tried first, so that others find it where it was.
    pub port: Option<u16>,
    /// Knocks that are not to be shown: the ids of their events; at most 256, the oldest first.
    pub declined: Vec<String>,
    /// Relays that the person chose, as URLs.
    pub relays: Vec<String>,
    /// How fast files may come and go.
    pub limits: Limits,
    /// Whether all files are paused.
    pub paused: bool,
    /// Files that are paused by themselves; at most 256.
    pub paused_files: Vec<PausedFile>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            label: "computer".into(),
            keeper: false,
            port: None,
            declined: Vec::new(),
            relays: Vec::new(),
            limits: Limits::default(),
            paused: false,
            paused_files: Vec::new(),
        }
    }
}

impl Settings {
    pub(super) fn read(path: &Path) -> Result<Self, Refusal> {
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Refusal::new(Kind::Failed, format!("{} cannot be understood: {error}", path.display()))
                    .hint("Mend it, or move it away: the usual settings are used then.")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(files::failed("read", path, &error)),
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Refusal> {
        let mut text = serde_json::to_vec_pretty(self).expect("settings have no part that JSON cannot write");
        text.push(b'\n');
        files::write_private(path, &text)
    }
}
