//! What the host answers with: plain data, the same for the API, the command line and the page. Ids are text, times are
//! milliseconds since 1970.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the program is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    /// This program's version.
    pub version: String,
    /// Its folder.
    pub folder: String,
    /// The process.
    pub pid: u32,
    /// Since when it runs.
    #[ts(type = "number")]
    pub since_ms: u64,
    /// This device's id.
    pub device: String,
    /// What this device is called.
    pub label: String,
    /// The person's name as used last.
    pub name: String,
    /// Whether this device keeps a copy of everything.
    pub keeper: bool,
    /// Where it can be found.
    pub addresses: Vec<String>,
    /// The communities here.
    pub communities: Vec<CommunityRow>,
    /// What files take on this device's disk, in bytes.
    #[ts(type = "number")]
    pub files_bytes: u64,
    /// What is on its way to this device, and whether all of it is paused.
    pub coming: crate::Coming,
}

/// How a community stands on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// All is well.
    Member,
    /// On the way in: nobody who is in could be reached so far.
    Joining,
    /// It was tried to come in, and refused for good.
    Refused,
    /// This person left, or was removed; what is here can be read.
    Left,
    /// Its file cannot be used now; see `trouble`.
    Closed,
}

/// A community on this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CommunityRow {
    /// Its id.
    pub community: String,
    /// Its name.
    pub name: String,
    /// This person's name in it.
    pub my_name: String,
    /// How it stands.
    pub standing: Standing,
    /// What is wrong, in words; empty if nothing is.
    pub trouble: String,
    /// How many members it has.
    pub members: u32,
    /// How many devices can be reached now, besides this one.
    pub devices_reached: u32,
    /// The other one's name, if it is a conversation of two; else empty.
    pub direct: String,
    /// Who that is; else empty.
    pub direct_member: String,
    /// How many events are here.
    #[ts(type = "number")]
    pub events: u64,
    /// How many messages and the like this person has not read; counted up to 1,000.
    pub unread: u32,
    /// How often they call this person by name; counted up to 1,000.
    pub mentions: u32,
}

/// A member, and their devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MemberRow {
    /// The member's id.
    pub member: String,
    /// Their name.
    pub name: String,
    /// Whether it is me.
    pub you: bool,
    /// Whether they still belong: at least one of their devices does.
    pub belongs: bool,
    /// Their devices.
    pub devices: Vec<DeviceRow>,
}

/// A device of a member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DeviceRow {
    /// Its id.
    pub device: String,
    /// Whether it is this one.
    pub this: bool,
    /// Whether it still belongs.
    pub belongs: bool,
    /// Whether it can be reached now.
    pub reached: bool,
    /// Without a relay in between.
    pub direct: bool,
    /// The path in use: "ip:port" or "relay:URL"; empty when not reached.
    pub via: String,
    /// Round trip in milliseconds; 0 when not reached.
    pub rtt_ms: f64,
    /// When it was last heard of; 0 if never.
    #[ts(type = "number")]
    pub heard_ms: u64,
    /// How many of the things that are here it did not say it has; `null` if it never said what it has.
    #[ts(type = "number | null")]
    pub lacks: Option<u64>,
    /// Whether it said that it has things that are not here yet.
    pub has_more: bool,
    /// Where it says it can be found.
    pub addresses: Vec<String>,
}

/// Somebody who would like to talk with me alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Knock {
    /// Its id.
    pub id: String,
    /// The community that we are both in: its id.
    pub community: String,
    /// Who: the member's id.
    pub member: String,
    /// Who: the name.
    pub name: String,
    /// When, by their clock.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// Answering is joining with this.
    pub link: String,
}

/// A community was founded or come into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Entered {
    /// Its id.
    pub community: String,
    /// Its name.
    pub name: String,
    /// This person's name in it.
    pub my_name: String,
    /// This person's id in it.
    pub member: String,
}

/// A link that lets others in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Invitation {
    /// What to give to others.
    pub link: String,
    /// The invitation's id.
    pub invitation: String,
    /// Until when it is good.
    #[ts(type = "number")]
    pub expires_ms: u64,
    /// For how many.
    pub uses: u32,
    /// The community's id.
    pub community: String,
    /// The community's name.
    pub name: String,
}

/// What a link lets one do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Come into a community.
    Invitation,
    /// Make a device one of the person who made the link.
    Device,
    /// Fetch a file that somebody gives.
    File,
}

