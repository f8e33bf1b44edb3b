//! From what was last equal, what is on the disk and what the log says, to what is told and what is done.
//!
//! Whatever differs on the disk from what was last equal was saved by a person: it is told before anything is written there.
//! So two who changed the same file are two heads of the log, and which of them is shown is the log's business alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Change, HeadId, MAX_OVER, Placed, Placement, What, path};

/// From how many files on it is odd that more than half of them are gone at once.
const MANY: usize = 100;
/// From how many files on it is odd that all of them are.
const ALL: usize = 5;

/// What was last equal here and in the log, at one path of the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its path in the log.
    pub path: String,
    /// What.
    pub what: What,
    /// The heads that it stands for.
    pub over: Vec<HeadId>,
    /// It is another version, shown beside.
    pub beside: bool,
    /// What a step was about to put here, written down before it: if it is there, the step was done.
    pub next: Option<Box<Row>>,
    /// What was about to be told of it, written down before: if the log has it, it was told.
    #[serde(default)]
    pub telling: Option<What>,
}

impl Row {
    /// Nothing is here, and nothing was.
    pub fn nothing(path: &str) -> Self {
        Self { path: path.into(), what: What::Gone, over: Vec::new(), beside: false, next: None, telling: None }
    }
}

/// What was last equal, by path on the disk.
pub type Base = BTreeMap<String, Row>;

/// What is on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Files, links and empty folders, by path.
    pub at: BTreeMap<String, Found>,
    /// All folders.
    pub folders: BTreeSet<String>,
    /// What could not be looked at: files, or folders with all that is in them. Nothing is known of them.
    pub unknown: BTreeSet<String>,
}

/// What was found at a path.
pub type Found = What;

/// What is to be told, after which it is equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Where on the disk.
    pub disk: String,
    /// What is told.
    pub change: Change,
}

/// What is to be done on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where.
    pub disk: String,
    /// What must be there, or nothing may be done.
    pub from: What,
    /// What is there afterwards.
    pub to: Row,
}

/// What comes of one look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is equal already; `None`: nothing is there.
    pub equal: Vec<(String, Option<Row>)>,
    /// To be told.
    pub tell: Vec<Told>,
    /// To be done, in this order, once everything is told.
    pub steps: Vec<Step>,
    /// So many of so many files are gone at once that nothing is told or done before a person has said so.
    pub many_gone: Option<(usize, usize)>,
}

impl Plan {
    /// Whether all is equal.
    pub fn is_empty(&self) -> bool {
        self.equal.is_empty() && self.tell.is_empty() && self.steps.is_empty() && self.many_gone.is_none()
    }
}

/// Compares. `gone_is_meant`: a person has said that what is gone is gone.
pub fn plan(base: &Base, seen: &Seen, wanted: &Placement, gone_is_meant: bool) -> Plan {
    let mut paths: BTreeSet<&String> = base.keys().collect();
    paths.extend(seen.at.keys());
    paths.extend(wanted.at.keys());
    let by_log = Logged::of(wanted);
    let mut plan = Plan::default();
    for disk in paths {
        if !seen.knows(disk) {
            continue;
        }
        let gone = wanted.gone.get(disk).map_or(&[][..], Vec::as_slice);
        let look =
            Look { disk, seen: seen.what(disk, base.get(disk)), wanted: wanted.at.get(disk), by_log: &by_log, gone };
        look.at(base.get(disk), &mut plan);
    }
    plan.many_gone = if gone_is_meant { None } else { many_gone(base, seen, &plan) };
    if plan.many_gone.is_some() {
        return Plan { many_gone: plan.many_gone, ..Plan::default() };
    }
    // What goes makes way for what comes: from the inside out, then from the outside in.
    plan.steps.sort_by(|a, b| match (a.to.what == What::Gone, b.to.what == What::Gone) {
        (true, true) => b.disk.cmp(&a.disk),
        (gone, other) if gone != other => other.cmp(&gone),
        _ => a.disk.cmp(&b.disk),
    });
    plan
}

/// What is placed, by its path in the log.
struct Logged<'a>(BTreeMap<&'a str, Vec<&'a Placed>>);

impl<'a> Logged<'a> {
    fn of(wanted: &'a Placement) -> Self {
        let mut by_log: BTreeMap<&str, Vec<&Placed>> = BTreeMap::new();
        for placed in wanted.at.values() {
            by_log.entry(&placed.path).or_default().push(placed);
        }
        Self(by_log)
    }
}

impl Seen {
    fn knows(&self, disk: &str) -> bool {
        let mut at = Some(disk);
        while let Some(place) = at {
            if self.unknown.contains(place) {
                return false;
            }
            at = path::parent(place);
        }
        true
    }

    /// A folder that was empty is still one while nothing that counts is in it.
    fn what(&self, disk: &str, base: Option<&Row>) -> What {
        match self.at.get(disk) {
            Some(what) => what.clone(),
            None if base.is_some_and(|row| row.what == What::Folder) && self.folders.contains(disk) => {
                let inside = format!("{disk}/");
                let next = self.at.range(inside.clone()..).next();
                if next.is_some_and(|(path, _)| path.starts_with(&inside)) { What::Gone } else { What::Folder }
            }
            None => What::Gone,
        }
    }
}

/// One path.
struct Look<'a> {
    disk: &'a str,
    seen: What,
    wanted: Option<&'a Placed>,
    by_log: &'a Logged<'a>,
    /// The heads that say that nothing is here.
    gone: &'a [HeadId],
}

