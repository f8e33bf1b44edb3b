//! Starting and stopping: the folder, the runtime, the loop's thread, the network.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use skein_net::{Config, Content, Net, NetError, NetEvent};
use skein_node::Rules;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{broadcast, mpsc};

use crate::core::{Core, stopping};
use crate::door::FrontDoor;
use crate::engine::{Engine, MAX_CALLS, MAX_NET_EVENTS};
use crate::{Change, Item, Options, Profile, Request, background, desk, mirror, steer};

/// How many items of one answer may wait.
const MAX_ITEMS: usize = 64;
/// How many requests may be under way.
const MAX_REQUESTS: usize = 1_024;
/// Threads for what waits: the network, requests. One: packets come in small groups, and to wake a second thread for each group
/// costs more than it does: a tenth of all work, measured with eight programs that share a file on two cores.
const WORKERS: usize = 1;
/// Threads for reading stores and files.
const BLOCKING: usize = 16;

/// How often the store of files gives back the room of what is no longer kept. Tests wait for it.
const SWEEP: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(120) };

/// Why the program should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody asked it to stop.
    Stop,
    /// It should start again on the same folder: its key is new.
    Restart,
}

/// Everything that runs for one person on this computer.
///
/// Dropping it ends all at once, as a power cut would; [`Host::stop`] says goodbye first. After a mere drop the folder may
/// stay held for as long as the process lives.
pub struct Host {
    core: Arc<Core>,
    _runtime: Threads,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Host {
    /// Opens all communities of the folder and goes on the network. Blocks for as long as that takes.
    ///
    /// # Errors
    /// If the folder cannot be used or the network not be started. A community that cannot be opened is no error.
    pub fn open(profile: Profile, options: Options) -> Result<Self, Refusal> {
        let mut settings = profile.settings()?;
        if let Some(keeper) = options.keeper.filter(|keeper| *keeper != settings.keeper) {
            settings.keeper = keeper;
            profile.save(&settings)?;
        }
        let keys = profile.keys()?;
        let (threads, handle) = Threads::start()?;
        let rules = Rules { apps: skein_apps::APPS, roster: skein_apps::ROSTER };
        let (calls, calls_in) = mpsc::channel(MAX_CALLS);
        let (net, net_in) = mpsc::channel(MAX_NET_EVENTS);
        let core = Arc::new(Core::new(profile, rules, keys, settings, calls, handle.clone())?);
        let mut engine = Engine::new(core.clone(), calls_in, net_in);
        engine.open_all()?;
        start_net(&core, &options, net)?;
        let thread = std::thread::Builder::new().name("skein-loop".into()).spawn(move || handle.block_on(engine.run()));
        let thread = thread.map_err(|error| Refusal::new(Kind::Failed, format!("cannot start a thread: {error}")))?;
        background::start(&core);
        mirror::start(&core);
        Ok(Self { core, _runtime: threads, thread: Mutex::new(Some(thread)) })
    }

    /// Asks for something. The items come as they are ready; going away gives up what is not done, but for what goes on
    /// by itself.
    pub fn request(&self, request: Request) -> mpsc::Receiver<Item> {
        self.answer(request, None)
    }

    /// The same for somebody who is not at this computer: files that a command of an app names must lie within `folder`,
    /// and none is written anywhere. Requests that name a path themselves are not for them.
    pub fn request_within(&self, request: Request, folder: &Path) -> mpsc::Receiver<Item> {
        self.answer(request, Some(folder.to_owned()))
    }

    fn answer(&self, request: Request, bounds: Option<PathBuf>) -> mpsc::Receiver<Item> {
        let (items, answer) = mpsc::channel(MAX_ITEMS);
        if self.core.tasks.len() >= MAX_REQUESTS {
            let refusal = Refusal::new(Kind::Limit, "too much is asked at once").hint("Try again in a moment.");
            items.try_send(Item::Refused(refusal)).ok(); // the queue is empty: there is room
            return answer;
        }
        let core = self.core.clone();
        let answering = async move {
            let stop = core.stop.clone();
            let ended = stop.run_until_cancelled(desk::answer(core, request, bounds, items.clone())).await;
            if ended.is_none() {
                items.try_send(Item::Refused(stopping())).ok(); // a full queue ends without it
            }
        };
        self.core.tasks.spawn_on(answering, &self.core.runtime);
        answer
    }

    /// Opens a file for reading that is whole on this device, or on its way: then what is read next comes first, and is waited
    /// for. Gives its length too.
    ///
    /// # Errors
    /// If it is neither here nor on its way.
    pub async fn file(&self, root: BlobHash) -> Result<(u64, Box<dyn Content>), Refusal> {
        self.core.wire.blobs()?.open_content(root).await.map_err(|error| desk::of_blobs(&error))
    }

    /// What changes from now on. Whoever falls behind is told so by the channel, and should ask for everything anew.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.core.changes.subscribe()
    }

