//! The events of a simulated network, one after the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::bits::Bits;
use crate::input::{FileId, Input, Part, Parts, PeerId};
use crate::sim::rng::Rng;
use crate::sim::scene::{Fate, Kind, Report, Scene};
use crate::swarm::Swarm;

pub(crate) const FILE: FileId = FileId(1);

/// What happens at a host.
pub(crate) enum Event {
    Comes,
    Goes,
    /// Connects once more.
    Again(usize),
    Timer(u64),
    Input(Box<Input>),
    /// The uplink may send its next packet.
    Uplink,
    /// Bytes of a transfer: its number, and how many.
    Packet(u64, u64),
    /// A transfer begins.
    Begins(u64, Coming),
}

/// Pieces on their way in.
pub(crate) struct Coming {
    pub(crate) parts: Parts,
    /// Those that were not stopped.
    pub(crate) wanted: Vec<u32>,
    pub(crate) got: u64,
}

/// Pieces on their way out.
pub(crate) struct Flow {
    pub(crate) parts: Parts,
    /// Those that were not stopped.
    pub(crate) wanted: Vec<u32>,
    pub(crate) left: u64,
    pub(crate) id: u64,
    pub(crate) breaks: bool,
}

pub(crate) struct Host {
    pub(crate) swarm: Swarm,
    pub(crate) flows: Vec<Flow>,
    pub(crate) next: usize,
    pub(crate) sending: bool,
    pub(crate) down_free_us: u64,
    pub(crate) wake_ms: u64,
    pub(crate) here: bool,
    pub(crate) friends: Vec<usize>,
    /// What is coming, by the number of the transfer.
    pub(crate) coming: BTreeMap<u64, Coming>,
    pub(crate) verified: Bits,
    pub(crate) fate: Fate,
}

pub(crate) struct World<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) rng: Rng,
    pub(crate) now_us: u64,
    /// When, in which order, at which host, and where in `events`.
    pub(crate) queue: BinaryHeap<Reverse<(u64, u64, u32, u32)>>,
    pub(crate) events: Vec<Event>,
    pub(crate) free: Vec<u32>,
    pub(crate) order: u64,
    pub(crate) hosts: Vec<Host>,
    /// When the last thing from one to the other arrives: nothing overtakes.
    pub(crate) wires: Vec<u64>,
    pub(crate) waiting: usize,
    pub(crate) unverified: u64,
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
        if let Some((from, to)) = spec.rests_ms {
            world.post(from * 1_000, at, Event::Input(Box::new(Input::Pause(true))));
            world.post(to * 1_000, at, Event::Input(Box::new(Input::Pause(false))));
        }
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

impl Host {
    /// Nothing more goes to this one or comes from it.
    pub(crate) fn forget(&mut self, peer: PeerId) {
        self.coming.retain(|_, coming| coming.parts.peer != peer);
        self.flows.retain(|flow| flow.parts.peer != peer);
    }

    /// Takes no more of a piece; the transfer ends if it carries no other that is wanted.
    pub(crate) fn stop(&mut self, part: Part) {
        for coming in self.coming.values_mut().filter(|one| one.parts.peer == part.peer) {
            coming.wanted.retain(|piece| *piece != part.piece);
        }
        let ended = self.coming.extract_if(.., |_, coming| coming.wanted.is_empty());
        self.fate.wasted += ended.map(|(_, coming)| coming.got).sum::<u64>();
    }
}

impl World<'_> {
    pub(crate) fn post(&mut self, at_us: u64, host: usize, event: Event) {
        self.order += 1;
        let place = self.free.pop().unwrap_or(self.events.len() as u32);
        match self.events.get_mut(place as usize) {
            Some(old) => *old = event,
            None => self.events.push(event),
        }
        self.queue.push(Reverse((at_us, self.order, host as u32, place)));
    }

    /// When something that leaves now arrives.
    pub(crate) fn arrives_us(&mut self, from: usize, to: usize) -> u64 {
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
            Event::Begins(id, coming) => {
                self.hosts[at].coming.insert(id, coming);
            }
            Event::Packet(id, bytes) => self.packet(at, id, bytes),
        }
    }

    pub(crate) fn tell(&mut self, at: usize, input: Input) {
        let mut fx = Vec::new();
        self.hosts[at].swarm.handle(self.now_us / 1_000, input, &mut fx);
        for effect in fx {
            self.effect(at, effect);
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
