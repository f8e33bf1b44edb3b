//! What all tasks of the network share, and the three things they do with it: serve a connection, answer a hello, call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use iroh::endpoint::{Connection, RecvStream, SendStream, VarInt};
use iroh::{Endpoint, EndpointAddr, EndpointId};
use skein_event::{CommunityId, DeviceId};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Door, NetEvent, Opening};
use crate::dial::{Caller, Outcome};
use crate::hello::{Answer, CLOSED_DOOR, Hello};
use crate::keep::Keeping;
use crate::link::Link;
use crate::links::{Links, Verdict};
use crate::pool::{Kind, Pool};

/// What we speak on a connection that carries links.
pub(crate) const SYNC_ALPN: &[u8] = b"skein/sync/1";
/// How long a hello, an answer, and an unproven connection may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection without links is kept.
const IDLE: Duration = Duration::from_secs(60);
/// How often a connection's state is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Hellos that are being answered on one connection.
const MAX_HELLOS: usize = 8;
/// Refusals on one unproven connection before it is closed.
const MAX_REFUSALS: u64 = 4;
/// Streams that a proven device may have open towards us.
const PROVEN_STREAMS: u32 = 128;
/// What a proven device may have under way towards us on one connection, in bytes.
pub(crate) const PROVEN_WINDOW: u32 = 16 << 20;

/// What all tasks share.
pub(crate) struct Shared {
    pub(crate) me: DeviceId,
    pub(crate) endpoint: Endpoint,
    pub(crate) door: Arc<dyn Door>,
    pub(crate) inbox: mpsc::Sender<NetEvent>,
    pub(crate) links: Links,
    pub(crate) pool: Pool,
    pub(crate) callers: Mutex<HashMap<DeviceId, Arc<Caller>>>,
    pub(crate) keeping: Keeping,
    pub(crate) dials: Semaphore,
    pub(crate) runtime: Handle,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) next_link: AtomicU64,
}

