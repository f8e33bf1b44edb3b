//! The events of a simulated network, one after the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::bits::Bits;
use crate::input::{Effect, FileId, Input, Part, PeerId, Priority, Why};
use crate::message::Message;
use crate::sim::rng::Rng;
use crate::sim::scene::{Fate, Kind, Report, Scene};
use crate::swarm::Swarm;

const FILE: FileId = FileId(1);
/// When somebody who was too slow is tried again.
const RETRY_US: u64 = 5_000_000;

/// What happens at a host.
enum Event {
    Comes,
    Goes,
    /// Connects once more.
    Again(usize),
    Timer(u64),
    Input(Box<Input>),
    /// The uplink may send its next packet.
    Uplink,
    /// Bytes of a transfer.
    Packet(usize, u32, u64, u64),
}

/// A piece on its way out.
struct Flow {
    to: usize,
    piece: u32,
    left: u64,
    id: u64,
    breaks: bool,
}

struct Host {
    swarm: Swarm,
    flows: Vec<Flow>,
    next: usize,
    sending: bool,
    down_free_us: u64,
    wake_ms: u64,
    here: bool,
    friends: Vec<usize>,
    /// What is coming, by sender and piece: the transfer, and the bytes so far.
    coming: BTreeMap<(usize, u32), (u64, u64)>,
    verified: Bits,
    fate: Fate,
}

struct World<'a> {
    scene: &'a Scene,
    rng: Rng,
    now_us: u64,
    /// When, in which order, at which host, and where in `events`.
    queue: BinaryHeap<Reverse<(u64, u64, u32, u32)>>,
    events: Vec<Event>,
    free: Vec<u32>,
    order: u64,
    hosts: Vec<Host>,
    /// When the last thing from one to the other arrives: nothing overtakes.
    wires: Vec<u64>,
    waiting: usize,
    unverified: u64,
}

/// Runs a scene until everybody who stays has the file, or its time is over.
pub fn run(scene: &Scene) -> Report {
    let mut rng = Rng::new(scene.luck);
    let graph = scene.graph(&mut rng);
    let hosts = graph.into_iter().map(|friends| host(scene, friends, rng.number())).collect();
    let (queue, events, free) = (BinaryHeap::new(), Vec::new(), Vec::new());
    let wires = vec![0; scene.hosts.len() * scene.hosts.len()];
    let mut world =
        World { scene, rng, now_us: 0, queue, events, free, order: 0, hosts, wires, waiting: 0, unverified: 0 };
    for (at, spec) in scene.hosts.iter().enumerate() {
        world.post(spec.joins_ms * 1_000, at, Event::Comes);
        spec.leaves_ms.into_iter().for_each(|ms| world.post(ms * 1_000, at, Event::Goes));
        world.waiting += usize::from(!spec.seed && spec.leaves_ms.is_none() && spec.kind == Kind::Honest);
    }
    while let Some(Reverse((at_us, _, host, place))) = world.queue.pop() {
        if world.waiting == 0 || at_us > scene.until_ms * 1_000 {
            break;
        }
        world.now_us = at_us;
        let event = std::mem::replace(&mut world.events[place as usize], Event::Uplink);
        world.free.push(place);
        world.happen(host as usize, event);
    }
    world.report()
}

fn host(scene: &Scene, friends: Vec<usize>, seed: u64) -> Host {
    let pieces = scene.layout.pieces();
    Host {
        swarm: Swarm::new(seed),
        flows: Vec::new(),
        next: 0,
        sending: false,
        down_free_us: 0,
        wake_ms: 0,
        here: false,
        friends,
        coming: BTreeMap::new(),
        verified: Bits::none(pieces),
        fate: Fate {
            finished_ms: None,
            sent: 0,
            wasted: 0,
            have: Bits::none(pieces),
            came_ms: vec![None; pieces as usize],
            dropped: Vec::new(),
            messages: 0,
        },
    }
}

