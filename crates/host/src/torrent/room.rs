//! The room on the disk that a torrent from outside needs.

use skein_app::{Kind, Refusal};

/// So much of the disk is left free, in bytes: the person wants this file, but also a computer that works.
const KEEP_FREE: u64 = 256 << 20;

/// Whether a torrent of so many bytes, of which some are here, has room on a disk with so many free.
pub(super) fn room(all: u64, here: u64, free: u64) -> Result<(), Refusal> {
    // Once here, and once more in the store of files before this one goes.
    let needed = all.saturating_mul(2).saturating_sub(here);
    let left = free.saturating_sub(KEEP_FREE);
    if needed <= left {
        return Ok(());
    }
    let message =
        format!("there is no room for it: it takes {} until it is shared, and {} are left", size(needed), size(left));
    Err(Refusal::new(Kind::Limit, message).hint("Make room on the disk and try again."))
}

/// A size for people: three digits at most, and a unit.
fn size(bytes: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < units.len() {
        (value, unit) = (value / 1_000.0, unit + 1);
    }
    format!("{value:.0} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torrent_needs_room_for_two_of_it_beside_what_is_here_and_what_stays_free() {
        const MB: u64 = 1_000_000;
        assert_eq!(room(100 * MB, 0, KEEP_FREE + 200 * MB), Ok(()));
        let refused = room(100 * MB, 0, KEEP_FREE + 200 * MB - 1).expect_err("the second copy has no room");
        assert_eq!(refused.kind, Kind::Limit);
        assert_eq!(room(100 * MB, 60 * MB, KEEP_FREE + 140 * MB), Ok(()), "what is here takes no more room");
        assert!(room(100 * MB, 60 * MB, KEEP_FREE + 140 * MB - 1).is_err());
        assert!(room(1, 0, KEEP_FREE).is_err(), "so much stays free");
        assert!(room(u64::MAX, 0, u64::MAX).is_err() && room(1, 0, 0).is_err(), "no number is too large or too small");
    }
}
