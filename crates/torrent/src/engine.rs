//! The engine: librqbit on threads of its own, from the first torrent to the last.
//!
//! On threads of its own, so that a fault in it stays there, and so that it is gone, with its port, when the last torrent is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use librqbit::limits::LimitsConfig;
use librqbit::{
    AddTorrent, AddTorrentOptions, AddTorrentResponse, ConnectionOptions, ListenerOptions, ManagedTorrent,
    PeerConnectionOptions, Session, SessionOptions,
};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::content::Content;
use crate::error::TorrentError;
use crate::magnet::Magnet;
use crate::meta::Meta;
use crate::storage::Shelf;

/// How long to look for somebody who has a torrent that only its hash is known of.
const LOOK: Duration = Duration::from_secs(60);
/// How long somebody may take to be reached, and to say the next word.
const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(30);
/// How many others one torrent talks with at once.
const MAX_PEERS: usize = 64;
/// Threads of the engine, and for what blocks.
const WORKERS: usize = 2;
const BLOCKING: usize = 8;
/// The engine sends a block whole: it cannot be held to less than one a second.
const LEAST_RATE: u64 = 16 << 10;
/// How often is counted what was sent.
const COUNT: Duration = Duration::from_millis(200);

/// Where the engine takes its place, as the person chose it.
#[derive(Clone)]
pub struct Place {
    /// Listen on this address only; `None`: on all.
    pub ip: Option<IpAddr>,
    /// The device's upload limit as it is now, in bytes a second. Torrents take at most half of it, so that members are not starved by strangers.
    pub upload_bytes_per_s: Arc<dyn Fn() -> Option<u64> + Send + Sync>,
    /// Told now and then how many more bytes went out, if there is a limit.
    pub sent: Arc<dyn Fn(u64) + Send + Sync>,
}

/// Where to look for others who have a torrent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Computers.
    pub peers: Vec<SocketAddr>,
    /// Trackers, as URLs.
    pub trackers: Vec<String>,
}

/// The torrents of this computer.
#[derive(Default)]
pub struct Torrents(Mutex<Weak<Engine>>);

/// How a torrent stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Whether its bytes are still being looked at.
    pub reading: bool,
    /// Whether all of it is here.
    pub whole: bool,
    /// The bytes that are here.
    pub have_bytes: u64,
    /// The bytes that were sent.
    pub sent_bytes: u64,
    /// How many others it is connected with.
    pub peers: u32,
    /// What comes in, in bytes a second.
    pub rate: u64,
    /// Why it goes no further.
    pub trouble: Option<String>,
}

/// A torrent that is given or fetched. When it is dropped, it ends; with the last one, the engine.
pub struct Active {
    torrent: Arc<ManagedTorrent>,
    engine: Arc<Engine>,
}

struct Engine {
    session: Arc<Session>,
    port: u16,
    runtime: Option<Runtime>,
}

impl Torrents {
    /// Gives a torrent to whoever asks for it by its hash. Returns when its bytes have been read and are right.
    ///
    /// # Errors
    /// If nothing can be listened on, or the bytes are not what the torrent says.
    pub async fn seed(
        &self,
        place: &Place,
        meta: &Meta,
        content: Arc<dyn Content>,
        trackers: Vec<String>,
    ) -> Result<Active, TorrentError> {
        let sources = Sources { peers: Vec::new(), trackers };
        let active = self.add(place, meta, Shelf::Given(content), &sources).await?;
        active.read().await?;
        if active.told().whole {
            return Ok(active);
        }
        Err(TorrentError::unfit("the file has changed while it was read"))
    }

    /// Begins to fetch a torrent into a folder, or goes on with what is there of it.
    ///
    /// # Errors
    /// If the folder cannot be written, or nothing can be listened on.
    pub async fn fetch(
        &self,
        place: &Place,
        meta: &Meta,
        folder: PathBuf,
        sources: &Sources,
    ) -> Result<Active, TorrentError> {
        let described = meta.clone();
        let made = tokio::task::spawn_blocking(move || Shelf::kept(&described, &folder)).await;
        let shelf = made.map_err(broke)??;
        self.add(place, meta, shelf, sources).await
    }

