//! Large files, by pieces, among all who have or want them: the shell around [`skein_swarm`], which decides; this moves bytes.
//!
//! One actor owns the scheduler. Every connection has one stream of messages each way; pieces that go together have
//! a stream of their own, as an encoding that the store checks against the file's hash before anything of it counts. Nobody is told of a file, or
//! given a piece of it, unless the host's door says so; it is asked again at every piece.

mod actor;
mod conn;
mod effects;
mod files;
mod keep;
mod path;
mod peers;
mod reader;
mod receive;
mod send;
mod steer;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use iroh::endpoint::{Connection, RecvStream};
use skein_event::{BlobHash, DeviceId};
use skein_swarm::{Bits, Layout, Message, Part, Parts, PeerId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::blobs::store::Store;
use crate::shared::Shared;
pub(crate) use conn::serve;
pub(crate) use files::look_up;
pub(crate) use keep::STORE_AT_ONCE;
pub(crate) use receive::READ_AT_ONCE;
pub(crate) use wire::{frame as write_message, read_message};

/// What we speak on a connection that carries pieces.
pub(crate) const SWARM_ALPN: &[u8] = b"skein/swarm/3";
/// What may wait for the actor; whoever has more to tell waits.
const MAX_TOLD: usize = 1_024;

/// How far the fetch of one file is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fetched {
    /// Bytes that are here or coming.
    pub(crate) bytes: u64,
    /// Bytes that came from each device.
    pub(crate) came: BTreeMap<DeviceId, u64>,
    /// It is whole.
    pub(crate) whole: bool,
    /// The store failed: nothing that somebody else could mend.
    pub(crate) broken: Option<String>,
}

/// How a piece that came in ended.
#[derive(Debug)]
enum Outcome {
    Verified,
    /// It is not what it should be.
    Lie,
    Broken,
    /// Our own store failed.
    Local(String),
}

/// What the actor is told.
enum Told {
    Join(Box<Join>),
    Left(PeerId),
    /// A message about a file; without one: "I have nothing to do with it".
    Frame(PeerId, BlobHash, Option<Message>),
    /// Pieces begin to come, one after the other.
    Arrived(Box<(PeerId, wire::Header, RecvStream)>),
    Received(Part, u64, u64),
    Came(Parts, u64, Outcome),
    Sent(Parts, u64, bool),
    /// What the store has of a file that somebody asked about.
    Opened(BlobHash, Option<(Layout, Bits)>),
    Dialled(DeviceId, bool),
    Call(DeviceId),
    Fetch(BlobHash, Layout, Box<Bits>, watch::Sender<Fetched>),
    /// Who may have a file that is being fetched.
    Holders(BlobHash, Vec<DeviceId>),
    /// A file is kept no longer.
    LetGo(BlobHash),
}

/// A new connection.
struct Join {
    device: DeviceId,
    connection: Connection,
    pool: u64,
    dialled: bool,
    frames: mpsc::Sender<Vec<u8>>,
    answer: oneshot::Sender<Option<PeerId>>,
}

/// The way to the actor. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Handle {
    told: mpsc::Sender<Told>,
}

impl Handle {
    async fn tell(&self, told: Told) -> bool {
        self.told.send(told).await.is_ok()
    }

    /// A file is kept no longer: it is closed, unless somebody here fetches it.
    pub(crate) async fn let_go(&self, file: BlobHash) {
        self.tell(Told::LetGo(file)).await;
    }

    /// Begins to fetch a file of which `have` is here; goes on until what is given back is dropped.
    pub(crate) async fn fetch(&self, file: BlobHash, layout: Layout, have: Bits) -> Option<watch::Receiver<Fetched>> {
        let (state, seen) = watch::channel(Fetched::default());
        self.tell(Told::Fetch(file, layout, Box::new(have), state)).await.then_some(seen)
    }

    /// Connects to a device already, since pieces will be asked of it.
    pub(crate) async fn call(&self, device: DeviceId) {
        self.tell(Told::Call(device)).await;
    }

    /// Says who may have a file that is being fetched.
    pub(crate) async fn holders(&self, file: BlobHash, devices: Vec<DeviceId>) {
        self.tell(Told::Holders(file, devices)).await;
    }
}

/// Starts the actor; it ends when the network stops.
pub(crate) fn start(shared: &Arc<Shared>, store: &Arc<Store>) -> Handle {
    let (told, inbox) = mpsc::channel(MAX_TOLD);
    let handle = Handle { told };
    let actor = actor::Actor::new(Arc::downgrade(shared), store.clone(), handle.clone());
    shared.spawn(actor.run(inbox));
    handle
}