    /// What is within, for tests of what nobody may ask from outside.
    #[cfg(test)]
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Waits until somebody asks the program to end.
    pub async fn ending(&self) -> Ending {
        let mut ending = self.core.ending.subscribe();
        let asked = ending.wait_for(Option::is_some).await.map(|ending| *ending);
        asked.ok().flatten().unwrap_or(Ending::Stop)
    }

    /// The runtime, for whoever serves this host's requests.
    pub fn runtime(&self) -> Handle {
        self.core.runtime.clone()
    }

    /// Says goodbye to the others, writes down what is under way, and ends everything.
    pub async fn stop(&self) {
        self.core.torrents.stop();
        if let Some(net) = self.core.wire.take() {
            self.core.runtime.spawn(net.stop()).await.ok();
        }
        self.core.stop.cancel();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            self.core.runtime.spawn_blocking(move || thread.join()).await.ok();
        }
        self.core.tasks.close();
        self.core.tasks.wait().await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.core.stop.cancel();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
    }
}

/// The runtime's threads. They are let go without waiting, so that whoever drops them may be inside another runtime.
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> Result<(Self, Handle), Refusal> {
        let runtime = make_runtime()?;
        let handle = runtime.handle().clone();
        Ok((Self(Some(runtime)), handle))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn make_runtime() -> Result<Runtime, Refusal> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .thread_name("skein-host")
        .enable_all()
        .build();
    runtime.map_err(|error| Refusal::new(Kind::Failed, format!("cannot start threads: {error}")))
}

/// Goes on the network: on the port used last, so that others find this device where it was; on any, if that is taken.
fn start_net(core: &Arc<Core>, options: &Options, inbox: mpsc::Sender<NetEvent>) -> Result<(), Refusal> {
    let last = core.settings().port;
    let chosen = options.bind.is_some_and(|address| address.port() != 0);
    let first = match (options.bind, last) {
        (Some(address), Some(port)) if !chosen => Some(SocketAddr::new(address.ip(), port)),
        (None, Some(port)) => Some(SocketAddr::from(([0, 0, 0, 0], port))),
        (bind, _) => bind,
    };
    let net = match start_net_at(core, options, first, inbox.clone()) {
        Err(NetError::Bind { .. }) if !chosen && first != options.bind => {
            start_net_at(core, options, options.bind, inbox)
        }
        started => started,
    };
    let net = net.map_err(|error| {
        Refusal::new(Kind::Failed, error.to_string())
            .hint("Look whether another program uses it, or choose another port.")
    })?;
    let port = net.addresses().iter().find_map(|text| text.parse::<SocketAddr>().ok()).map(|address| address.port());
    core.wire.put(net);
    // Before anything comes or goes.
    steer::limits::apply(core);
    if port.is_some() && !chosen {
        core.change_settings(|settings| settings.port = port)?;
    }
    Ok(())
}

fn start_net_at(
    core: &Arc<Core>,
    options: &Options,
    bind: Option<SocketAddr>,
    inbox: mpsc::Sender<NetEvent>,
) -> Result<Net, NetError> {
    let config = Config {
        key: core.keys().device,
        blobs: core.profile.blobs(),
        sweep: SWEEP,
        bind,
        mdns: options.mdns,
        relays: [core.settings().relays.clone(), options.relays.clone()].concat(),
        serve_relay: options.serve_relay,
        upload_bytes_per_s: None,
    };
    let door = FrontDoor { halls: core.halls.clone(), lobby: core.lobby.clone(), roster: core.rules.roster };
    // Not `block_on`: the caller may be inside another runtime.
    let (send, receive) = std::sync::mpsc::channel();
    core.runtime.spawn(async move {
        drop(send.send(Net::start(config, Arc::new(door), inbox).await));
    });
    receive.recv().unwrap_or_else(|_| Err(NetError::Blobs("the network's task ended".into())))
}
