//! The files that are being shared: opened when somebody asks or fetches, let go of when nobody does any more.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use iroh_blobs::protocol::ChunkRanges;
use skein_event::{BlobHash, DeviceId};
use skein_swarm::{Bits, FileId, Input, Layout, Message, Order, Part, PeerId, Priority};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::actor::Actor;
use super::path::{self, Upper};
use super::receive::chunks;
use super::{Fetched, Told};
use crate::blobs::store::{Store, hash};
use crate::steer::Rank;

/// A file that nobody speaks of, and that is not being fetched, is let go of after so long.
const IDLE: Duration = Duration::from_secs(60);
/// One who has nothing of a file is asked again after so long; if it comes to have some, it says so itself.
const AGAIN: Duration = Duration::from_secs(10);
/// Files that the store is being asked about; who asks for another then is told to have come in vain.
const MAX_WAITING: usize = 64;
/// Messages that wait for the store's answer about one file.
const MAX_MESSAGES: usize = 64;

/// Messages that wait for the store.
pub(super) type Waiting = Vec<(PeerId, Message)>;

/// A file.
pub(super) struct File {
    pub(super) hash: BlobHash,
    pub(super) layout: Layout,
    /// Whoever may speak of it: the door opened, or we fetch it from them.
    pub(super) admitted: HashSet<PeerId>,
    fetches: Vec<watch::Sender<Fetched>>,
    wanted: HashSet<DeviceId>,
    nothing_there: HashMap<PeerId, Instant>,
    heard: Instant,
    done: u64,
    whole: bool,
    /// What each neighbour said to have come to it since we met: it has the hashes above that.
    said: HashMap<PeerId, Bits>,
    /// Those that came to us.
    pub(super) upper: Arc<Upper>,
    coming: BTreeMap<Part, u64>,
    came: BTreeMap<DeviceId, u64>,
    /// Keeps it open in the store.
    _held: DropGuard,
    /// As the scheduler knows them.
    pub(super) rank: Rank,
    pub(super) order: Order,
}

impl File {
    pub(super) fn forget(&mut self, peer: PeerId) {
        self.admitted.remove(&peer);
        self.nothing_there.remove(&peer);
        self.said.remove(&peer);
        self.coming.retain(|part, _| part.peer != peer);
    }

    /// How much of the way down to a piece its receiver has.
    pub(super) fn left_out(&self, peer: PeerId, piece: u32) -> u8 {
        self.said.get(&peer).map_or(0, |said| path::known(self.layout, piece, said))
    }

    /// A neighbour says that these came to it. What is no piece of the file is the scheduler's affair.
    fn has_come(&mut self, peer: PeerId, runs: &[(u32, u32)]) {
        let pieces = self.layout.pieces();
        let said = self.said.entry(peer).or_insert_with(|| Bits::none(pieces));
        for piece in runs.iter().flat_map(|(first, count)| *first..first.saturating_add(*count).min(pieces)) {
            said.set(piece);
        }
    }

    /// Whether this neighbour has to do with it.
    pub(super) fn concerns(&self, peer: PeerId, device: DeviceId) -> bool {
        self.admitted.contains(&peer) || self.is_wanted_of(device)
    }

    /// Whether we fetch it, and this device may have it.
    pub(super) fn is_wanted_of(&self, device: DeviceId) -> bool {
        !self.fetches.is_empty() && self.wanted.contains(&device)
    }

    /// Whether somebody here fetches it.
    pub(super) fn is_fetched(&self) -> bool {
        !self.fetches.is_empty()
    }

    /// Whether the store knows better than we do: what we thought its size to be is proved now, or bytes were let go of.
    fn is_outdated(&self, layout: Layout, have: &Bits) -> bool {
        self.layout != layout || (!self.is_waited_for() && self.done > bytes(layout, have))
    }

