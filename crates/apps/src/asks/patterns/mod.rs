//! Patterns in reports: which of them lie so close together in place and time that they may have one cause. Found on each
//! device from the reports that it has, so found alike on all; nobody counts for the others.
//!
//! It looks at reports, never at who made them.

mod dbscan;
mod exact;
mod scan;
#[cfg(test)]
mod tests;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use skein_app::{Fault, Me, ObjectRow, View};
use skein_event::{CommunityId, ObjectId, Tick, statement};

use super::ask::Ask;
use super::event::AskKind;
use super::row::name;
use super::state::Standing;

pub use dbscan::clusters;
pub(super) use exact::square_m;
pub use scan::{Alarm, DAYS, MAX_REPORTS, Scan, scan};

const DAY_MS: u64 = 86_400_000;
/// The most patterns that are found.
const MAX_PATTERNS: usize = 20;

/// A report, as far as patterns look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Which report.
    pub id: ObjectId,
    /// When it was made.
    pub tick: Tick,
    /// Where, in thousandths of a degree north and east.
    pub at: (i32, i32),
}

impl Point {
    /// The day on which it was made, counted from 1970 (UTC).
    fn day(&self) -> u64 {
        self.tick.ms() / DAY_MS
    }
}

/// From what the scan of a day deals its dates: the same for all who are in the community.
pub fn seed(community: &CommunityId, today: u64) -> [u8; 32] {
    let mut day = [0; 32];
    day[..8].copy_from_slice(&today.to_be_bytes());
    statement("skein 2026 asks: how the dates of reports are dealt on this day", &[community.as_bytes(), &day])
}

/// Reports that may have one cause.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What they are about; empty if that differs.
    pub topic: String,
    /// How many.
    pub count: usize,
    /// The middle of them, in thousandths of a degree.
    pub middle: (i32, i32),
    /// They lie at most so far from the middle, in hundreds of metres.
    pub radius_m: u32,
    /// From the first to the last of them, begun hours count whole.
    pub hours: u64,
    /// By chance it would come less than once in so many, if that was found.
    pub once_in: Option<u32>,
    /// The ask that some of them joined already.
    pub fix: Option<ObjectId>,
    /// The reports, the newest first.
    pub reports: Vec<ObjectRow>,
}

/// A report in the rows.
struct Report {
    row: ObjectRow,
    point: Point,
    topic: String,
    /// Whether it waits for somebody.
    open: bool,
    /// The ask that is the same matter; itself, if it joined none.
    matter: ObjectId,
}

/// The patterns in what is open and not yet joined to one fix, the alarms first, then the largest.
///
/// # Errors
/// Only if the store fails.
pub(super) fn patterns(me: &Me, view: &View<'_>) -> Result<Vec<Pattern>, Fault> {
    let reports = reports(me, view)?;
    let points: Vec<Point> = reports.iter().map(|report| report.point).collect();
    let today = me.now_ms / DAY_MS;
    let alarms = scan(&points, today, &seed(&me.community, today)).alarms;
    Ok(sort_out(&reports, groups(&reports), alarms))
}

/// The open reports that lie together, topic by topic.
fn groups(reports: &[Report]) -> Vec<Vec<usize>> {
    let mut topics: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, report) in reports.iter().enumerate().filter(|(_, report)| report.open) {
        topics.entry(&report.topic).or_default().push(n);
    }
    let mut groups = Vec::new();
    for of in topics.values() {
        let points: Vec<Point> = of.iter().map(|n| reports[*n].point).collect();
        groups.extend(clusters(&points).iter().map(|group| group.iter().map(|n| of[*n]).collect::<Vec<_>>()));
    }
    groups
}

/// Alarms are told with the group that holds half of them or more; an alarm without such a group is a pattern of its own.
fn sort_out(reports: &[Report], groups: Vec<Vec<usize>>, alarms: Vec<Alarm>) -> Vec<Pattern> {
    let mut found: Vec<(Option<u32>, Vec<usize>)> = groups.into_iter().map(|group| (None, group)).collect();
    for alarm in alarms {
        let open: Vec<usize> = alarm.members.into_iter().filter(|n| reports[*n].open).collect();
        let shared = |group: &Vec<usize>| open.iter().filter(|n| group.contains(n)).count();
        match found.iter_mut().find(|(_, group)| !open.is_empty() && shared(group) * 2 >= open.len()) {
            Some((once_in, _)) => *once_in = (*once_in).max(Some(alarm.once_in)),
            None if open.len() >= dbscan::FEWEST => found.push((Some(alarm.once_in), open)),
            None => {}
        }
    }
    let mut patterns: Vec<Pattern> =
        found.into_iter().filter_map(|(once_in, of)| pattern(reports, of, once_in)).collect();
    patterns.sort_by(|a, b| b.once_in.cmp(&a.once_in).then(b.count.cmp(&a.count)).then(b.reports.cmp(&a.reports)));
    patterns.truncate(MAX_PATTERNS);
    patterns
}

