//! The actor: owns the scheduler, takes what it is told in turn, and gives the scheduler's wishes to tasks. It never waits for
//! anybody: what a slow device does not take is dropped, with its connection.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use skein_event::{BlobHash, DeviceId};
use skein_swarm::{FileId, Input, Message, Part, Parts, PeerId, Swarm};
use tokio::sync::mpsc;
use tokio::time::{interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::files::{File, Waiting};
use super::peers::{Peer, Standing};
use super::{Handle, Outcome, Told};
use crate::blobs::store::Store;
use crate::shared::{Shared, random};

/// How often progress is told and fetches are looked after.
const TICK: Duration = Duration::from_millis(100);
/// Every so many ticks, what is idle is let go and round trips are measured anew.
const SLOW_TICKS: u32 = 10;
/// What is taken in at a go before the scheduler's clock is read again.
const AT_A_GO: usize = 64;

/// A task that sends or takes in pieces that follow each other.
#[derive(Clone)]
pub(super) struct Moving {
    /// Tells this try from others for the same pieces.
    pub(super) turn: u64,
    pub(super) parts: Parts,
    pub(super) stop: CancellationToken,
}

/// The swarm of this device.
pub(super) struct Actor {
    pub(super) shared: Weak<Shared>,
    pub(super) store: Arc<Store>,
    pub(super) handle: Handle,
    pub(super) swarm: Swarm,
    pub(super) born: Instant,
    pub(super) peers: BTreeMap<PeerId, Peer>,
    pub(super) standing: HashMap<DeviceId, Standing>,
    pub(super) banned: VecDeque<(DeviceId, Instant)>,
    pub(super) files: BTreeMap<FileId, File>,
    pub(super) by_hash: HashMap<BlobHash, FileId>,
    /// Messages about files that the store is being asked about.
    pub(super) waiting: HashMap<BlobHash, Waiting>,
    pub(super) sending: HashMap<Part, Moving>,
    pub(super) receiving: HashMap<Part, Moving>,
    /// What came of the scheduler's last wishes, and it has not heard.
    pub(super) todo: VecDeque<Input>,
    pub(super) next: u32,
    pub(super) turn: u64,
    pub(super) wake: Option<Instant>,
    /// The limit for what comes, and whether all rests, as the scheduler knows it.
    pub(super) steered: (Option<u64>, bool),
}

impl Actor {
    pub(super) fn new(shared: Weak<Shared>, store: Arc<Store>, handle: Handle) -> Self {
        Self {
            shared,
            store,
            handle,
            swarm: Swarm::new(random()),
            born: Instant::now(),
            peers: BTreeMap::new(),
            standing: HashMap::new(),
            banned: VecDeque::new(),
            files: BTreeMap::new(),
            by_hash: HashMap::new(),
            waiting: HashMap::new(),
            sending: HashMap::new(),
            receiving: HashMap::new(),
            todo: VecDeque::new(),
            next: 0,
            turn: 0,
            wake: None,
            steered: (None, false),
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Told>) {
        let mut tick = interval(TICK);
        let mut ticks = 0u32;
        loop {
            let wake = self.wake.unwrap_or_else(|| Instant::now() + TICK).into();
            tokio::select! {
                told = inbox.recv() => {
                    let Some(told) = told else { return };
                    self.take(told);
                    for _ in 1..AT_A_GO {
                        let Ok(told) = inbox.try_recv() else { break };
                        self.take(told);
                    }
                }
                () = sleep_until(wake), if self.wake.is_some() => {
                    self.wake = None;
                    self.input(Input::Timer);
                }
                _ = tick.tick() => {
                    ticks = ticks.wrapping_add(1);
                    self.steer();
                    self.look_after_fetches();
                    if ticks.is_multiple_of(SLOW_TICKS) {
                        self.look_after_peers();
                        self.let_go_of_files();
                    }
                }
            }
        }
    }

    fn take(&mut self, told: Told) {
        match told {
            Told::Join(join) => self.join(*join),
            Told::Left(peer) => self.left(peer),
            Told::Frame(peer, file, message) => self.hear(peer, file, message),
            Told::Arrived(arrived) => self.arrived(*arrived),
            Told::Received(part, turn, bytes) => {
                if self.receiving.get(&part).is_some_and(|moving| moving.turn == turn) {
                    self.count(part, bytes);
                    self.input(Input::Received(part, bytes));
                }
            }
            Told::Came(parts, turn, outcome) => self.came(parts, turn, outcome),
            Told::Sent(parts, turn, whole) => {
                for parts in Parts::of(&ended(&mut self.sending, parts, turn)) {
                    self.input(if whole { Input::Sent(parts) } else { Input::Unsent(parts) });
                }
            }
            Told::Opened(file, found) => self.opened(file, found),
            Told::Dialled(device, connected) => self.dialled(device, connected),
            Told::Call(device) => self.call(device),
            Told::Fetch(file, layout, have, state) => self.fetch(file, layout, *have, state),
            Told::Holders(file, devices) => self.holders(file, devices),
            Told::LetGo(file) => self.let_go(file),
        }
    }

    /// What came of pieces that follow each other.
    fn came(&mut self, parts: Parts, turn: u64, outcome: Outcome) {
        let current = ended(&mut self.receiving, parts, turn);
        match outcome {
            // True or false whenever it was asked for; who broke off what we stopped did nothing wrong.
            Outcome::Verified => {
                for part in parts.each() {
                    if let Some(length) = self.files.get(&part.file).map(|file| file.layout.range(part.piece).1) {
                        self.count(part, length);
                    }
                }
                self.input(Input::Verified(parts));
            }
            Outcome::Lie => self.input(Input::Failed(Part { peer: parts.peer, file: parts.file, piece: parts.first })),
            Outcome::Broken => Parts::of(&current).for_each(|parts| self.input(Input::Broken(parts))),
            Outcome::Local(why) => self.store_failed(parts.file, why),
        }
    }

    /// Tells the scheduler, and does what it wants, and tells it what came of that, until nothing is left to do.
    pub(super) fn input(&mut self, input: Input) {
        self.todo.push_back(input);
        let mut wishes = Vec::new();
        while let Some(input) = self.todo.pop_front() {
            let now_ms = self.now_ms();
            self.swarm.handle(now_ms, input, &mut wishes);
            for wish in wishes.drain(..) {
                self.grant(wish);
            }
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A number that nothing else has.
    pub(super) fn number(&mut self) -> u32 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    pub(super) fn turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    /// What somebody says about a file.
    fn hear(&mut self, peer: PeerId, hash: BlobHash, message: Option<Message>) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.heard = Instant::now();
        let file = self.by_hash.get(&hash).copied();
        match (file, message) {
            (Some(file), None) => self.apart(peer, file),
            (None, None) => (),
            (Some(file), Some(message)) if self.admit(peer, file, &message) => {
                self.input(Input::Message { peer, file, message });
            }
            (None, Some(message)) if self.wait(peer, hash, &message) => (),
            // Only what would be answered is: two who have nothing to say must not say so for ever.
            (_, Some(Message::Hello { .. } | Message::Ask { .. } | Message::AskAny { .. } | Message::Have { .. })) => {
                self.say_nothing_here(peer, hash);
            }
            _ => (),
        }
    }
}

/// Forgets the task of this turn that moved these pieces; gives those that were not stopped.
fn ended(moving: &mut HashMap<Part, Moving>, parts: Parts, turn: u64) -> Vec<Part> {
    let current = |part: &Part| moving.get(part).is_some_and(|one| one.turn == turn);
    let current: Vec<_> = parts.each().filter(current).collect();
    current.iter().for_each(|part| drop(moving.remove(part)));
    current
}