    /// Whether somebody here still waits for it; who gave up since the last look does not.
    fn is_waited_for(&self) -> bool {
        self.fetches.iter().any(|fetch| !fetch.is_closed())
    }

    fn tell(&self) {
        let bytes = self.done + self.coming.values().sum::<u64>();
        let bytes = bytes.min(self.layout.size());
        let state = Fetched { bytes, came: self.came.clone(), whole: self.whole, broken: None };
        self.fetches.iter().for_each(|fetch| drop(fetch.send_replace(state.clone())));
    }
}

/// What the store has verified of a file: its size as far as known, and its pieces.
pub(crate) async fn look_up(store: &Store, file: BlobHash, size: Option<u64>) -> Option<(Layout, Bits)> {
    let part = store.part(file).await.ok()?;
    let bits = store.api().observe(hash(file)).await.ok()?;
    let layout = Layout::of(size.unwrap_or(if part.complete { part.bytes_total } else { bits.size() }))?;
    let have = if part.complete { Bits::all(layout.pieces()) } else { pieces(layout, &bits.ranges) };
    Some((layout, have))
}

fn bytes(layout: Layout, have: &Bits) -> u64 {
    have.iter().map(|piece| layout.range(piece).1).sum()
}

/// The pieces that lie wholly within these ranges.
fn pieces(layout: Layout, ranges: &ChunkRanges) -> Bits {
    let mut have = Bits::none(layout.pieces());
    for piece in 0..layout.pieces() {
        if ranges.is_superset(&chunks(layout, piece, 1)) {
            have.set(piece);
        }
    }
    have
}

impl Actor {
    /// Whether this neighbour may say this. Whoever says hello is asked about at the door, unless we want the file of it.
    pub(super) fn admit(&mut self, peer: PeerId, file: FileId, message: &Message) -> bool {
        let Some(known) = self.files.get(&file) else { return false };
        if matches!(message, Message::Hello { .. }) && !known.admitted.contains(&peer) {
            let wanted = self.peers.get(&peer).is_some_and(|one| known.is_wanted_of(one.device));
            if !wanted && !self.may_have(peer, known.hash) {
                return false;
            }
            self.prove(peer);
            self.files.get_mut(&file).map(|file| file.admitted.insert(peer));
        }
        let Some(known) = self.files.get_mut(&file) else { return false };
        known.heard = Instant::now();
        known.nothing_there.remove(&peer);
        let admitted = known.admitted.contains(&peer);
        if let (true, Message::Have { runs, .. }) = (admitted, message) {
            known.has_come(peer, runs);
        }
        admitted
    }

    /// Somebody speaks of a file that is not open. If it may have it, the store is asked. Gives whether it waits.
    pub(super) fn wait(&mut self, peer: PeerId, file: BlobHash, message: &Message) -> bool {
        let begun = self.waiting.contains_key(&file);
        if !begun {
            let hello = matches!(message, Message::Hello { .. });
            if !hello || self.waiting.len() >= MAX_WAITING || !self.may_have(peer, file) {
                return false;
            }
        }
        let waiting = self.waiting.entry(file).or_default();
        if waiting.len() >= MAX_MESSAGES {
            return false;
        }
        waiting.push((peer, message.clone()));
        if let Some(shared) = self.shared.upgrade().filter(|_| !begun) {
            let (store, handle): (Arc<Store>, _) = (self.store.clone(), self.handle.clone());
            shared.spawn(async move {
                let found = look_up(&store, file, None).await.filter(|(_, have)| !have.is_empty());
                handle.tell(Told::Opened(file, found)).await;
            });
        }
        true
    }

    /// The store has said what it has.
    pub(super) fn opened(&mut self, file: BlobHash, found: Option<(Layout, Bits)>) {
        if let Some((layout, have)) = found.filter(|_| !self.by_hash.contains_key(&file)) {
            self.open(file, layout, have, Priority::Off);
        }
        for (peer, message) in self.waiting.remove(&file).unwrap_or_default() {
            match self.by_hash.get(&file).copied() {
                Some(id) if self.admit(peer, id, &message) => self.input(Input::Message { peer, file: id, message }),
                _ => self.say_nothing_here(peer, file),
            }
        }
    }