    /// Asks others what torrent a magnet link is of. Dropping it gives up.
    ///
    /// # Errors
    /// If nobody answers within a minute, or with a torrent that is not taken.
    pub async fn look_up(&self, place: &Place, magnet: &Magnet, sources: &Sources) -> Result<Meta, TorrentError> {
        let engine = self.engine(place).await?;
        let (session, link) = (engine.session.clone(), magnet.bare(&sources.trackers));
        let options = AddTorrentOptions { list_only: true, initial_peers: peers(sources), ..base() };
        let looking = engine.run(async move { session.add_torrent(AddTorrent::from_url(link), Some(options)).await });
        let found = timeout(LOOK, looking).await.map_err(|_| TorrentError::NoAnswer)??;
        let AddTorrentResponse::ListOnly(listed) = found.map_err(|_| TorrentError::NoAnswer)? else {
            return Err(TorrentError::Engine("it is there already".into()));
        };
        let meta = Meta::read(&listed.torrent_bytes)?;
        if meta.hash != magnet.hash {
            return Err(TorrentError::unfit("what came is not the torrent that was asked for"));
        }
        Ok(meta)
    }

    async fn add(&self, place: &Place, meta: &Meta, shelf: Shelf, sources: &Sources) -> Result<Active, TorrentError> {
        let engine = self.engine(place).await?;
        let options = AddTorrentOptions {
            overwrite: true,
            initial_peers: peers(sources),
            trackers: Some(sources.trackers.clone()),
            storage_factory: Some(shelf.factory()),
            ..base()
        };
        let (session, bytes) = (engine.session.clone(), meta.write(&[]));
        let adding = engine.run(async move { session.add_torrent(AddTorrent::from_bytes(bytes), Some(options)).await });
        match adding.await?.map_err(|error| TorrentError::Engine(format!("{error:#}")))? {
            AddTorrentResponse::Added(_, torrent) => Ok(Active { torrent, engine }),
            AddTorrentResponse::AlreadyManaged(..) => Err(TorrentError::Busy),
            AddTorrentResponse::ListOnly(_) => Err(TorrentError::Engine("it was only looked at".into())),
        }
    }

    async fn engine(&self, place: &Place) -> Result<Arc<Engine>, TorrentError> {
        let mut running = self.0.lock().await;
        if let Some(engine) = running.upgrade() {
            return Ok(engine);
        }
        let engine = Arc::new(Engine::start(place).await?);
        *running = Arc::downgrade(&engine);
        Ok(engine)
    }
}

/// What holds for every torrent.
fn base() -> AddTorrentOptions {
    // The folder is asked for, but never used: see `storage.rs`.
    AddTorrentOptions {
        output_folder: Some(String::new()),
        peer_limit: Some(MAX_PEERS),
        ..AddTorrentOptions::default()
    }
}

fn peers(sources: &Sources) -> Option<Vec<SocketAddr>> {
    Some(sources.peers.clone())
}

fn broke(error: impl std::fmt::Display) -> TorrentError {
    TorrentError::Engine(error.to_string())
}

impl Engine {
    async fn start(place: &Place) -> Result<Self, TorrentError> {
        let limit = limit((place.upload_bytes_per_s)())?;
        // Whoever comes first chooses it for the whole program; all choose the same. Trackers may speak TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING)
            .thread_name("skein-torrent")
            .enable_all()
            .build();
        let runtime = runtime.map_err(TorrentError::io("cannot start threads"))?;
        let at = free_address(place.ip)?;
        let listen = ListenerOptions {
            listen_addr: at,
            announce_port: Some(at.port()),
            ipv4_only: at.is_ipv4(),
            ..ListenerOptions::default()
        };
        let patience = PeerConnectionOptions {
            connect_timeout: Some(CONNECT),
            read_write_timeout: Some(SILENCE),
            ..PeerConnectionOptions::default()
        };
        let options = SessionOptions {
            dht: None,
            disable_local_service_discovery: true,
            listen: Some(listen),
            connect: Some(ConnectionOptions { peer_opts: Some(patience), ..ConnectionOptions::default() }),
            ratelimits: LimitsConfig { upload_bps: limit, download_bps: None },
            runtime_worker_threads: Some(BLOCKING / 2),
            ipv4_only: at.is_ipv4(),
            ..SessionOptions::default()
        };
        let begun = runtime.spawn(Session::new_with_opts(Path::new("").into(), options)).await;
        let session = match begun {
            Ok(Ok(session)) => session,
            Ok(Err(error)) => return Err(stopped(runtime, format!("{error:#}"))),
            Err(error) => return Err(stopped(runtime, error)),
        };
        runtime.spawn(hold_to_limit(Arc::downgrade(&session), place.clone()));
        Ok(Self { session, port: at.port(), runtime: Some(runtime) })
    }

