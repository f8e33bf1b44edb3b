//! Who belongs: what the node must know of membership, without knowing the app that decides it.

use skein_event::{CommunityId, DeviceId, EventId, MemberId};

use crate::{Fault, Refusal, View};

/// How a device comes to write in a community: read from the first event of its log, the same on every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// The member whose device it is.
    pub member: MemberId,
    /// The kept event that it rests on (the invitation), with the payload bytes it must have passed.
    pub rests_on: Option<EventId>,
    /// The member must already be known: this is a further device of theirs.
    pub further_device: bool,
}

/// How one device stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub device: DeviceId,
    /// Its member.
    pub member: MemberId,
    /// `None`: in good standing. `Some(n)`: its events from `seq >= n` on do not count.
    pub cut: Option<u64>,
}

/// How all devices stand.
pub type Standing = Vec<Device>;

/// What somebody who is not a member shows at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The device at the door, proven by the connection.
    pub device: DeviceId,
    /// What it shows: an invitation's proof, or a further device's certificate.
    pub pass: Vec<u8>,
}

/// Who belongs. One app implements it; the node is given it without knowing which.
pub trait Roster: Sync {
    /// The app whose events introduce devices.
    fn app(&self) -> &'static str;

    /// Reads the first event of a log. `founding` says that it founds the community. `rests_on` fetches the payload of
    /// a kept event.
    ///
    /// # Errors
    /// Why it introduces nobody, in people's words.
    fn introduces(
        &self,
        community: &CommunityId,
        author: &DeviceId,
        payload: &[u8],
        kept: &dyn Fn(&EventId) -> Option<Vec<u8>>,
    ) -> Result<Introduction, String>;

    /// How all devices stand, by the rows.
    ///
    /// # Errors
    /// Only if the store fails.
    fn standing(&self, view: &View<'_>) -> Result<Standing, Fault>;

    /// Whether somebody who is not a member may come in and read.
    ///
    /// # Errors
    /// Why not, in people's words.
    fn admits(&self, community: &CommunityId, guest: &Guest, now_ms: u64, view: &View<'_>) -> Result<(), Refusal>;
}
