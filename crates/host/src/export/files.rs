//! The shared files themselves, as far as they are on this device.

use std::path::Path;
use std::sync::Arc;

use skein_app::Refusal;

use super::pages::Place;
use crate::core::Core;
use crate::desk::{Items, of_blobs};
use crate::{Progress, Unit};

/// Writes them out, each in a folder of its own; gives how many.
pub(super) async fn write(core: &Arc<Core>, places: &[Place], to: &Path, items: &Items) -> Result<u64, Refusal> {
    let blobs = core.wire.blobs()?;
    let total = places.len() as u64;
    for (done, place) in places.iter().enumerate() {
        let done = done as u64;
        let words = format!("file {} of {total}", done + 1);
        let what = place.file.name.clone();
        items.progress(Progress { what, done, total, unit: Unit::Files, words, ..Progress::default() });
        let folder = to.join(&place.folder);
        blobs
            .export(place.file.root, place.file.folder, &place.name, &folder)
            .await
            .map_err(|error| of_blobs(&error))?;
    }
    Ok(total)
}