impl Look<'_> {
    fn at(&self, base: Option<&Row>, plan: &mut Plan) {
        let known = self.known(base);
        if known.as_ref() != base {
            plan.equal.push((self.disk.to_owned(), known.clone()));
        }
        let was = known.as_ref().map_or(&What::Gone, |row| &row.what);
        if !self.seen.same(was) {
            return plan.tell.extend(self.told(known.as_ref()));
        }
        let to = self.wanted.map_or_else(|| Row::nothing(self.disk), row_of);
        if !to.what.same(was) && !self.wanted.is_some_and(|placed| placed.unmade) {
            plan.steps.push(Step { disk: self.disk.to_owned(), from: self.seen.clone(), to });
        }
    }

    /// What was last equal, as far as what is seen already shows that more is: a step that was done and not written down, a
    /// change that was told and not written down, or a file that was here before the folder was tied.
    fn known(&self, base: Option<&Row>) -> Option<Row> {
        let base = match base {
            Some(Row { next: Some(next), .. }) if next.what.same(&self.seen) => Some((**next).clone()),
            Some(row) => Some(self.as_told(row)),
            None => None,
        };
        let base = base.filter(|row| row.what != What::Gone);
        if let Some(placed) = self.wanted.filter(|placed| placed.what.same(&self.seen)) {
            return Some(row_of(placed));
        }
        if base.is_none() && self.seen == What::Gone {
            return None;
        }
        if base.is_some() && self.seen == What::Gone && self.wanted.is_none() && !self.stands(base.as_ref()) {
            return None;
        }
        let log = base.as_ref().map_or(self.disk, |row| &row.path);
        let changed = !base.as_ref().is_some_and(|row| row.what.same(&self.seen));
        if changed && !self.stands(base.as_ref()) {
            let versions = self.by_log.0.get(log).into_iter().flatten();
            if let Some(placed) = versions.into_iter().find(|placed| placed.what.same(&self.seen)) {
                return Some(Row { beside: false, ..row_of(placed) });
            }
        }
        base
    }

    /// A row without what was about to be: if the log has what was about to be told, that was last equal.
    fn as_told(&self, row: &Row) -> Row {
        let bare = Row { next: None, telling: None, ..row.clone() };
        let Some(told) = &row.telling else { return bare };
        if *told == What::Gone {
            // Of a deletion that was told nothing is left but that the log has no more what was here.
            return if self.stands(Some(row)) { bare } else { Row::nothing(self.disk) };
        }
        // Another version that was worked on is told as a file of its own.
        let log = if row.beside { self.disk } else { &row.path };
        let versions = self.by_log.0.get(log).into_iter().flatten();
        let found = versions.into_iter().find(|placed| placed.what.same(told));
        found.map_or(bare, |placed| Row { beside: false, ..row_of(placed) })
    }

    /// Whether the log still has what was last equal. If so, a person who makes the file like another version of it means
    /// that; if not, it may be what this device itself told or wrote last.
    fn stands(&self, base: Option<&Row>) -> bool {
        let Some(base) = base else { return false };
        let versions = self.by_log.0.get(base.path.as_str()).into_iter().flatten();
        versions.into_iter().any(|placed| base.over.iter().any(|head| placed.heads.contains(head)))
    }

    fn told(&self, base: Option<&Row>) -> Vec<Told> {
        let told = |path: &str, what: &What, over: &[HeadId]| Told {
            disk: self.disk.to_owned(),
            change: Change {
                path: path.into(),
                what: what.clone(),
                over: over.iter().take(MAX_OVER).copied().collect(),
            },
        };
        match base {
            None => vec![told(self.disk, &self.seen, self.gone)],
            Some(row) if row.beside && self.seen != What::Gone => {
                // Whoever works on another version makes a file of its own of it: it stays where they see it.
                vec![told(&row.path, &What::Gone, &row.over), told(self.disk, &self.seen, &[])]
            }
            Some(row) => vec![told(&row.path, &self.seen, &row.over)],
        }
    }
}

fn row_of(placed: &Placed) -> Row {
    let Placed { path, what, heads, beside, .. } = placed.clone();
    Row { path, what, over: heads, beside, next: None, telling: None }
}

/// Files that are gone, but for those that lie elsewhere now, and how many there were; if that is odd.
fn many_gone(base: &Base, seen: &Seen, plan: &Plan) -> Option<(usize, usize)> {
    let known = base.values().filter(|row| row.what.root().is_some()).count();
    let moved: BTreeSet<_> = seen.at.values().filter_map(What::root).collect();
    let gone = plan.tell.iter().filter(|told| told.change.what == What::Gone);
    let gone = gone.filter_map(|told| base.get(&told.disk)?.what.root()).filter(|root| !moved.contains(root)).count();
    let odd = (gone >= ALL && gone == known) || (gone >= MANY && gone * 2 > known);
    odd.then_some((gone, known))
}

/// What is to be written down before a change is told.
pub fn telling(base: &mut Base, told: &Told) {
    let row = base.entry(told.disk.clone()).or_insert_with(|| Row::nothing(&told.change.path));
    row.telling = Some(told.change.what.clone());
}

/// What is equal after a change was told, as that head.
pub fn told(base: &mut Base, told: &Told, id: HeadId) {
    let Change { path, what, .. } = &told.change;
    if *what == What::Gone {
        base.remove(&told.disk);
    } else {
        let row =
            Row { path: path.clone(), what: what.clone(), over: vec![id], beside: false, next: None, telling: None };
        base.insert(told.disk.clone(), row);
    }
}

/// What is equal after a step was done.
pub fn settled(base: &mut Base, step: &Step) {
    if step.to.what == What::Gone {
        base.remove(&step.disk);
    } else {
        base.insert(step.disk.clone(), step.to.clone());
    }
}
