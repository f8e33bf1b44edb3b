//! Secret keys on disk: one line of text each, readable by this user only, on disk before they are first used.

use std::path::Path;

use skein_app::{Kind, Refusal};
use skein_event::SecretKey;

use super::files;
use crate::chance;

/// Reads a key; makes one if there is none.
pub(super) fn read_or_make(path: &Path) -> Result<SecretKey, Refusal> {
    match std::fs::read_to_string(path) {
        Ok(text) => read(path, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = chance::secret_key()?;
            write(path, &key)?;
            Ok(key)
        }
        Err(error) => Err(files::failed("read", path, &error)),
    }
}

pub(super) fn write(path: &Path, key: &SecretKey) -> Result<(), Refusal> {
    let text = data_encoding::HEXLOWER.encode(&key.to_bytes()) + "\n";
    files::write_private(path, text.as_bytes())
}

fn read(path: &Path, text: &str) -> Result<SecretKey, Refusal> {
    let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    let bytes: [u8; 32] = bytes.ok_or_else(|| {
        Refusal::new(Kind::Failed, format!("{} does not hold a key", path.display()))
            .hint("Put it back from a backup. If it is the device's: move the file away, and a new one is made.")
    })?;
    Ok(SecretKey::from_bytes(bytes))
}
