//! Who belongs: what the node must know of membership, without knowing the app that decides it.

use skein_event::{CommunityId, DeviceId, EventId, MemberId, SecretKey};

use crate::{Fault, Refusal, View};

/// How a device comes to write in a community: read from the first event of its log, the same on every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// The member whose device it is.
    pub member: MemberId,
    /// The kept event that it rests on: the invitation.
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

/// What an invitation link carries of the roster's own: enough to be let in and to join.
#[derive(Debug, Clone)]
pub struct Pass {
    /// The invitation's event.
    pub invitation: EventId,
    /// The invitation's secret key: whoever holds it may come in.
    pub secret: SecretKey,
}

/// The most boxes of one knock.
pub const MAX_KNOCK_BOXES: usize = 16;
/// The size of every box, in bytes: none tells more by its size than another.
pub const KNOCK_BOX_BYTES: usize = 1_072;

/// A knock: sealed boxes, each for one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knocking {
    /// Its event.
    pub event: EventId,
    /// Whose: proven by the event's signature.
    pub member: MemberId,
    /// When, by their clock.
    pub at_ms: u64,
    /// The boxes.
    pub boxes: Vec<Vec<u8>>,
}

/// Who belongs. One app implements it; the node is given it without knowing which.
///
/// It makes the first event of a log and judges those of others. What it judges by can never change: bytes, and what
/// lies in an event's past. So every node keeps the same events.
pub trait Roster: Sync {
    /// The app whose events introduce devices.
    fn app(&self) -> &'static str;

    /// Reads the first event of `author`'s log; `founding` says that it founds the community. `kept` gives the payload of
    /// a kept event, if it is here.
    ///
    /// # Errors
    /// Why it introduces nobody, in people's words.
    fn introduces(
        &self,
        community: &CommunityId,
        author: &DeviceId,
        payload: &[u8],
        founding: bool,
        kept: &dyn Fn(&EventId) -> Option<Vec<u8>>,
    ) -> Result<Introduction, String>;

    /// How all devices stand, by the rows.
    ///
    /// # Errors
    /// Only if the store fails.
    fn standing(&self, view: &View<'_>) -> Result<Standing, Fault>;

    /// Whether somebody who is not a member may come in and read, to join thereafter.
    ///
    /// # Errors
    /// Why not, in people's words. [`crate::Kind::NotFound`]: what the guest shows is not known here yet, others may know it.
    fn admits(&self, community: &CommunityId, guest: &Guest, now_ms: u64, view: &View<'_>) -> Result<(), Refusal>;

    /// The payload that founds a community named `community_name`, by somebody called `my_name`.
    fn founding(&self, member: &SecretKey, device: &DeviceId, community_name: &str, my_name: &str) -> Vec<u8>;

    /// The payload with which a newcomer joins.
    fn joining(
        &self,
        community: &CommunityId,
        member: &SecretKey,
        device: &DeviceId,
        pass: &Pass,
        my_name: &str,
    ) -> Vec<u8>;

    /// The payload with which a further device of a member comes in.
    fn further(&self, community: &CommunityId, member: &SecretKey, device: &DeviceId, label: &str) -> Vec<u8>;

    /// What a newcomer shows at the door.
    fn show_pass(&self, community: &CommunityId, member: &SecretKey, device: &DeviceId, pass: &Pass) -> Vec<u8>;

    /// What a further device of a member shows at the door.
    fn show_certificate(&self, community: &CommunityId, member: &SecretKey, device: &DeviceId) -> Vec<u8>;

    /// The app's command that announces an invitation with this public key.
    fn invite(&self, key: [u8; 32], uses: u32, expires_ms: u64) -> serde_json::Value;

    /// The app's command with which this person leaves.
    fn leaving(&self) -> serde_json::Value;

    /// Whether a command changes who belongs, or which devices do: too much for a way here that is not encrypted.
    fn parts(&self, command: &serde_json::Value) -> bool;

    /// The app's command that makes a fresh community a conversation of two with this member; `None`: there is no such thing.
    fn mark_direct(&self, _with: &MemberId) -> Option<serde_json::Value> {
        None
    }

    /// Whose conversation with whom the community is, if it is one.
    ///
    /// # Errors
    /// Only if the store fails.
    fn direct(&self, _view: &View<'_>) -> Result<Option<(MemberId, MemberId)>, Fault> {
        Ok(None)
    }

    /// The app's command that puts sealed boxes where all members see them and few can open them.
    fn knock(&self, _boxes: Vec<Vec<u8>>) -> Option<serde_json::Value> {
        None
    }

    /// What was put there; the newest first, at most some hundreds. Anybody who belongs may have written anything.
    ///
    /// # Errors
    /// Only if the store fails.
    fn knocks(&self, _view: &View<'_>) -> Result<Vec<Knocking>, Fault> {
        Ok(Vec::new())
    }

    /// The community's name and the name of a member, by the rows.
    ///
    /// # Errors
    /// Only if the store fails.
    fn names(&self, member: &MemberId, view: &View<'_>) -> Result<(String, String), Fault>;
}