    /// Does something on the engine's threads; a fault in it ends only that. Dropping it gives it up.
    async fn run<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> Result<T, TorrentError> {
        let runtime = self.runtime.as_ref().ok_or_else(|| broke("it has ended"))?;
        let mut task = Abandoned(runtime.spawn(task));
        (&mut task.0).await.map_err(|_| TorrentError::Engine("what came could not be understood".into()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn stopped(runtime: Runtime, error: impl std::fmt::Display) -> TorrentError {
    runtime.shutdown_background();
    broke(error)
}

/// A task that ends when nobody waits for it.
struct Abandoned<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What torrents may send a second.
fn limit(upload_bytes_per_s: Option<u64>) -> Result<Option<NonZeroU32>, TorrentError> {
    let Some(half) = upload_bytes_per_s.map(|all| all / 2) else { return Ok(None) };
    if half < LEAST_RATE {
        return Err(TorrentError::TooSlow);
    }
    Ok(NonZeroU32::new(u32::try_from(half).unwrap_or(u32::MAX)))
}

/// An address that nobody listens on now. Chosen before the engine starts, which tells trackers its port only if it was given one.
fn free_address(ip: Option<IpAddr>) -> Result<SocketAddr, TorrentError> {
    let all = [IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::UNSPECIFIED)];
    let wanted = ip.as_ref().map_or(&all[..], std::slice::from_ref);
    let mut bound = Err(std::io::ErrorKind::AddrNotAvailable.into());
    for ip in wanted {
        bound = TcpListener::bind((*ip, 0)).and_then(|listener| listener.local_addr());
        if bound.is_ok() {
            break;
        }
    }
    bound.map_err(TorrentError::io("no port can be listened on"))
}

/// Holds torrents to the limit as it changes, and counts against it what they send. Where it leaves too little, they pause.
async fn hold_to_limit(session: Weak<Session>, place: Place) {
    let mut before = 0;
    loop {
        tokio::time::sleep(COUNT).await;
        let Some(session) = session.upgrade() else { return };
        let all: Vec<_> = session.with_torrents(|all| all.map(|(_, torrent)| torrent.clone()).collect());
        let now: u64 = all.iter().map(|torrent| torrent.stats().uploaded_bytes).sum();
        if now > before {
            (place.sent)(now - before);
        }
        before = now;
        let allowed = limit((place.upload_bytes_per_s)());
        if let Ok(allowed) = allowed
            && allowed != session.ratelimits.get_upload_bps()
        {
            session.ratelimits.set_upload_bps(allowed);
        }
        for torrent in all.iter().filter(|torrent| torrent.is_paused() == allowed.is_ok()) {
            let turned = if allowed.is_ok() { session.unpause(torrent).await } else { session.pause(torrent).await };
            if let Err(error) = turned {
                tracing::debug!("a torrent could not be paused or go on: {error:#}");
            }
        }
    }
}

impl Active {
    /// How it stands.
    pub fn told(&self) -> Told {
        let stats = self.torrent.stats();
        let live = stats.live.as_ref();
        let reading = matches!(stats.state, librqbit::TorrentStatsState::Initializing { .. });
        Told {
            reading,
            whole: stats.finished,
            have_bytes: if reading { 0 } else { stats.progress_bytes },
            sent_bytes: stats.uploaded_bytes,
            peers: live.map_or(0, |live| live.snapshot.peer_stats.live),
            rate: live.map_or(0, |live| live.download_speed.as_bytes()),
            trouble: stats.error,
        }
    }

    /// The port by which it can be reached.
    pub fn port(&self) -> u16 {
        self.engine.port
    }

    /// Waits until what is there of it has been read.
    async fn read(&self) -> Result<(), TorrentError> {
        let torrent = self.torrent.clone();
        let read = self.engine.run(async move { torrent.wait_until_initialized().await }).await?;
        read.map_err(|error| TorrentError::Engine(format!("{error:#}")))
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        let (session, id) = (self.engine.session.clone(), self.torrent.id());
        if let Some(runtime) = &self.engine.runtime {
            // The engine keeps the session for as long as this runs; if it goes first, so does the torrent.
            runtime.spawn(async move {
                if let Err(error) = session.delete(id.into(), false).await {
                    tracing::debug!("a torrent was gone before it was ended: {error:#}");
                }
            });
        }
    }
}
