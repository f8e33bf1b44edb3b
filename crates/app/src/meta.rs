//! What an app is told besides the event itself.

use skein_event::{CommunityId, DeviceId, EventId, MemberId, ObjectId, Tick};

use crate::EventRow;

/// In which order an app's events are folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they come: an event comes after everything in its past, and concurrent events commute.
    Any,
    /// By (tick, id): a late event makes the node forget the object's rows and fold its events again.
    Tick,
}

/// What is known of an event besides its payload. All of it is the same on every node, except `row`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The event.
    pub event: EventId,
    /// Its number in this device's store.
    pub row: EventRow,
    /// The community that it is of.
    pub community: CommunityId,
    /// The device that signed it.
    pub author: DeviceId,
    /// The member whose device that is.
    pub member: MemberId,
    /// Its place in the author's log.
    pub seq: u64,
    /// When, by the author's clock; above everything in its past.
    pub tick: Tick,
    /// What it is about.
    pub object: ObjectId,
    /// Whether it comes at or after a point where the author's log forks: two copies of one device wrote.
    pub forked: bool,
}

/// The person who asks, the device that asks for them, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The community in which it is asked.
    pub community: CommunityId,
    /// This device.
    pub device: DeviceId,
    /// Its member.
    pub member: MemberId,
    /// Milliseconds since 1970 by this device's clock.
    pub now_ms: u64,
    /// Whether this device keeps a copy of everything.
    pub keeper: bool,
}
