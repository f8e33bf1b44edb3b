//! Exporting.
use std::path::{Path, PathBuf};

use skein_event::BlobHash;

use crate::blobs::BlobsError;
use crate::blobs::store::Store;

pub(crate) async fn export(_s: &Store, _r: BlobHash, _f: bool, _n: &str, _t: &Path) -> Result<PathBuf, BlobsError> {
    Err(BlobsError::Stopped)
}
