//! What is simulated: hosts and their links, and what came of it.

use crate::bits::Bits;
use crate::input::{Order, PeerId, Why};
use crate::piece::Layout;
use crate::sim::rng::Rng;

/// How a host behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it should.
    Honest,
    /// It sends bytes that are not the piece.
    Liar,
    /// It says what it has, takes every order, and sends nothing.
    Frozen,
}

/// One host.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Bytes a second out.
    pub up: u64,
    /// Bytes a second in; `None` for no limit.
    pub down: Option<u64>,
    /// Whether it has the file.
    pub seed: bool,
    /// How it behaves.
    pub kind: Kind,
    /// When it comes.
    pub joins_ms: u64,
    /// When it goes.
    pub leaves_ms: Option<u64>,
    /// In which order it wants the pieces.
    pub order: Order,
    /// Its person's limits, up and down.
    pub limits: (Option<u64>, Option<u64>),
    /// From when to when its person lets everything rest.
    pub rests_ms: Option<(u64, u64)>,
}

impl Spec {
    /// An honest host without the file, there from the start.
    pub fn new(up: u64) -> Self {
        Self {
            up,
            down: None,
            seed: false,
            kind: Kind::Honest,
            joins_ms: 0,
            leaves_ms: None,
            order: Order::Rarest,
            limits: (None, None),
            rests_ms: None,
        }
    }

    /// The same with the file.
    pub fn seed(up: u64) -> Self {
        Self { seed: true, ..Self::new(up) }
    }
}

/// A whole scene.
#[derive(Debug, Clone)]
pub struct Scene {
    /// How the file is cut.
    pub layout: Layout,
    /// Everybody, the seeds first.
    pub hosts: Vec<Spec>,
    /// Between any two.
    pub rtt_ms: u64,
    /// Up to so much later, at random.
    pub jitter_ms: u64,
    /// What leaves an uplink at once.
    pub packet: u64,
    /// How many neighbours each host has, about.
    pub degree: usize,
    /// One transfer in so many breaks in its middle; 0 for none.
    pub breaks: u64,
    /// How long until the others notice that a host has gone.
    pub notice_ms: u64,
    /// When it is given up.
    pub until_ms: u64,
    /// Everything random comes from here.
    pub luck: u64,
}

impl Scene {
    /// One seed and `n` others on links of `up` bytes a second and 10 ms, as in the lab.
    pub fn lab(n: usize, up: u64, layout: Layout) -> Self {
        let mut hosts = vec![Spec::seed(up)];
        hosts.resize(n + 1, Spec::new(up));
        Self {
            layout,
            hosts,
            rtt_ms: 10,
            jitter_ms: 0,
            packet: 16 << 10,
            degree: crate::MAX_NEIGHBOURS,
            breaks: 0,
            notice_ms: 200,
            until_ms: 600_000,
            luck: 1,
        }
    }

    /// The least time in which all could have the file (Kumar & Ross), in milliseconds, by those who stay and are honest.
    pub fn bound_ms(&self) -> f64 {
        let size = self.layout.size() as f64;
        let stay = || self.hosts.iter().filter(|host| host.kind == Kind::Honest && host.leaves_ms.is_none());
        let seeds: u64 = stay().filter(|host| host.seed).map(|host| host.up).sum();
        let (n, ups) = stay().filter(|host| !host.seed).fold((0.0, 0), |(n, ups), host| (n + 1.0, ups + host.up));
        let down = stay().filter_map(|host| host.down).min().map_or(0.0, |down| size / down as f64);
        let all = n * size / (seeds + ups) as f64;
        1_000.0 * (size / seeds as f64).max(down).max(all)
    }

    /// Who is a neighbour of whom: a ring, and random others until each has about `degree`.
    pub(crate) fn graph(&self, rng: &mut Rng) -> Vec<Vec<usize>> {
        let count = self.hosts.len();
        let mut graph = vec![Vec::new(); count];
        let mut join = |a: usize, b: usize| {
            if a != b && !graph[a].contains(&b) && graph[a].len() < self.degree && graph[b].len() < self.degree {
                graph[a].push(b);
                graph[b].push(a);
            }
        };
        (0..count).for_each(|at| join(at, (at + 1) % count));
        if count <= self.degree + 1 {
            (0..count).for_each(|a| (0..a).for_each(|b| join(a, b)));
        } else {
            for _ in 0..self.degree {
                (0..count).for_each(|at| join(at, rng.below(count as u64) as usize));
            }
        }
        graph
    }
}

/// What came of one host.
#[derive(Debug, Clone)]
pub struct Fate {
    /// When it had the file, since it came.
    pub finished_ms: Option<u64>,
    /// What left its uplink.
    pub sent: u64,
    /// What came and was thrown away.
    pub wasted: u64,
    /// What it had in the end.
    pub have: Bits,
    /// When each piece came.
    pub came_ms: Vec<Option<u64>>,
    /// Whom it dropped.
    pub dropped: Vec<(PeerId, Why)>,
    /// Messages that it sent.
    pub messages: u64,
}

/// What came of all.
#[derive(Debug, Clone)]
pub struct Report {
    /// One for each host of the scene.
    pub fates: Vec<Fate>,
    /// The scene's bound.
    pub bound_ms: f64,
    /// What the seeds sent, in copies of the file.
    pub copies: f64,
    /// When it ended.
    pub ended_ms: u64,
    /// A piece was `Done` that had not been verified: must never be.
    pub unverified: u64,
}

impl Report {
    /// When the last of these had the file; `None` if one never had.
    pub fn last_ms(&self, hosts: impl IntoIterator<Item = usize>) -> Option<u64> {
        hosts.into_iter().try_fold(0, |last, host| Some(self.fates[host].finished_ms?.max(last)))
    }

    /// The last of these, as a multiple of the bound; infinite if one never had the file.
    pub fn ratio(&self, hosts: impl IntoIterator<Item = usize>) -> f64 {
        self.last_ms(hosts).map_or(f64::INFINITY, |last| last as f64 / self.bound_ms)
    }

    /// What was thrown away, as a part of what was sent.
    pub fn waste(&self) -> f64 {
        let sum = |of: fn(&Fate) -> u64| self.fates.iter().map(of).sum::<u64>() as f64;
        sum(|fate| fate.wasted) / sum(|fate| fate.sent)
    }
}
