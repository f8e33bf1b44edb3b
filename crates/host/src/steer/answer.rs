//! What is on its way, as it is told.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skein_app::Refusal;
use skein_event::BlobHash;
use ts_rs::TS;

use super::{PausedFile, Why};
use crate::core::Core;
use crate::desk::of_blobs;

/// What is on its way to this device.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
pub struct Coming {
    /// Whether all files are paused: none comes, none goes.
    pub paused: bool,
    /// Those that are being fetched, and those that are paused.
    pub rows: Vec<ComingRow>,
}

/// A file or folder on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ComingRow {
    /// The community's id.
    pub community: String,
    /// Its content.
    pub root: String,
    /// What it is called, if that is known here; else empty.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Why it comes; `null` for one that is paused and that nobody waits for.
    pub why: Option<Why>,
    /// Bytes that are here.
    #[ts(type = "number")]
    pub done: u64,
    /// Of so many; 0 while that is not known.
    #[ts(type = "number")]
    pub total: u64,
    /// Bytes a second.
    pub rate_per_s: f64,
    /// Whether it is paused by itself.
    pub paused: bool,
    /// Whether it comes before all others.
    pub first: bool,
}

/// How everything on its way stands.
pub(crate) async fn coming(core: &Arc<Core>) -> Result<Coming, Refusal> {
    let (all, files) = {
        let settings = core.settings();
        (settings.paused, settings.paused_files.clone())
    };
    let mut rows = fetched(core, &files);
    let blobs = core.wire.blobs()?;
    for file in files {
        let Ok(root) = file.root.parse::<BlobHash>() else { continue };
        if rows.iter().any(|row| row.root == file.root) {
            continue;
        }
        let here = blobs.has(root, file.folder).await.map_err(|error| of_blobs(&error))?;
        rows.push(ComingRow {
            community: file.community,
            root: file.root,
            name: file.name,
            folder: file.folder,
            why: None,
            done: here.bytes_have,
            total: here.bytes_total,
            rate_per_s: 0.0,
            paused: true,
            first: false,
        });
    }
    rows.sort_by_key(|row| (!row.first, row.why.is_none(), row.why, row.name.clone()));
    Ok(Coming { paused: all, rows })
}

fn fetched(core: &Core, files: &[PausedFile]) -> Vec<ComingRow> {
    let state = core.steer.state();
    let row = |(root, pull): (&BlobHash, &super::Pull)| {
        let root_text = root.to_string();
        let paused = files.iter().any(|file| file.root == root_text);
        ComingRow {
            community: pull.community.to_string(),
            root: root_text,
            name: pull.name.clone(),
            folder: pull.folder,
            why: pull.whys.iter().min().copied(),
            done: pull.now.bytes_done,
            total: pull.now.bytes_total,
            rate_per_s: if paused { 0.0 } else { pull.now.rate },
            paused,
            first: state.first == Some(*root),
        }
    };
    state.pulls.iter().map(row).collect()
}