impl World<'_> {
    fn post(&mut self, at_us: u64, host: usize, event: Event) {
        self.order += 1;
        let place = self.free.pop().unwrap_or(self.events.len() as u32);
        match self.events.get_mut(place as usize) {
            Some(old) => *old = event,
            None => self.events.push(event),
        }
        self.queue.push(Reverse((at_us, self.order, host as u32, place)));
    }

    /// When something that leaves now arrives.
    fn arrives_us(&mut self, from: usize, to: usize) -> u64 {
        let delay_us = self.scene.rtt_ms * 500 + self.rng.below(self.scene.jitter_ms * 1_000);
        let last = &mut self.wires[from * self.scene.hosts.len() + to];
        *last = (*last).max(self.now_us + delay_us);
        *last
    }

    fn happen(&mut self, at: usize, event: Event) {
        match event {
            Event::Comes => self.comes(at),
            Event::Goes => self.goes(at),
            _ if !self.hosts[at].here => {}
            Event::Timer(ms) if ms != self.hosts[at].wake_ms => {}
            Event::Timer(_) => self.tell(at, Input::Timer),
            Event::Again(other) => self.connect(at, other),
            Event::Input(input) => self.arrived(at, *input),
            Event::Uplink => {
                self.hosts[at].sending = false;
                self.uplink(at);
            }
            Event::Packet(from, piece, id, bytes) => self.packet(at, from, piece, id, bytes),
        }
    }

    fn comes(&mut self, at: usize) {
        let (spec, layout) = (&self.scene.hosts[at], self.scene.layout);
        let have = if spec.seed { Bits::all(layout.pieces()) } else { Bits::none(layout.pieces()) };
        let host = &mut self.hosts[at];
        host.here = true;
        host.swarm.open(FILE, layout, have, spec.order, Priority::Normal);
        self.tell(at, Input::Limits { up: spec.limits.0, down: spec.limits.1 });
        for friend in self.hosts[at].friends.clone() {
            self.connect(at, friend);
        }
    }

    fn connect(&mut self, at: usize, other: usize) {
        if self.hosts[at].here && self.hosts[other].here {
            let rtt_ms = self.scene.rtt_ms as u32;
            for (a, b) in [(at, other), (other, at)] {
                self.tell(a, Input::Left { peer: PeerId(b as u32) });
                self.tell(a, Input::Joined { peer: PeerId(b as u32), rtt_ms });
                self.tell(a, Input::Meet { peer: PeerId(b as u32), file: FILE });
            }
        }
    }

    fn goes(&mut self, at: usize) {
        self.hosts[at].here = false;
        self.hosts[at].flows.clear();
        for friend in self.hosts[at].friends.clone() {
            let input = Box::new(Input::Left { peer: PeerId(at as u32) });
            self.post(self.now_us + self.scene.notice_ms * 1_000, friend, Event::Input(input));
        }
    }

    fn arrived(&mut self, at: usize, input: Input) {
        if let Input::Left { peer } = &input {
            let from = peer.0 as usize;
            self.hosts[at].coming.retain(|(sender, _), _| *sender != from);
            self.hosts[at].flows.retain(|flow| flow.to != from);
        }
        self.tell(at, input);
    }

    fn tell(&mut self, at: usize, input: Input) {
        let mut fx = Vec::new();
        self.hosts[at].swarm.handle(self.now_us / 1_000, input, &mut fx);
        for effect in fx {
            self.effect(at, effect);
        }
    }

    fn effect(&mut self, at: usize, effect: Effect) {
        let me = PeerId(at as u32);
        match effect {
            Effect::Send(to, file, message) => {
                self.hosts[at].fate.messages += 1;
                let to = to.0 as usize;
                if let Message::Piece { .. } = message {
                    return;
                }
                let when = self.arrives_us(at, to);
                self.post(when, to, Event::Input(Box::new(Input::Message { peer: me, file, message })));
            }
            Effect::SendPiece(part) => self.begin(at, part),
            Effect::StopSending(part) => {
                let to = part.peer.0 as usize;
                self.hosts[at].flows.retain(|flow| (flow.to, flow.piece) != (to, part.piece));
            }
            Effect::StopReceiving(part) => {
                let gone = self.hosts[at].coming.remove(&(part.peer.0 as usize, part.piece));
                self.hosts[at].fate.wasted += gone.map_or(0, |(_, got)| got);
            }
            Effect::Done(_, piece) => self.done(at, piece),
            Effect::Finished(_) => {
                let spec = &self.scene.hosts[at];
                self.hosts[at].fate.finished_ms = Some(self.now_us / 1_000 - spec.joins_ms);
                self.waiting -= usize::from(spec.leaves_ms.is_none() && spec.kind == Kind::Honest);
            }
            Effect::Drop(peer, why) => {
                self.hosts[at].fate.dropped.push((peer, why));
                let other = peer.0 as usize;
                for (a, b) in [(at, other), (other, at)] {
                    self.hosts[a].coming.retain(|(sender, _), _| *sender != b);
                    self.hosts[a].flows.retain(|flow| flow.to != b);
                }
                let when = self.arrives_us(at, other);
                self.post(when, other, Event::Input(Box::new(Input::Left { peer: me })));
                if why == Why::Stalled {
                    self.post(self.now_us + RETRY_US, at, Event::Again(other));
                }
            }
            Effect::WakeAt(ms) => {
                self.hosts[at].wake_ms = ms;
                self.post(ms * 1_000, at, Event::Timer(ms));
            }
        }
    }

    fn done(&mut self, at: usize, piece: u32) {
        let host = &mut self.hosts[at];
        self.unverified += u64::from(!host.verified.has(piece));
        host.fate.have.set(piece);
        host.fate.came_ms[piece as usize] = Some(self.now_us / 1_000);
    }

    fn begin(&mut self, at: usize, part: Part) {
        if self.scene.hosts[at].kind == Kind::Frozen {
            return;
        }
        let (to, piece) = (part.peer.0 as usize, part.piece);
        self.order += 1;
        let id = self.order;
        let breaks = self.scene.breaks > 0 && self.rng.below(self.scene.breaks) == 0;
        let left = self.scene.layout.range(piece).1;
        self.hosts[at].flows.push(Flow { to, piece, left, id, breaks });
        let message = Message::Piece { piece, backlog_ms: self.hosts[at].swarm.backlog_ms() };
        let when = self.arrives_us(at, to);
        // No bytes: the beginning of the stream.
        self.post(when, to, Event::Packet(at, piece, id, 0));
        self.post(when, to, Event::Input(Box::new(Input::Message { peer: PeerId(at as u32), file: FILE, message })));
        self.uplink(at);
    }

    /// Sends the next packet of the next transfer, if the uplink is free.
    fn uplink(&mut self, at: usize) {
        let (packet, up) = (self.scene.packet, self.scene.hosts[at].up);
        let host = &mut self.hosts[at];
        if host.sending || host.flows.is_empty() {
            return;
        }
        host.sending = true;
        host.next = (host.next + 1) % host.flows.len();
        let flow = &mut host.flows[host.next];
        let bytes = flow.left.min(packet);
        let wait_ms = host.swarm.may_send(self.now_us / 1_000, bytes);
        if wait_ms > 0 {
            return self.post(self.now_us + wait_ms * 1_000, at, Event::Uplink);
        }
        flow.left -= bytes;
        let (to, piece, id, last) = (flow.to, flow.piece, flow.id, flow.left == 0);
        let broken = flow.breaks && flow.left <= self.scene.layout.piece() / 2;
        if last || broken {
            host.flows.remove(host.next);
        }
        host.fate.sent += bytes;
        let left_us = bytes * 1_000_000 / up;
        self.post(self.now_us + left_us, at, Event::Uplink);
        let arrives_us = self.arrives_us(at, to) + left_us;
        self.wires[at * self.scene.hosts.len() + to] = arrives_us;
        let (me, them) = (PeerId(at as u32), PeerId(to as u32));
        if broken {
            let part = |peer| Part { peer, file: FILE, piece };
            self.post(arrives_us, to, Event::Input(Box::new(Input::Broken(part(me)))));
            self.post(arrives_us, at, Event::Input(Box::new(Input::Unsent(part(them)))));
            return;
        }
        self.post(arrives_us, to, Event::Packet(at, piece, id, bytes));
        if last {
            let sent = Input::Sent(Part { peer: them, file: FILE, piece });
            self.post(arrives_us + self.scene.rtt_ms * 500, at, Event::Input(Box::new(sent)));
        }
    }

    fn packet(&mut self, at: usize, from: usize, piece: u32, id: u64, bytes: u64) {
        let host = &mut self.hosts[at];
        if bytes == 0 {
            host.coming.insert((from, piece), (id, 0));
            return;
        }
        // A downlink takes packets one after the other; what has waited comes here again.
        if let Some(down) = self.scene.hosts[at].down {
            if id >> 63 == 0 {
                host.down_free_us = host.down_free_us.max(self.now_us) + bytes * 1_000_000 / down;
                let when = host.down_free_us;
                return self.post(when, at, Event::Packet(from, piece, id | 1 << 63, bytes));
            }
        }
        let id = id & !(1 << 63);
        let Some((_, got)) = host.coming.get_mut(&(from, piece)).filter(|(other, _)| *other == id) else {
            host.fate.wasted += bytes;
            return;
        };
        *got += bytes;
        let got = *got;
        let part = Part { peer: PeerId(from as u32), file: FILE, piece };
        if got < self.scene.layout.range(piece).1 {
            self.tell(at, Input::Received(part, got));
        } else {
            host.coming.remove(&(from, piece));
            if self.scene.hosts[from].kind == Kind::Liar {
                self.tell(at, Input::Failed(part));
            } else {
                host.verified.set(piece);
                self.tell(at, Input::Verified(part));
            }
        }
    }

    fn report(self) -> Report {
        let size = self.scene.layout.size() as f64;
        let seeds = self.scene.hosts.iter().zip(&self.hosts).filter(|(spec, _)| spec.seed);
        let copies = seeds.map(|(_, host)| host.fate.sent as f64).sum::<f64>() / size;
        Report {
            copies,
            bound_ms: self.scene.bound_ms(),
            ended_ms: self.now_us / 1_000,
            unverified: self.unverified,
            fates: self.hosts.into_iter().map(|host| host.fate).collect(),
        }
    }
}
