//! The clock and randomness: the only two places where they come in.

use std::time::{SystemTime, UNIX_EPOCH};

use skein_app::{Kind, Refusal};
use skein_event::SecretKey;

/// Milliseconds since 1970 by this device's clock; 0 before that.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// A fresh secret key from the system's randomness.
pub(crate) fn secret_key() -> Result<SecretKey, Refusal> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(SecretKey::from_bytes(bytes))
}

/// Fills bytes from the system's randomness.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Refusal> {
    getrandom::fill(bytes)
        .map_err(|error| Refusal::new(Kind::Failed, format!("the system gives no random numbers: {error}")))
}

/// A number that nobody can guess: what a device is asked to show. If the system gives none, the clock's nanoseconds.
pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_be_bytes(bytes),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64),
    }
}
