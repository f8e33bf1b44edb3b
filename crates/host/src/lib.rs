//! The host: the thin shell with threads. It owns the nodes, the clock, randomness, the folders and the network, and does
//! what the nodes' effects ask.
//!
//! Nothing here knows an app by name, and nothing here judges an event.

mod answer;
mod item;
mod request;

pub use answer::{
    CommunityRow, DeviceInvitation, DeviceLinked, DeviceRow, Entered, Fetched, FindingRow, Hit, HolderRow, Invitation,
    Left, MemberRow, Renewed, Said, Standing, Status, WhoHasIt,
};
pub use item::{Change, Item, Progress, Unit};
pub use request::Request;
