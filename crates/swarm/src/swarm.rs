//! The machine: what is kept, and where each input goes.

use std::collections::{BTreeMap, VecDeque};

use crate::bits::Bits;
use crate::file::{File, mix};
use crate::input::{Effect, FileId, Input, Order, PeerId, Priority};
use crate::limit::Bucket;
use crate::message::Message;
use crate::peer::Peer;
use crate::piece::Layout;
use crate::rate::Rate;
use crate::serve::Sending;

/// The most neighbours over all files; whoever comes after is dropped with [`crate::Why::Full`].
pub const MAX_PEERS: usize = 256;
/// The most files at a time; [`Swarm::open`] refuses more.
pub const MAX_FILES: usize = 256;
/// Neighbours that are remembered as not to be taken back; the oldest is forgotten.
pub const MAX_BANNED: usize = 1_024;
/// Broken rules until a neighbour is dropped.
pub const MAX_STRIKES: u8 = 5;
/// How often it is looked whether something is late.
pub(crate) const TICK_MS: u64 = 50;

/// All files of one device, and everybody it shares them with.
#[derive(Debug)]
pub struct Swarm {
    pub(crate) seed: u64,
    pub(crate) peers: BTreeMap<PeerId, Peer>,
    pub(crate) files: BTreeMap<FileId, File>,
    /// The files, the most urgent first.
    pub(crate) ranked: Vec<FileId>,
    pub(crate) banned: VecDeque<PeerId>,
    pub(crate) sending: Vec<Sending>,
    pub(crate) up: Bucket,
    pub(crate) down: Bucket,
    pub(crate) up_rate: Rate,
    pub(crate) down_rate: Rate,
    /// Bytes on order by our own choice.
    pub(crate) own_bytes: u64,
    /// Sent so far by whoever was served last: newcomers start near it.
    pub(crate) served: u64,
    pub(crate) turns: u32,
    pub(crate) mean_rtt_ms: u64,
    pub(crate) paused: bool,
    pub(crate) ticked_ms: u64,
    pub(crate) wake_ms: Option<u64>,
}

impl Swarm {
    /// Nothing yet. `seed` breaks ties and must differ from device to device.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            peers: BTreeMap::new(),
            files: BTreeMap::new(),
            ranked: Vec::new(),
            banned: VecDeque::new(),
            sending: Vec::new(),
            up: Bucket::default(),
            down: Bucket::default(),
            up_rate: Rate::default(),
            down_rate: Rate::default(),
            own_bytes: 0,
            served: 0,
            turns: 0,
            mean_rtt_ms: 0,
            paused: false,
            ticked_ms: 0,
            wake_ms: None,
        }
    }

    /// Takes a file in, with what the store has verified of it. Gives whether there was room: it must be new, `have` must fit
    /// the layout, and there may be [`MAX_FILES`]. Say `Input::Meet` for each neighbour that it concerns.
    pub fn open(&mut self, file: FileId, layout: Layout, have: Bits, order: Order, priority: Priority) -> bool {
        if self.files.len() >= MAX_FILES || self.files.contains_key(&file) || have.len() != layout.pieces() {
            return false;
        }
        let seed = mix(self.seed, u64::from(file.0));
        self.files.insert(file, File::new(layout, have, order, priority, seed));
        self.rank();
        true
    }

    /// Lets a file go: what was ordered is taken back, what is being sent stops.
    pub fn close(&mut self, now_ms: u64, file: FileId, fx: &mut Vec<Effect>) {
        let Some(gone) = self.files.get(&file) else { return };
        for peer in gone.neighbours.iter().map(|neighbour| neighbour.peer).collect::<Vec<_>>() {
            self.part(now_ms, peer, file, fx);
            fx.push(Effect::Send(peer, file, Message::NotNow { retry_ms: 60_000 }));
        }
        self.files.remove(&file);
        self.rank();
    }

    /// Takes in what happened, and says what is to be done. `now_ms` must not go back.
    pub fn handle(&mut self, now_ms: u64, input: Input, fx: &mut Vec<Effect>) {
        let progress = matches!(input, Input::Received(..));
        match input {
            Input::Joined { peer, rtt_ms } => self.joined(now_ms, peer, rtt_ms, fx),
            Input::Left { peer } => self.left(now_ms, peer, fx),
            Input::Meet { peer, file } => {
                self.meet(peer, file, fx);
            }
            Input::Apart { peer, file } => self.part(now_ms, peer, file, fx),
            Input::Message { peer, file, message } => self.hear(now_ms, peer, file, message, fx),
            Input::Received(part, bytes) => self.received(now_ms, part, bytes, fx),
            Input::Verified(parts) => parts.each().for_each(|part| self.verified(now_ms, part, fx)),
            Input::Failed(part) => self.failed(now_ms, part, fx),
            Input::Broken(parts) => self.broken(now_ms, parts, fx),
            Input::Sent(parts) => parts.each().for_each(|part| self.sent(now_ms, part, true)),
            Input::Unsent(parts) => parts.each().for_each(|part| self.sent(now_ms, part, false)),
            Input::Timer => self.wake_ms = None,
            Input::Limits { up, down } => {
                self.up.set(now_ms, up);
                self.down.set(now_ms, down);
            }
            Input::Pause(paused) => self.pause(now_ms, paused, fx),
            Input::Priority(file, priority) => {
                if let Some(file) = self.files.get_mut(&file) {
                    file.priority = priority;
                }
                self.rank();
                self.take_back_off(now_ms, file, fx);
            }
            Input::Order(file, order) => {
                if let Some(file) = self.files.get_mut(&file) {
                    file.order = order;
                }
            }
        }
        if !progress {
            self.act(now_ms, fx);
        }
    }

    fn act(&mut self, now_ms: u64, fx: &mut Vec<Effect>) {
        if now_ms >= self.ticked_ms + TICK_MS {
            self.ticked_ms = now_ms;
            self.tick(now_ms, fx);
        }
        self.tell(now_ms, fx);
        if !self.paused {
            self.plan(now_ms, fx);
            self.serve(now_ms, fx);
        }
        self.wake(now_ms, fx);
    }

    fn rank(&mut self) {
        self.ranked = self.files.keys().copied().collect();
        self.ranked.sort_by_key(|id| (self.files.get(id).map(|file| file.priority), *id));
    }
}
