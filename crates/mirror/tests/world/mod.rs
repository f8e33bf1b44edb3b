//! The world of the model: disks as maps, a log whose events arrive in any order, people who save, and power cuts.

use std::collections::{BTreeMap, BTreeSet};

use skein_event::{BlobHash, DeviceId, EventId, MemberId, Tick};
use skein_mirror::{Base, Change, Head, HeadId, Row, Seen, Step, What, place, plan, settled, telling, told};

const PATHS: [&str; 9] = ["a", "b", "A", "d", "d/a", "d/b", "d/e/a", "d/e", "c.txt"];

/// A seeded source of numbers.
pub struct Dice(u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// An event of the log.
struct Event {
    id: EventId,
    by: usize,
    tick: u64,
    changes: Vec<Change>,
}

struct Device {
    disk: BTreeMap<String, What>,
    /// Old versions, by content.
    kept: BTreeSet<What>,
    base: Base,
    /// Which events are here.
    log: BTreeSet<usize>,
    folds: bool,
}

pub struct World {
    dice: Dice,
    devices: Vec<Device>,
    events: Vec<Event>,
    /// Every content that a person saved.
    saved: BTreeSet<What>,
    next_content: u64,
    /// Only the first person saves anything.
    pub one_person: bool,
    /// What they have, as they left it.
    left_so: BTreeMap<String, What>,
    pub had_conflict: bool,
    pub kills: u64,
}

fn file(n: u64) -> What {
    let mut root = [0; 32];
    root[..8].copy_from_slice(&n.to_le_bytes());
    What::File { root: BlobHash::from_bytes(root), bytes: 1, modified_ms: 0, executable: false }
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
        let number = 2 + dice.below(3);
        // All disks are of one kind: with several kinds they are equal but for names that are one on some of them.
        let folds = dice.below(4) == 0;
        let device =
            |_| Device { disk: BTreeMap::new(), kept: BTreeSet::new(), base: Base::new(), log: BTreeSet::new(), folds };
        let devices = (0..number).map(device).collect();
        let (events, saved, left_so) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
        let (one_person, had_conflict) = (false, false);
        Self { dice, devices, events, saved, next_content: 0, one_person, left_so, had_conflict, kills: 0 }
    }

    /// One random act of a person, of the network, or of a program.
    pub fn something(&mut self) {
        let device = self.dice.below(self.devices.len());
        match self.dice.below(10) {
            0..=3 if self.one_person => {
                self.person(0);
                self.left_so = self.devices[0].disk.clone();
            }
            0..=3 => self.person(device),
            4 | 5 => self.hear(device),
            _ => {
                // Half of the looks are cut off after some steps: nothing after that happened.
                let cut = (self.dice.below(2) == 0).then(|| self.dice.below(12));
                self.look(device, cut);
            }
        }
    }

    fn person(&mut self, device: usize) {
        let path = PATHS[self.dice.below(PATHS.len())].to_owned();
        let Device { disk, folds, .. } = &mut self.devices[device];
        let names: Vec<String> = disk.keys().cloned().collect();
        let some = names.get(self.dice.below(names.len().max(1))).cloned();
        match (self.dice.below(6), some) {
            (0, Some(gone)) => drop(disk.remove(&gone)),
            (1, Some(from)) if free(disk, &path, *folds) => {
                let what = disk.remove(&from).expect("it is there");
                disk.insert(path, what);
            }
            (2, Some(path)) => {
                self.next_content += 1;
                let what = file(self.next_content);
                disk.insert(path, what.clone());
                self.saved.insert(what);
            }
            _ if free(disk, &path, *folds) => {
                // Sometimes two save the same.
                let new = self.dice.below(4) > 0 || self.next_content == 0;
                self.next_content += u64::from(new);
                let what = file(if new { self.next_content } else { self.next_content - 1 });
                disk.insert(path, what.clone());
                self.saved.insert(what);
            }
            _ => (),
        }
    }

    /// Some event arrives, in whatever order (what it follows comes before it).
    fn hear(&mut self, device: usize) {
        let known: BTreeSet<EventId> = self.devices[device].log.iter().map(|n| self.events[*n].id).collect();
        let ready = |event: &Event| {
            event.changes.iter().flat_map(|change| &change.over).all(|(id, _)| known.contains(id) || *id == event.id)
        };
        let log = &self.devices[device].log;
        let new: Vec<usize> = (0..self.events.len()).filter(|n| !log.contains(n) && ready(&self.events[*n])).collect();
        if !new.is_empty() {
            let n = new[self.dice.below(new.len())];
            self.devices[device].log.insert(n);
        }
    }

    fn heads(&self, device: usize) -> Vec<Head> {
        let log = &self.devices[device].log;
        let over: BTreeSet<(&str, HeadId)> = log
            .iter()
            .flat_map(|n| &self.events[*n].changes)
            .flat_map(|change| change.over.iter().map(|id| (change.path.as_str(), *id)))
            .collect();
        let mut heads = Vec::new();
        for n in log {
            let event = &self.events[*n];
            for (at, change) in event.changes.iter().enumerate() {
                let id = (event.id, at as u32);
                if !over.contains(&(change.path.as_str(), id)) {
                    let by = [event.by as u8; 32];
                    heads.push(Head {
                        id,
                        path: change.path.clone(),
                        what: change.what.clone(),
                        tick: Tick::from_raw(event.tick),
                        member: MemberId::from_bytes(by),
                        device: DeviceId::from_bytes(by),
                        label: format!("{}", event.by),
                    });
                }
            }
        }
        heads
    }

    /// What the program does; `cut`: after so many writes the power is gone.
    fn look(&mut self, device: usize, cut: Option<usize>) {
        let mut left = cut.unwrap_or(usize::MAX);
        for _ in 0..20 {
            let placement = place(&self.heads(device), self.devices[device].folds);
            self.had_conflict |= placement.conflicts() > 0;
            let this = &mut self.devices[device];
            let plan = plan(&this.base, &seen(&this.disk), &placement, true);
            for (path, row) in &plan.equal {
                if !write(&mut left, &mut self.kills) {
                    return;
                }
                match row {
                    Some(row) => drop(this.base.insert(path.clone(), row.clone())),
                    None => drop(this.base.remove(path)),
                }
            }
            if plan.tell.is_empty() {
                return self.steps(device, plan.steps, &mut left);
            }
            for told_now in &plan.tell {
                if !write(&mut left, &mut self.kills) {
                    return;
                }
                telling(&mut self.devices[device].base, told_now);
                if !write(&mut left, &mut self.kills) {
                    return;
                }
                let id = self.say(device, told_now.change.clone());
                if !write(&mut left, &mut self.kills) {
                    return;
                }
                told(&mut self.devices[device].base, told_now, id);
            }
        }
        panic!("there is always more to tell");
    }

    fn say(&mut self, by: usize, change: Change) -> HeadId {
        let n = self.events.len();
        let mut id = [0; 32];
        id[..8].copy_from_slice(&(n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        id[8] = n as u8;
        let id = EventId::from_bytes(id);
        // Clocks are wrong, but an event comes after what its author had.
        let floor = self.devices[by].log.iter().map(|n| self.events[*n].tick).max().unwrap_or(0);
        let tick = floor + 1 + self.dice.below(5) as u64;
        self.events.push(Event { id, by, tick, changes: vec![change] });
        self.devices[by].log.insert(n);
        (id, 0)
    }

    fn steps(&mut self, device: usize, steps: Vec<Step>, left: &mut usize) {
        let this = &mut self.devices[device];
        for step in &steps {
            if !write(left, &mut self.kills) {
                return;
            }
            this.base.entry(step.disk.clone()).or_insert_with(|| Row::nothing(&step.disk)).next =
                Some(Box::new(step.to.clone()));
        }
        for step in steps {
            if !write(left, &mut self.kills) {
                return;
            }
            let now = this.disk.get(&step.disk).cloned().unwrap_or(What::Gone);
            assert_eq!(now, step.from, "nothing is done to what is not as it was");
            match &step.to.what {
                What::Gone => drop(this.disk.remove(&step.disk)),
                what => {
                    if !free_but(&this.disk, &step.disk, this.folds) {
                        continue; // the real disk refuses too; it is tried again
                    }
                    this.disk.insert(step.disk.clone(), what.clone());
                }
            }
            if now != What::Gone {
                this.kept.insert(now);
            }
            if !write(left, &mut self.kills) {
                return;
            }
            settled(&mut this.base, &step);
        }
    }

    /// Everybody hears everything, looks, and looks again, until nothing happens any more.
    pub fn settle(&mut self) {
        for _ in 0..60 {
            let before = (self.events.len(), self.disks());
            for device in 0..self.devices.len() {
                self.devices[device].log = (0..self.events.len()).collect();
                self.look(device, None);
            }
            if before == (self.events.len(), self.disks()) {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Whether everybody has what the first person left.
    pub fn is_what_the_first_has(&self) -> bool {
        self.devices.iter().all(|device| device.disk == self.left_so)
    }

    fn disks(&self) -> Vec<BTreeMap<String, What>> {
        self.devices.iter().map(|device| device.disk.clone()).collect()
    }

    pub fn check(&self) {
        let first = &self.devices[0].disk;
        for device in &self.devices {
            assert_eq!(&device.disk, first, "all disks are equal");
            assert_eq!(device.base.len(), first.len());
        }
        let there: BTreeSet<&What> = self.devices.iter().flat_map(|d| d.disk.values().chain(&d.kept)).collect();
        // What a person took away or wrote over themselves is in the log, if the program ever saw it; what it never saw
        // nobody could keep.
        let in_log: BTreeSet<&What> = self.events.iter().flat_map(|e| e.changes.iter().map(|c| &c.what)).collect();
        for told in in_log.iter().filter(|what| ***what != What::Gone) {
            assert!(self.saved.contains(told), "nothing is told that nobody saved");
        }
        for placed in place(&self.heads(0), self.devices[0].folds).at.values() {
            assert!(there.contains(&placed.what), "what the log holds is on the disks");
        }
        for what in self.devices.iter().flat_map(|d| &d.kept) {
            assert!(in_log.contains(what), "what gave way was told before: everybody can have it");
        }
    }
}

fn write(left: &mut usize, kills: &mut u64) -> bool {
    if *left == 0 {
        *kills += 1;
        return false;
    }
    *left -= 1;
    true
}

/// Whether a file can be there: nothing is, no file is on the way, and it is no folder.
fn free(disk: &BTreeMap<String, What>, path: &str, folds: bool) -> bool {
    let key = |path: &str| if folds { skein_mirror::fold(path) } else { path.to_owned() };
    !disk.keys().any(|other| key(other) == key(path)) && free_but(disk, path, folds)
}

fn free_but(disk: &BTreeMap<String, What>, path: &str, folds: bool) -> bool {
    let key = |path: &str| if folds { skein_mirror::fold(path) } else { path.to_owned() };
    disk.keys().all(|other| {
        let (other, path) = (key(other), key(path));
        other == path || !(other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/")))
    })
}

fn seen(disk: &BTreeMap<String, What>) -> Seen {
    let mut folders = BTreeSet::new();
    for path in disk.keys() {
        let mut at = skein_mirror::parent(path);
        while let Some(folder) = at {
            folders.insert(folder.to_owned());
            at = skein_mirror::parent(folder);
        }
    }
    Seen { at: disk.clone(), folders, unknown: BTreeSet::new() }
}
