//! The network: a thin shell over iroh that moves opaque bytes between devices.
//!
//! One link per (device, community), on one encrypted connection per pair of devices; files as verified blobs. It knows
//! nothing of events, apps or what a community is: the host's [`Door`] decides who may talk about what.

pub mod blobs;
mod config;
mod dial;
mod endpoint;
#[doc(hidden)]
pub mod fuzzing;
pub mod gift;
mod gossip;
mod hello;
mod keep;
mod link;
mod links;
mod net;
mod pool;
mod reach;
mod relay;
mod shared;
mod steer;
mod swarm;

pub use blobs::{Blobs, BlobsError, Completeness, Content, Early, Holders, Imported, Progress, Proof, Reader};
pub use config::{
    Config, Contact, Door, MAX_FRAME_BYTES, MAX_PASS_BYTES, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, NetError, NetEvent,
    Opening, Reach,
};
pub use net::Net;
pub use steer::Rank;
pub use steer::Upload;
