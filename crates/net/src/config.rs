//! What the host tells the network, what it is asked, and what it hears back. Types only, no behaviour.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use skein_event::{BlobHash, CommunityId, DeviceId, SecretKey};

/// The longest frame that a link carries, in bytes. A longer one closes the link.
pub const MAX_FRAME_BYTES: usize = 1 << 20;
/// The longest pass that a hello carries, in bytes.
pub const MAX_PASS_BYTES: usize = 4096;
/// How many frames may wait to be written on one link.
pub const MAX_QUEUED_FRAMES: usize = 64;
/// How many bytes may wait to be written on one link.
pub const MAX_QUEUED_BYTES: usize = 8 << 20;

/// How this device takes part in the network.
#[derive(Debug, Clone)]
pub struct Config {
    /// The device's secret key; its public half is the device's address.
    pub key: SecretKey,
    /// The folder of the blob store. One process at a time.
    pub blobs: PathBuf,
    /// How often what is no longer kept is swept out of it.
    pub sweep: Duration,
    /// Where to listen. `None`: every IPv4 and IPv6 address, a port chosen by the system. An unspecified address with a
    /// port: the same on that port. Anything else: that address only.
    pub bind: Option<SocketAddr>,
    /// Announce this device on the local network, and listen for others. Nothing about communities is told.
    pub mdns: bool,
    /// Relays that the person chose, as URLs. Without any, no relay is ever spoken to.
    pub relays: Vec<String>,
    /// Serve as a relay (plain HTTP) here, for devices that [`Door::may_relay`].
    pub serve_relay: Option<SocketAddr>,
    /// Send at most so many bytes of files a second, to all devices together.
    pub upload_bytes_per_s: Option<u64>,
}

/// The door's answer to a device that wants to talk about a community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// A member's device.
    Member,
    /// Not (yet) a member, but its pass is good.
    Guest,
    /// No. The reason is told to bearers of a pass only.
    Refused(String),
}

/// Asked at every attempt; the host implements it from its rosters. Must answer at once.
pub trait Door: Send + Sync + 'static {
    /// May `device` talk about `community` here? `pass` is what it showed, at most [`MAX_PASS_BYTES`].
    fn opens(&self, device: DeviceId, community: CommunityId, pass: Option<&[u8]>) -> Opening;
    /// May `device` have this file, folder list or folder? For files inside a folder the folder's root is asked about.
    fn may_fetch(&self, device: DeviceId, blob: BlobHash) -> bool;
    /// May `device` use this device's relay?
    fn may_relay(&self, device: DeviceId) -> bool;
}

/// What the host hears. For each (device, community): `Up`, any number of `Frame`, `Down`, and so on in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetEvent {
    /// A link is there; [`Net::send`](crate::Net::send) works from now on.
    Up {
        /// The other device: proved by its key.
        device: DeviceId,
        /// What the link is about.
        community: CommunityId,
        /// The other device is let in by its pass only.
        guest: bool,
    },
    /// A frame arrived: hostile bytes, at most [`MAX_FRAME_BYTES`].
    Frame {
        /// Who sent it.
        device: DeviceId,
        /// What it is about.
        community: CommunityId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// The link is gone. Kept contacts are dialled again without being asked.
    Down {
        /// The other device.
        device: DeviceId,
        /// What the link was about.
        community: CommunityId,
        /// Why, in plain words.
        why: String,
    },
    /// The other device answered our call and said no. Not part of the Up–Down sequence; tried again with back-off.
    Refused {
        /// The other device.
        device: DeviceId,
        /// What we wanted to talk about.
        community: CommunityId,
        /// Its reason; the other side wrote it, so show it as a quotation.
        why: String,
    },
}

/// Somebody to stay connected with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The device.
    pub device: DeviceId,
    /// Where it was last known to be: "ip:port" or "relay:URL". What does not parse is ignored.
    pub addresses: Vec<String>,
    /// What to show at the door, at most [`MAX_PASS_BYTES`].
    pub pass: Option<Vec<u8>>,
}

/// How a connected device is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// The device.
    pub device: DeviceId,
    /// The communities that there are links for.
    pub communities: Vec<CommunityId>,
    /// Without a relay in between.
    pub direct: bool,
    /// The path in use: "ip:port" or "relay:URL"; empty while none is chosen.
    pub via: String,
    /// Round trip, in milliseconds.
    pub rtt_ms: f64,
    /// Bytes sent in UDP datagrams on the connections that exist now.
    pub sent_bytes: u64,
    /// Bytes received likewise.
    pub received_bytes: u64,
}

/// Why the network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {why}")]
    Bind {
        /// Where we wanted to listen.
        address: String,
        /// What the system said.
        why: String,
    },
    /// A relay's URL does not parse.
    #[error("{url:?} is not the address of a relay: {why}")]
    Relay {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Our own relay did not start.
    #[error("cannot serve as a relay on {address}: {why}")]
    ServeRelay {
        /// Where we wanted to serve.
        address: SocketAddr,
        /// What the system said.
        why: String,
    },
    /// The blob store did not open.
    #[error("cannot open the store of files: {0}")]
    Blobs(String),
}