/// What a link says. All but `already_in` is the word of whoever made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LinkRead {
    /// What it lets one do.
    pub kind: LinkKind,
    /// The community's id; empty in a link for a device.
    pub community: String,
    /// The community's name; empty in a link for a device.
    pub name: String,
    /// Who made it, by the name they have there; empty in a link for a device.
    pub from: String,
    /// Until when it is good.
    #[ts(type = "number")]
    pub expires_ms: u64,
    /// Whether that is over, by this computer's clock.
    pub expired: bool,
    /// Whether this person belongs there already; of a link for a device: whether this very device made it.
    pub already_in: bool,
}

/// This person has left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Left {
    /// The community's id.
    pub community: String,
    /// Whether somebody else has already heard it; if not, they will when this device can next reach one of them.
    pub told: bool,
}

/// A command became an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Said {
    /// The event's id.
    pub event: String,
    /// The id of what it is about.
    pub object: String,
}

/// What an app's bridges speak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Speech {
    /// The community's id.
    pub community: String,
    /// The community's name.
    pub name: String,
    /// Which app.
    pub app: String,
    /// The protocols; none, if the app has no bridges.
    pub protocols: Vec<ProtocolRow>,
}

/// A protocol of a bridge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ProtocolRow {
    /// Its name.
    pub name: String,
    /// What whoever has the address can do with it.
    pub about: String,
    /// What follows the secret in the address.
    pub entry: String,
    /// Whether it can also put something into the community, in this member's name.
    pub writes: bool,
}

/// A command became several, and all of them are done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Several {
    /// What they are, in the plural.
    pub what: String,
    /// How many.
    #[ts(type = "number")]
    pub done: u64,
}

/// Nothing was to be done; this is to be known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// In people's words.
    pub words: String,
}

/// A file or folder is here now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Fetched {
    /// Its name.
    pub name: String,
    /// Where it was put, if it was put anywhere.
    pub path: Option<String>,
    /// Its bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// How long it took, in milliseconds.
    #[ts(type = "number")]
    pub took_ms: u64,
    /// Bytes that came from each device, by its member's name.
    #[ts(type = "[string, number][]")]
    pub from: Vec<(String, u64)>,
}

/// Something that feed or search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Hit {
    /// The community's id.
    pub community: String,
    /// The community's name.
    pub community_name: String,
    /// The item's event.
    pub event: String,
    /// The id of what it is about.
    pub object: String,
    /// Which app.
    pub app: String,
    /// What kind of item, in one word.
    pub kind: String,
    /// Whose: the member's id.
    pub member: String,
    /// Whose: the name.
    pub name: String,
    /// When, by its author's clock.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// The text, with `[` and `]` around the words that were looked for.
    pub snippet: String,
    /// How well it fits: lower is better; 0 in the feed.
    pub rank: f64,
}

/// Who has an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct WhoHasIt {
    /// The event's id.
    pub event: String,
    /// Every device in good standing.
    pub devices: Vec<HolderRow>,
    /// All of it in words: "On 4 devices of 3 people; Cem has not got it yet."
    pub words: String,
}

/// A device, and whether it has an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HolderRow {
    /// The device's id.
    pub device: String,
    /// The member's id.
    pub member: String,
    /// The member's name.
    pub name: String,
    /// Whether it is known to have it.
    pub has: bool,
}

/// Something odd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FindingRow {
    /// The community's id.
    pub community: String,
    /// The community's name.
    pub community_name: String,
    /// When it last happened.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// The id of the device that it is about.
    pub device: String,
    /// The name of that device's member; empty if nobody here knows it.
    pub name: String,
    /// What kind, as one word.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// How often.
    #[ts(type = "number")]
    pub times: u64,
}

/// A link for another device of mine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DeviceInvitation {
    /// What to give to the other device. Whoever has it becomes me.
    pub link: String,
    /// Until when it is good.
    #[ts(type = "number")]
    pub expires_ms: u64,
}

/// This device is one of that person's now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DeviceLinked {
    /// The person's name.
    pub name: String,
    /// The communities that it is coming into.
    pub communities: Vec<CommunityRow>,
}

/// This device has a fresh key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Renewed {
    /// The device's new id.
    pub device: String,
    /// Where the old key was put.
    pub old_key: String,
}