impl Shared {
    pub(crate) fn callers(&self) -> MutexGuard<'_, HashMap<DeviceId, Arc<Caller>>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn caller(&self, device: DeviceId) -> Option<Arc<Caller>> {
        self.callers().get(&device).cloned()
    }

    /// Runs a task that ends when the network stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn_on(async move { stop.run_until_cancelled(task).await.unwrap_or_default() }, &self.runtime);
    }

    /// Whether this device is one that we keep, or that a door has opened for.
    pub(crate) fn knows(&self, device: DeviceId) -> bool {
        self.links.leads_to(device) || self.keeping.knows(device)
    }

    /// Where the device may be: what we were told, and where it is connected from now.
    pub(crate) fn whereabouts(&self, device: DeviceId) -> Option<EndpointAddr> {
        let mut addresses = self.caller(device).map(|caller| caller.addresses()).unwrap_or_default();
        for connection in self.pool.with(device) {
            addresses.extend(connection.paths().iter().map(|path| path.remote_addr().clone()));
        }
        Some(EndpointAddr::from_parts(endpoint_id(device)?, addresses))
    }

    /// Accepts streams on a connection of links until it closes.
    pub(crate) async fn serve(self: Arc<Self>, connection: Connection, id: u64) {
        let device = device_id(connection.remote_id());
        let opened = Instant::now();
        let mut busy = Instant::now();
        let hellos = Arc::new(Semaphore::new(MAX_HELLOS));
        let refusals = Arc::new(AtomicU64::new(0));
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                stream = connection.accept_bi() => {
                    let Ok(stream) = stream else { break };
                    let Ok(permit) = hellos.clone().try_acquire_owned() else { continue };
                    let (shared, connection, refusals) = (self.clone(), connection.clone(), refusals.clone());
                    self.spawn(async move {
                        let link = shared.answer(&connection, id, stream, &refusals).await;
                        drop(permit);
                        if let Some(life) = link { life.await; }
                    });
                }
                _ = look.tick() => {
                    if self.links.all().iter().any(|link| link.connection.stable_id() == connection.stable_id()) {
                        busy = Instant::now();
                    }
                    let unproven = !self.pool.is_proven(id);
                    if unproven && (opened.elapsed() > PATIENCE || refusals.load(Ordering::Relaxed) >= MAX_REFUSALS) {
                        connection.close(VarInt::from_u32(0), b"no door opened");
                    } else if busy.elapsed() > IDLE {
                        connection.close(VarInt::from_u32(0), b"nothing to talk about");
                    }
                }
            }
        }
        self.pool.remove(id);
        if let Some(caller) = self.caller(device) {
            caller.wake.notify_one();
        }
    }

    /// Reads a hello, asks the door, answers. Gives the link's life to be lived.
    async fn answer(
        self: &Arc<Self>,
        connection: &Connection,
        id: u64,
        (mut send, mut recv): (SendStream, RecvStream),
        refusals: &AtomicU64,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        let device = device_id(connection.remote_id());
        let Ok(Ok(hello)) = timeout(PATIENCE, Hello::read(&mut recv)).await else {
            refusals.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let key = (device, hello.community);
        let guest = match self.door.opens(device, hello.community, hello.pass.as_deref()) {
            Opening::Member => false,
            Opening::Guest => true,
            Opening::Refused(why) => {
                refusals.fetch_add(1, Ordering::Relaxed);
                let why = if hello.pass.is_some() { why } else { CLOSED_DOOR.into() };
                say_no(&mut send, &Answer::Refused(why)).await;
                return None;
            }
        };
        self.prove(id, connection);
        self.pool.belongs_to(id, hello.mark.instance);
        let (link, queue) = Link::new(self.link_id(), key, guest, hello.mark, connection.clone());
        let place = match self.links.called(hello.mark, &link) {
            Ok(place) => place,
            Err(Verdict::Crossed) => {
                say_no(&mut send, &Answer::Crossed).await;
                return None;
            }
            Err(_) => {
                say_no(&mut send, &Answer::Refused("this device comes back too often".into())).await;
                return None;
            }
        };
        if let Some(caller) = self.caller(device) {
            caller.reset();
        }
        let welcome = Answer::Welcome(place.mark).encode();
        if !matches!(timeout(PATIENCE, send.write_all(&welcome)).await, Ok(Ok(()))) {
            link.close("the connection was lost");
        }
        let shared = self.clone();
        Some(async move { shared.live(link, place, (send, recv), queue).await })
    }

    /// Opens a stream for this community on this connection, and says hello.
    pub(crate) async fn call(self: &Arc<Self>, connection: &Connection, id: u64, community: CommunityId) -> Outcome {
        let device = device_id(connection.remote_id());
        let key = (device, community);
        let Some(mark) = self.links.call(key) else { return Outcome::Crossed };
        let pass = self.caller(device).and_then(|caller| caller.pass(community));
        let hello = Hello { community, mark, pass };
        let exchange = async {
            let (mut send, mut recv) = connection.open_bi().await.ok()?;
            send.write_all(&hello.encode()).await.ok()?;
            let answer = Answer::read(&mut recv).await.ok()?;
            Some((answer, send, recv))
        };
        let Ok(Some((answer, send, recv))) = timeout(PATIENCE, exchange).await else {
            self.links.call_failed(key, mark);
            return Outcome::Failed;
        };
        let theirs = match answer {
            Answer::Welcome(theirs) => theirs,
            Answer::Crossed => {
                self.links.call_failed(key, mark);
                return Outcome::Crossed;
            }
            Answer::Refused(why) => {
                self.links.call_failed(key, mark);
                self.inbox.send(NetEvent::Refused { device, community, why }).await.ok();
                return Outcome::Failed;
            }
        };
        self.prove(id, connection);
        self.pool.belongs_to(id, theirs.instance);
        let guest = self.door.opens(device, community, None) == Opening::Guest;
        let (link, queue) = Link::new(self.link_id(), key, guest, theirs, connection.clone());
        let Some(place) = self.links.call_answered(mark, &link) else { return Outcome::Crossed };
        let shared = self.clone();
        self.spawn(async move { shared.live(link, place, (send, recv), queue).await });
        Outcome::Up
    }

    async fn live(
        self: Arc<Self>,
        link: Arc<Link>,
        place: crate::links::Place,
        stream: (SendStream, RecvStream),
        queue: crate::link::Queue,
    ) {
        let device = link.key.0;
        link.run(place, stream, queue, self.inbox.clone(), &self.links).await;
        if let Some(caller) = self.caller(device) {
            caller.wake.notify_one();
        }
    }

    fn prove(&self, id: u64, connection: &Connection) {
        self.pool.prove(id);
        widen(connection);
    }

    fn link_id(&self) -> u64 {
        self.next_link.fetch_add(1, Ordering::Relaxed)
    }

    /// A connection to this device: the newest there is, or a new one; `None` if it cannot be reached now.
    pub(crate) async fn connection(self: &Arc<Self>, caller: &Caller) -> Option<(u64, Connection)> {
        if let Some(found) = self.pool.newest(caller.device, Kind::Sync) {
            return Some(found);
        }
        let dial = async {
            let _permit = self.dials.acquire().await.ok()?;
            let address = self.whereabouts(caller.device)?;
            timeout(PATIENCE + PATIENCE / 2, self.endpoint.connect(address, SYNC_ALPN)).await.ok()?.ok()
        };
        tokio::pin!(dial);
        loop {
            tokio::select! {
                dialled = &mut dial => return self.take_in(dialled?),
                () = caller.wake.notified() => if let Some(found) = self.pool.newest(caller.device, Kind::Sync) {
                    return Some(found);
                },
            }
        }
    }

    fn take_in(self: &Arc<Self>, connection: Connection) -> Option<(u64, Connection)> {
        let device = device_id(connection.remote_id());
        let id = self.pool.admit(device, Kind::Sync, true, &connection)?;
        self.spawn(self.clone().serve(connection.clone(), id));
        Some((id, connection))
    }
}

/// Lets a device that proved itself send as much as work needs.
pub(crate) fn widen(connection: &Connection) {
    connection.set_max_concurrent_bi_streams(VarInt::from_u32(PROVEN_STREAMS));
    connection.set_receive_window(VarInt::from_u32(PROVEN_WINDOW));
}

async fn say_no(send: &mut SendStream, answer: &Answer) {
    let said = async {
        send.write_all(&answer.encode()).await.ok()?;
        send.finish().ok()?;
        send.stopped().await.ok()
    };
    timeout(PATIENCE, said).await.ok();
}

/// The device behind an endpoint's id: the same 32 bytes.
pub(crate) fn device_id(endpoint: EndpointId) -> DeviceId {
    DeviceId::from_bytes(*endpoint.as_bytes())
}

/// The endpoint's id of a device, if its bytes are a public key.
pub(crate) fn endpoint_id(device: DeviceId) -> Option<EndpointId> {
    EndpointId::from_bytes(device.as_bytes()).ok()
}

/// A random number, for spreading and for telling runs of a program apart; not a secret.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}
