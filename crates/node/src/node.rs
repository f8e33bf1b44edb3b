//! The node: its state, and the loop body.

use std::collections::{BTreeMap, BTreeSet};

use skein_app::{Device, DynApp, Fault, ObjectRow, Refusal, Roster};
use skein_event::{CommunityId, DeviceId, MemberId, SecretKey};
use skein_store::{DbIds, Durability, Log, LogKey, Past, Store, StoreError};

use crate::index::IndexDue;
use crate::peer::Peer;
use crate::{Effect, Input};

/// An event whose tick is further ahead of this clock is held back until its time comes.
pub const HELD_AHEAD_MS: u64 = 10 * 60 * 1_000;

/// The rules of the house: every app, and the one that says who belongs.
#[derive(Clone, Copy)]
pub struct Rules {
    /// All apps.
    pub apps: &'static [&'static dyn DynApp],
    /// Who belongs.
    pub roster: &'static dyn Roster,
}

impl Rules {
    /// The app of this name.
    pub fn app(&self, name: &str) -> Option<&'static dyn DynApp> {
        self.apps.iter().copied().find(|app| app.name() == name)
    }
}

/// The keys of this device and of the member whose device it is.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Made on this device; never leaves it.
    pub device: SecretKey,
    /// The person's; on all of their devices.
    pub member: SecretKey,
}

/// The node cannot go on: its store failed. The host opens it anew.
#[derive(Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct NodeError(#[from] pub StoreError);

impl From<Fault> for NodeError {
    fn from(fault: Fault) -> Self {
        Self(fault.into())
    }
}

/// One community on one device.
pub struct Node {
    pub(crate) rules: Rules,
    pub(crate) community: CommunityId,
    pub(crate) keys: Keys,
    pub(crate) keeper: bool,
    pub(crate) store: Store,
    pub(crate) peers: BTreeMap<DeviceId, Peer>,
    pub(crate) standing: BTreeMap<DeviceId, Device>,
    /// The past of this device's own head.
    pub(crate) own_past: Past,
    /// How much of `own_past` is newer than what the store remembers, in own events.
    pub(crate) own_past_age: u32,
    /// Of each log, the height that we last told the others.
    pub(crate) announced: BTreeMap<LogKey, u64>,
    /// When to tell the others what we have by now.
    pub(crate) announce_at_ms: Option<u64>,
    /// When to index the words that wait for it.
    pub(crate) index_due: Option<IndexDue>,
    /// Forks found in the batch at hand: whose, and from which seq on.
    pub(crate) new_forks: Vec<(DeviceId, u64)>,
    pub(crate) out: Vec<Effect>,
    /// Objects whose rows changed in this call.
    pub(crate) touched: BTreeSet<ObjectRow>,
}

impl Node {
    /// Opens the node over its store; makes or remakes the views whose schema changed.
    ///
    /// # Errors
    /// If the store fails.
    pub fn open(
        rules: Rules,
        community: CommunityId,
        keys: Keys,
        keeper: bool,
        store: Store,
    ) -> Result<Self, NodeError> {
        let mut node = Self {
            rules,
            community,
            keys,
            keeper,
            store,
            peers: BTreeMap::new(),
            standing: BTreeMap::new(),
            own_past: Past::new(),
            own_past_age: 0,
            announced: BTreeMap::new(),
            announce_at_ms: None,
            index_due: None,
            new_forks: Vec::new(),
            out: Vec::new(),
            touched: BTreeSet::new(),
        };
        node.store.begin(Durability::Fetched)?;
        node.remake_views()?;
        node.load_standing()?;
        if let Some(log) = node.own_log().map(|log| log.key) {
            node.own_past = node.store.past_of_remembered(log)?;
        }
        node.store.commit()?;
        node.announced = node.store.logs().map(|log| (log.key, log.height)).collect();
        Ok(node)
    }