    fn open(&mut self, file: BlobHash, layout: Layout, have: Bits, priority: Priority) -> Option<FileId> {
        if self.files.len() >= skein_swarm::MAX_FILES {
            let idle = self.files.iter().filter(|(_, file)| file.fetches.is_empty());
            let oldest = idle.min_by_key(|(_, file)| file.heard).map(|(id, _)| *id);
            self.close(oldest?);
        }
        let id = FileId(self.number());
        let done = bytes(layout, &have);
        let whole = have.is_full();
        if !self.swarm.open(id, layout, have, Order::Rarest, priority) {
            return None;
        }
        let entry = File {
            hash: file,
            layout,
            admitted: HashSet::new(),
            fetches: Vec::new(),
            wanted: HashSet::new(),
            nothing_there: HashMap::new(),
            said: HashMap::new(),
            upper: Arc::default(),
            heard: Instant::now(),
            done,
            whole,
            coming: BTreeMap::new(),
            came: BTreeMap::new(),
            _held: self.hold(file),
            rank: Rank::Asked,
            order: Order::Rarest,
        };
        self.files.insert(id, entry);
        self.by_hash.insert(file, id);
        Some(id)
    }

    /// Keeps a file open in the store until the guard is dropped. Whenever nobody asks for anything, the store writes all of a
    /// file to the disk and closes it, to open it again for the next piece: a quarter of our time went there.
    fn hold(&self, file: BlobHash) -> DropGuard {
        let done = CancellationToken::new();
        if let Some(shared) = self.shared.upgrade() {
            let (store, done) = (self.store.clone(), done.clone());
            shared.spawn(async move {
                // What it tells is not read: it waits, and with it the file stays open.
                let _open = store.api().observe(hash(file)).stream().await;
                done.cancelled().await;
            });
        }
        done.drop_guard()
    }

    /// Lets a file go; whoever still speaks of it is told so.
    fn close(&mut self, id: FileId) {
        let (now_ms, mut wishes) = (self.now_ms(), Vec::new());
        self.swarm.close(now_ms, id, &mut wishes);
        wishes.into_iter().for_each(|wish| self.grant(wish));
        if let Some(gone) = self.files.remove(&id) {
            self.by_hash.remove(&gone.hash);
            for peer in gone.admitted {
                self.say_nothing_here(peer, gone.hash);
            }
        }
    }

    /// Somebody here wants a file.
    pub(super) fn fetch(&mut self, file: BlobHash, layout: Layout, have: Bits, state: watch::Sender<Fetched>) {
        // What a person wants may be newer than the last tick, and a small file is whole before the next.
        self.steer();
        let open = self.by_hash.get(&file).copied();
        if let Some(id) = open.filter(|id| self.files.get(id).is_some_and(|known| known.is_outdated(layout, &have))) {
            self.close(id);
        }
        let open = self.by_hash.get(&file).copied().or_else(|| self.open(file, layout, have, Priority::Normal));
        let Some(known) = open.and_then(|id| self.files.get_mut(&id)) else {
            let broken = Some("too many files are being fetched at a time".into());
            state.send_replace(Fetched { broken, ..Fetched::default() });
            return;
        };
        if known.fetches.is_empty() {
            known.came.clear();
        }
        known.fetches.push(state);
        known.tell();
        if let Some(id) = open {
            let rank = self.rank_of(file);
            self.files.get_mut(&id).into_iter().for_each(|known| known.rank = rank);
            self.input(Input::Priority(id, rank.into()));
        }
    }

