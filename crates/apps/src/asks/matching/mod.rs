//! Who is asked: worked out on every device alike from what everybody can read, with no dispatcher. A device only ever answers
//! for its own person.

use skein_app::{Fault, Me, View};

use super::ask::Ask;

/// An ask that fits this person.
pub(super) struct Fit {
    pub ask: Ask,
    /// Why, in plain words.
    pub reasons: Vec<String>,
}

/// The asks for which this person is asked now.
///
/// # Errors
/// Only if the store fails.
pub(super) fn fitting(_me: &Me, _view: &View<'_>) -> Result<Vec<Fit>, Fault> {
    Ok(Vec::new())
}

/// Whether as many were asked as may be, and nobody took it.
///
/// # Errors
/// Only if the store fails.
pub(super) fn nobody_left(ask: &Ask, now_ms: u64, _view: &View<'_>) -> Result<bool, Fault> {
    Ok(now_ms > ask.tick.ms().saturating_add(7 * 86_400_000))
}
