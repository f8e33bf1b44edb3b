//! Fetching.
use std::sync::Arc;

use skein_event::{BlobHash, DeviceId};
use tokio::sync::watch;

use crate::blobs::{Blobs, BlobsError, Progress};

/// Who holds it and is connected now; asked again every second or so while a fetch runs.
pub type Holders = Arc<dyn Fn() -> Vec<DeviceId> + Send + Sync>;

pub(crate) async fn fetch(
    _b: &Blobs,
    _r: BlobHash,
    _f: bool,
    _h: Holders,
    _p: watch::Sender<Progress>,
) -> Result<(), BlobsError> {
    Err(BlobsError::Stopped)
}
