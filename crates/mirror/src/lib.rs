//! A folder that is the same on several computers: what it should look like by the log, and which steps lead there from what
//! is on a disk. Pure: it sees no file, no clock and no event; its shell is in the host, its log is an app's.
//!
//! Three things are compared for every path: what was last equal ([`Base`]), what is on the disk now ([`Seen`]), and what the
//! log says ([`place`]). [`plan`] never lets bytes go that a person saved: whatever differs from what was last equal is told
//! to everyone before anything is written over it.

mod head;
mod past;
mod path;
mod place;
mod plan;
mod shelf;

pub use head::{Change, Head, HeadId, MAX_OVER, Order, What};
pub use past::{KEPT_MS, MAX_STEP_MS, Times, Use};
pub use path::{MAX_DEPTH, MAX_PART_BYTES, MAX_PATH_BYTES, PRIVATE, TEMPORARY, fit, fit_target, fold, parent};
pub use place::{MAX_PLACED, Placed, Placement, place};
pub use plan::{Base, Found, Plan, Row, Seen, Step, Told, plan, settled, telling, told};
pub use shelf::{Folder, Kept, Shelf};
