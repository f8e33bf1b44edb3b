//! What the loop, the requests and the tasks in the background share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use skein_app::{Kind, Me, Refusal, View};
use skein_event::{BlobHash, CommunityId, DeviceId};
use skein_node::{Answer, Keys, Node, Rules};
use skein_store::Reader;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chance::now_ms;
use crate::desk::Flow;
use crate::door::Halls;
use crate::doubts::Doubts;
use crate::engine::Call;
use crate::gift::GivenFiles;
use crate::hall::Hall;
use crate::lobby::Lobby;
use crate::mirror::Mirrors;
use crate::profile::{Profile, Settings};
use crate::steer::Steer;
use crate::torrent::OpenTorrents;
use crate::wire::Wire;
use crate::{Change, Ending};

/// How many reads of the stores run at once.
const MAX_READS: usize = 4;
/// How many changes a slow follower may miss before it is told to ask anew.
const MAX_CHANGES: usize = 4_096;

/// What all parts of the host share.
pub(crate) struct Core {
    pub profile: Profile,
    pub rules: Rules,
    pub keeper: bool,
    pub since_ms: u64,
    pub halls: Arc<Halls>,
    pub lobby: Arc<Lobby>,
    pub wire: Wire,
    pub mirrors: Mirrors,
    pub changes: broadcast::Sender<Change>,
    /// Something changed that may need fetching, or that the door should know of.
    pub news: Notify,
    pub gifts: GivenFiles,
    pub steer: Steer,
    pub torrents: OpenTorrents,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
    pub runtime: Handle,
    pub ending: watch::Sender<Option<Ending>>,
    keys: RwLock<Keys>,
    settings: Mutex<Settings>,
    calls: mpsc::Sender<Call>,
    reads: Semaphore,
    bridged: Mutex<Flow>,
    doubts: Doubts,
    /// Held for reading from before files are taken in until it is told of them. Nothing that is only old is let go meanwhile:
    /// the same bytes may just be coming back.
    pub taking_in: tokio::sync::RwLock<()>,
    /// What a person waits for, and how many times.
    in_hand: Mutex<BTreeMap<BlobHash, usize>>,
}

impl Core {
    pub fn new(
        profile: Profile,
        rules: Rules,
        keys: Keys,
        settings: Settings,
        calls: mpsc::Sender<Call>,
        runtime: Handle,
    ) -> Result<Self, Refusal> {
        let mirrors = Mirrors::open(&profile)?;
        Ok(Self {
            profile,
            rules,
            keeper: settings.keeper,
            since_ms: now_ms(),
            halls: Arc::default(),
            lobby: Arc::default(),
            wire: Wire::default(),
            mirrors,
            changes: broadcast::channel(MAX_CHANGES).0,
            news: Notify::new(),
            gifts: GivenFiles::default(),
            steer: Steer::default(),
            torrents: OpenTorrents::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            runtime,
            ending: watch::channel(None).0,
            keys: RwLock::new(keys),
            settings: Mutex::new(settings),
            calls,
            reads: Semaphore::new(MAX_READS),
            bridged: Mutex::default(),
            doubts: Doubts::default(),
            taking_in: tokio::sync::RwLock::default(),
            in_hand: Mutex::default(),
        })
    }

    /// Who could not show what they say they hold.
    pub fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// Whether somebody waits for this file or folder, or is being given it.
    pub fn in_hand(&self, root: &BlobHash) -> bool {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).contains_key(root)
    }

    /// Somebody waits for this file or folder (`1`), or no longer (`-1`).
    pub fn count_in_hand(&self, root: BlobHash, by: isize) {
        let mut all = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(root).or_default();
        *count = count.saturating_add_signed(by);
        if *count == 0 {
            all.remove(&root);
        }
    }

    pub fn keys(&self) -> Keys {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_keys(&self, keys: Keys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    pub fn device(&self) -> DeviceId {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).device.device()
    }

    pub fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came in through bridges.
    pub fn bridged(&self) -> MutexGuard<'_, Flow> {
        self.bridged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the settings and writes them.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), Refusal> {
        let mut settings = self.settings();
        let mut changed = settings.clone();
        change(&mut changed);
        if changed != *settings {
            self.profile.save(&changed)?;
            *settings = changed;
        }
        Ok(())
    }

    /// Who asks, in a community, now.
    pub fn me(&self, community: CommunityId) -> Me {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (device, member) = (keys.device.device(), keys.member.member());
        Me { community, device, member, now_ms: now_ms(), keeper: self.keeper }
    }

    /// Tells whoever follows. Nobody may be there.
    pub fn tell(&self, change: Change) {
        self.changes.send(change).ok();
    }

    /// Runs a task that ends when the host stops.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn_on(async move { stop.run_until_cancelled(task).await.unwrap_or_default() }, &self.runtime);
    }

    /// Gives the loop something to do; waits while its queue is full.
    pub async fn call(&self, call: Call) -> Result<(), Refusal> {
        self.calls.send(call).await.map_err(|_| stopping())
    }

    /// Gives an app's command to the node; the answer is on disk when it comes.
    pub async fn ask(&self, community: CommunityId, app: &str, command: serde_json::Value) -> Result<Answer, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.call(Call::Ask { community, app: app.into(), command, reply }).await?;
        answer.await.map_err(|_| stopping())?
    }

    /// Looks at the node itself, between two of its calls. Only for what its readers cannot know; must be quick.
    pub async fn look<T: Send + 'static>(
        &self,
        community: CommunityId,
        look: impl FnOnce(&Node) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let look = Box::new(move |node: Result<&Node, Refusal>| {
            reply.send(node.and_then(look)).ok(); // whoever asked may have gone
        });
        self.call(Call::Look { community, look }).await?;
        answer.await.map_err(|_| stopping())?
    }

    /// Reads a community's file, beside the loop.
    pub async fn read<T: Send + 'static>(
        &self,
        hall: &Arc<Hall>,
        read: impl FnOnce(&View<'_>, &Reader) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let _turn = self.reads.acquire().await.map_err(|_| stopping())?;
        let hall = hall.clone();
        let reading = self.runtime.spawn_blocking(move || hall.read(read));
        reading
            .await
            .map_err(|error| Refusal::new(Kind::Failed, format!("the question could not be answered: {error}")))?
    }
}

/// The host stops, or has stopped.
pub(crate) fn stopping() -> Refusal {
    Refusal::new(Kind::NotRunning, "the program is about to stop").hint("Start it again with `skein up`.")
}