    /// Deals with what happened, in one transaction; `now_ms` is this device's clock.
    ///
    /// An input that is refused changes nothing; the others stand. What is answered or sent is on disk when this returns:
    /// own events are synced first.
    ///
    /// # Errors
    /// If the store fails: nothing of this call is kept, and the node must be opened anew.
    pub fn handle(&mut self, inputs: Vec<Input>, now_ms: u64) -> Result<Vec<Effect>, NodeError> {
        let own = inputs.iter().any(|input| matches!(input, Input::Ask { .. } | Input::Introduce { .. }));
        self.store.begin(if own { Durability::Own } else { Durability::Fetched })?;
        let done = self.handle_in_transaction(inputs, now_ms);
        if let Err(error) = done {
            self.out.clear();
            self.touched.clear();
            self.new_forks.clear();
            let _ = self.store.roll_back(); // the first error says more
            return Err(error);
        }
        self.store.commit()?;
        Ok(std::mem::take(&mut self.out))
    }

    fn handle_in_transaction(&mut self, inputs: Vec<Input>, now_ms: u64) -> Result<(), NodeError> {
        let idle = inputs.iter().all(|input| matches!(input, Input::Timer));
        for input in inputs {
            self.handle_one(input, now_ms)?;
        }
        self.say_what_changed()?;
        self.pump_all()?;
        self.index_what_is_new(idle, now_ms)?;
        self.plan_wake(now_ms)
    }

    fn handle_one(&mut self, input: Input, now_ms: u64) -> Result<(), NodeError> {
        match input {
            Input::Ask { ticket, app, command } => self.ask(ticket, &app, command, now_ms),
            Input::Introduce { ticket, payload } => self.introduce(ticket, payload, now_ms),
            Input::PeerUp { device, guest } => self.peer_up(device, guest, now_ms),
            Input::PeerDown { device } => self.peer_down(&device, now_ms),
            Input::Frame { from, bytes } => self.frame(from, &bytes, now_ms),
            Input::Presence(record) => self.own_presence(record),
            Input::Signal { app, object, bytes } => self.signal(app, object, bytes),
            Input::Mark { object, tick } => self.mark_read(object, tick),
            Input::Timer => self.timer(now_ms),
        }
    }

    fn say_what_changed(&mut self) -> Result<(), NodeError> {
        for row in std::mem::take(&mut self.touched) {
            let (app, _) = self.store.object_state(row)?;
            let object = skein_app::Ids::object_id(&self.ids(), row)?;
            self.out.push(Effect::Changed { app, object });
        }
        Ok(())
    }

    fn plan_wake(&mut self, now_ms: u64) -> Result<(), NodeError> {
        if let Some(at_ms) = self.announce_at_ms {
            self.out.push(Effect::Wake { at_ms, why: "tell the others what is here" });
        }
        if let Some(due) = &self.index_due {
            self.out.push(Effect::Wake { at_ms: due.at_ms(), why: "index what came" });
        }
        if let Some(tick) = self.store.next_due()? {
            let at_ms = tick.ms().saturating_sub(HELD_AHEAD_MS).max(now_ms + 1);
            self.out.push(Effect::Wake { at_ms, why: "an event from the future is due" });
        }
        Ok(())
    }

    /// The community.
    pub fn community(&self) -> CommunityId {
        self.community
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.keys.device.device()
    }

    /// This device's member.
    pub fn member(&self) -> MemberId {
        self.keys.member.member()
    }

    /// The store, for reading.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The store, for the village: see [`Store::connection_mut`].
    pub fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Gives the store back.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// How every device stands.
    pub fn standing(&self) -> impl Iterator<Item = &Device> {
        self.standing.values()
    }

    /// Whether a device is one of a member in good standing.
    pub fn is_member(&self, device: &DeviceId) -> bool {
        self.standing.get(device).is_some_and(|device| device.cut.is_none())
    }

    /// The log that this device writes, if it has written.
    pub(crate) fn own_log(&self) -> Option<&Log> {
        let device = self.device();
        self.store.logs_of(&device).next()
    }

    pub(crate) fn ids(&self) -> DbIds<'_> {
        DbIds(self.store.connection())
    }

    pub(crate) fn report(
        &mut self,
        now_ms: u64,
        device: &DeviceId,
        kind: &str,
        message: &str,
    ) -> Result<(), NodeError> {
        self.store.note(now_ms, device, kind, message)?;
        self.out.push(Effect::Report(skein_store::Finding {
            at_ms: now_ms,
            device: *device,
            kind: kind.into(),
            message: message.into(),
            times: 1,
        }));
        Ok(())
    }

    pub(crate) fn answer(&mut self, ticket: u64, result: Result<crate::Answer, Refusal>) {
        self.out.push(Effect::Answer { ticket, result });
    }
}
