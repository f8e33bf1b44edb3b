//! Room on the disk.

use super::{Area, Check, Level};
use crate::core::Core;

/// With less than this it is time to look.
const LITTLE_BYTES: u64 = 1 << 30;
/// With less than this nothing may soon be written any more.
const NONE_BYTES: u64 = 64 << 20;

pub(super) fn check(core: &Core) -> Check {
    match rustix::fs::statvfs(core.profile.folder()) {
        Ok(disk) => judge(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => {
            Check::new(Area::Room, Level::Warning, "unknown", format!("the disk cannot be looked at: {error}"))
                .why("Nobody can say how much room there is.")
                .next("Look whether the disk is well.")
        }
    }
}

fn judge(free: u64) -> Check {
    let what = format!("{} MB of room on the disk", free / 1_000_000);
    let (level, kind) = match free {
        0..NONE_BYTES => (Level::Trouble, "full"),
        NONE_BYTES..LITTLE_BYTES => (Level::Warning, "little"),
        _ => return Check::good(Area::Room, what),
    };
    Check::new(Area::Room, level, kind, format!("only {what}"))
        .why("On a full disk nothing new can be written down.")
        .next("Make room, or let go of files that others keep: `skein files drop`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_in_time() {
        let level = |free| judge(free).level;
        assert_eq!((level(0), level(100 << 20), level(10 << 30)), (Level::Trouble, Level::Warning, Level::Good));
    }
}
