//! When a store fails: what it means to a person, and when to try again.

use std::path::Path;

use skein_app::{Kind, Refusal};
use skein_store::StoreError;

/// With less room than this, a failed write is taken for a full disk.
const FULL_BYTES: u64 = 4 << 20;
/// The first and the longest wait before a store is opened again.
const FIRST_RETRY_MS: u64 = 250;
const LAST_RETRY_MS: u64 = 15_000;

/// What a failed store means. Nothing that was confirmed is lost: it was on disk before.
pub(crate) fn of_store(path: &Path, error: &StoreError) -> Refusal {
    if let StoreError::Newer { .. } = error {
        return Refusal::new(Kind::Failed, error.to_string()).hint("Bring Skein up to date on this computer.");
    }
    if is_full(path) {
        return Refusal::new(Kind::Failed, "the disk is full: nothing new can be written down")
            .hint("Make room on the disk and try again. Nothing that was confirmed is lost.");
    }
    Refusal::new(Kind::Failed, format!("the community's file cannot be used: {error}"))
        .hint("Run `skein doctor`. Nothing that was confirmed is lost; it is tried again by itself.")
}

/// Whether there is no room for a file.
pub(crate) fn is_full(path: &Path) -> bool {
    let folder = path.parent().unwrap_or(path);
    rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < FULL_BYTES)
}

/// How long to wait after so many failures in a row, in milliseconds.
pub(crate) fn retry_after_ms(failures: u32) -> u64 {
    FIRST_RETRY_MS.saturating_mul(1 << failures.min(10)).min(LAST_RETRY_MS)
}