    /// Who may have a file that is being fetched: they are called, and met.
    pub(super) fn holders(&mut self, file: BlobHash, devices: Vec<DeviceId>) {
        let Some(id) = self.by_hash.get(&file).copied() else { return };
        let Some(known) = self.files.get_mut(&id).filter(|known| !known.fetches.is_empty()) else { return };
        known.wanted = devices.iter().copied().collect();
        for device in devices {
            match self.standing.get(&device).and_then(|standing| standing.peer) {
                Some(peer) => self.meet(peer, id),
                None => self.call(device),
            }
        }
    }

    fn meet(&mut self, peer: PeerId, file: FileId) {
        let Some(known) = self.files.get(&file) else { return };
        if known.nothing_there.get(&peer).is_none_or(|since| since.elapsed() >= AGAIN) {
            self.input(Input::Meet { peer, file });
        }
    }

    /// A new connection: for which of our files do we want it?
    pub(super) fn meet_wanted(&mut self, peer: PeerId, device: DeviceId) {
        let wanted = self.files.iter().filter(|(_, file)| file.concerns(peer, device)).map(|(id, _)| *id);
        wanted.collect::<Vec<_>>().into_iter().for_each(|id| self.meet(peer, id));
    }

    /// A neighbour has nothing to do with this file.
    pub(super) fn apart(&mut self, peer: PeerId, file: FileId) {
        if let Some(known) = self.files.get_mut(&file) {
            known.forget(peer);
            known.nothing_there.insert(peer, Instant::now());
        }
        self.todo.push_back(Input::Apart { peer, file });
        self.wake = Some(Instant::now());
    }

    /// So much of a piece has come by now.
    pub(super) fn count(&mut self, part: Part, bytes: u64) {
        let Some(device) = self.peers.get(&part.peer).map(|peer| peer.device) else { return };
        let Some(file) = self.files.get_mut(&part.file) else { return };
        let before = file.coming.insert(part, bytes).unwrap_or(0);
        *file.came.entry(device).or_default() += bytes.saturating_sub(before);
    }

    pub(super) fn done(&mut self, file: FileId, piece: u32) {
        if let Some(known) = self.files.get_mut(&file) {
            known.done += known.layout.range(piece).1;
            known.coming.retain(|part, _| part.piece != piece);
        }
    }

    pub(super) fn finished(&mut self, file: FileId) {
        if let Some(known) = self.files.get_mut(&file) {
            known.whole = true;
            known.tell();
        }
    }

    pub(super) fn store_failed(&mut self, file: FileId, why: String) {
        let Some(known) = self.files.get_mut(&file) else { return };
        for fetch in std::mem::take(&mut known.fetches) {
            fetch.send_replace(Fetched { broken: Some(why.clone()), ..Fetched::default() });
        }
        self.close(file);
    }

    /// Tells how far fetches are; those that were given up end.
    pub(super) fn look_after_fetches(&mut self) {
        let mut ended = Vec::new();
        for (id, file) in &mut self.files {
            if file.fetches.is_empty() {
                continue;
            }
            file.fetches.retain(|fetch| !fetch.is_closed());
            file.coming.retain(|part, _| self.receiving.contains_key(part));
            file.tell();
            if file.fetches.is_empty() {
                file.wanted.clear();
                ended.push((*id, file.whole));
            }
        }
        for (id, _) in ended.into_iter().filter(|(_, whole)| !whole) {
            self.input(Input::Priority(id, Priority::Off));
        }
    }

    pub(super) fn let_go(&mut self, file: BlobHash) {
        let open = self.by_hash.get(&file).copied();
        if let Some(id) = open.filter(|id| self.files.get(id).is_some_and(|known| !known.is_waited_for())) {
            self.close(id);
        }
    }

    pub(super) fn let_go_of_files(&mut self) {
        let idle = self.files.iter().filter(|(_, file)| file.fetches.is_empty() && file.heard.elapsed() > IDLE);
        idle.map(|(id, _)| *id).collect::<Vec<_>>().into_iter().for_each(|id| self.close(id));
    }
}
