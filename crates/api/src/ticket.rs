//! Tickets for files: a keyed hash that lets whoever shows it read one file under one name, for a few minutes.
//!
//! A ticket is good for `GET /blob/…` and for nothing else, so it may stand in an address.

use skein_app::Refusal;
use skein_event::BlobHash;

use crate::session::random;

/// Bytes of a ticket: until when, and the keyed hash.
const BYTES: usize = 8 + 32;
/// The longest name that a ticket is made for, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 255;

/// Makes and checks tickets, with a key that lives as long as the program runs.
pub(crate) struct Tickets {
    key: [u8; 32],
}

impl Tickets {
    pub(crate) fn new() -> Result<Self, Refusal> {
        Ok(Self { key: random()? })
    }

    /// A ticket for `root` under `name`, good until `until_ms` by the server's own stopwatch.
    pub(crate) fn mint(&self, root: &BlobHash, name: &str, until_ms: u64) -> String {
        let mut bytes = until_ms.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.seal(root, name, until_ms).as_bytes());
        data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    }

    /// Whether this ticket is for `root` under `name` and still good.
    pub(crate) fn admits(&self, ticket: &str, root: &BlobHash, name: &str, now_ms: u64) -> bool {
        let Some((until_ms, seal)) = Self::reads(ticket) else { return false };
        // `Hash == [u8; 32]` compares in constant time.
        name.len() <= MAX_NAME_BYTES && self.seal(root, name, until_ms) == seal && now_ms < until_ms
    }

    /// Until when a ticket says that it is good, and its seal; nothing is proven yet.
    pub(crate) fn reads(ticket: &str) -> Option<(u64, [u8; 32])> {
        if ticket.len() > BYTES * 2 {
            return None;
        }
        let bytes = data_encoding::BASE32_NOPAD.decode(ticket.to_ascii_uppercase().as_bytes()).ok()?;
        let bytes = <[u8; BYTES]>::try_from(bytes).ok()?;
        let (until, seal) = bytes.split_first_chunk::<8>()?;
        Some((u64::from_be_bytes(*until), seal.try_into().ok()?))
    }

    fn seal(&self, root: &BlobHash, name: &str, until_ms: u64) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(root.as_bytes()).update(&until_ms.to_be_bytes()).update(name.as_bytes());
        hasher.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_for_one_file_one_name_and_a_while() {
        let tickets = Tickets::new().expect("random numbers");
        let (one, two) = (BlobHash::from_bytes([1; 32]), BlobHash::from_bytes([2; 32]));
        let ticket = tickets.mint(&one, "a.png", 1_000);
        assert!(tickets.admits(&ticket, &one, "a.png", 999));
        assert!(!tickets.admits(&ticket, &one, "a.png", 1_000), "too late");
        assert!(!tickets.admits(&ticket, &two, "a.png", 999), "another file");
        assert!(!tickets.admits(&ticket, &one, "b.html", 999), "another name");
        assert!(!Tickets::new().expect("random numbers").admits(&ticket, &one, "a.png", 999), "another key");
        let longer = tickets.mint(&one, "a.png", 9_000);
        let forged = format!("{}{}", &longer[..12], &ticket[12..]);
        assert!(!tickets.admits(&forged, &one, "a.png", 999), "a later end");
        for bad in ["", "a", "ä", &"a".repeat(100_000), &ticket[1..]] {
            assert!(!tickets.admits(bad, &one, "a.png", 0));
        }
    }
}