/// `None` if all of them are one matter already.
fn pattern(reports: &[Report], mut of: Vec<usize>, once_in: Option<u32>) -> Option<Pattern> {
    let mut matters: BTreeMap<ObjectId, usize> = BTreeMap::new();
    of.iter().for_each(|n| *matters.entry(reports[*n].matter).or_default() += 1);
    if matters.len() < 2 {
        return None;
    }
    let fixes = matters
        .into_iter()
        .filter(|(matter, _)| of.iter().any(|n| reports[*n].matter == *matter && reports[*n].point.id != *matter));
    let fix = fixes.max_by_key(|(matter, count)| (*count, *matter)).map(|(matter, _)| matter);
    of.sort_by_key(|n| std::cmp::Reverse((reports[*n].point.tick, reports[*n].point.id)));
    let topics: BTreeSet<&str> = of.iter().map(|n| reports[*n].topic.as_str()).collect();
    let topic =
        if topics.len() == 1 { topics.first().map_or(String::new(), |topic| (*topic).into()) } else { String::new() };
    let points: Vec<&Point> = of.iter().map(|n| &reports[*n].point).collect();
    let middle = middle(&points);
    let furthest = points.iter().map(|point| exact::square_m(middle, point.at)).fold(0.0, f64::max).sqrt();
    let (newest, oldest) = (points.first()?.tick.ms(), points.last()?.tick.ms());
    Some(Pattern {
        topic,
        count: of.len(),
        middle,
        radius_m: ((furthest / 100.0).ceil() as u32).max(1) * 100,
        hours: (newest - oldest).div_ceil(3_600_000).max(1),
        once_in,
        fix,
        reports: of.iter().map(|n| reports[*n].row).collect(),
    })
}

/// The middle of places near one another, also across the date line.
fn middle(points: &[&Point]) -> (i32, i32) {
    let Some(first) = points.first() else { return (0, 0) };
    let count = points.len() as i64;
    let north: i64 = points.iter().map(|point| i64::from(point.at.0)).sum();
    let east: i64 = points.iter().map(|point| i64::from(exact::turn(point.at.1 - first.at.1))).sum();
    let east = exact::turn(first.at.1 + east.div_euclid(count) as i32);
    (north.div_euclid(count) as i32, east)
}

/// The newest reports of the last ninety days that have a place on the map; also those that are over: they say what is usual.
fn reports(me: &Me, view: &View<'_>) -> Result<Vec<Report>, Fault> {
    let since = (me.now_ms / DAY_MS + 1).saturating_sub(DAYS) * DAY_MS;
    let sql = "SELECT object, tick, topic, north, east, ended IS NULL, joined, promises > 0 OR joined IS NOT NULL
               FROM asks_ask WHERE kind = ?1 AND north IS NOT NULL AND tick >= ?2 ORDER BY tick DESC, id DESC LIMIT ?3";
    let params = (name(AskKind::Report), Tick::at_ms(since).raw() as i64, MAX_REPORTS as i64);
    let rows = view.all(sql, params, |row| {
        let joined = row.get::<_, Option<[u8; 32]>>(6)?.map(ObjectId::from_bytes);
        let point = Point {
            id: ObjectId::from_bytes([0; 32]),
            tick: Tick::from_raw(row.get::<_, i64>(1)? as u64),
            at: (row.get(3)?, row.get(4)?),
        };
        Ok((row.get::<_, ObjectRow>(0)?, point, row.get(2)?, row.get::<_, bool>(5)?, joined, row.get::<_, bool>(7)?))
    })?;
    let mut reports = Vec::new();
    for (row, mut point, topic, mut open, joined, look) in rows {
        point.id = view.ids().object_id(row)?;
        if open && look {
            open = Ask::one(row, view)?.is_some_and(|ask| Standing::of(&ask, me.now_ms).is_open());
        }
        reports.push(Report { row, point, topic, open, matter: joined.unwrap_or(point.id) });
    }
    Ok(reports)
}
