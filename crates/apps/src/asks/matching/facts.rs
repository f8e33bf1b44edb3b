//! What everybody can read, in numbers: who belongs, what they said of themselves, what they hold, what came of what they did.
//!
//! Skills and shares are those of the beginning of the day (UTC) on which an ask was posted, so that one asks the same people
//! from morning to evening; hours and open promises are those of the wave's own time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use skein_app::{Fault, View};
use skein_event::{MemberId, Tick};

use super::head::Head;
use super::score::{self, KNOWS, Record, UNKNOWN};
use crate::asks::event::{AskKind, USUAL_CAPACITY};
use crate::asks::row::{CONFIRMED, DELIVERED, RETURNED, name};

pub(super) const HOUR_MS: u64 = 3_600_000;
pub(super) const DAY_MS: u64 = 24 * HOUR_MS;
/// The most members that are looked at.
const MAX_MEMBERS: i64 = 10_000;
/// The most outcomes that skills are guessed from: the newest. Eighty a day make two months, ten a day more than a year.
const MAX_OUTCOMES: i64 = 5_000;
/// The most promises that say how busy people are: the newest.
const MAX_PROMISES: i64 = 10_000;
/// A promise that is older than this, counted from the oldest ask in question, no longer makes anybody busy.
const BUSY_MS: u64 = 28 * DAY_MS;
/// Deliveries count as a share of the work for so long.
const SHARE_MS: u64 = 40 * DAY_MS;
/// For the same member, at most so many good deliveries of one giver count in [`PAIR_MS`]: two who only confirm one another get
/// no further than two who work a lot together.
const PAIR_MOST: usize = 3;
const PAIR_MS: u64 = 28 * DAY_MS;

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    pub id: MemberId,
    pub capacity: u8,
    pub hours: Vec<u8>,
    /// From when until when each promise kept them busy.
    busy: Vec<(u64, u64)>,
}

impl Member {
    /// Whether they said that they can be asked then; who said nothing can be asked at any time.
    pub fn is_within_hours(&self, at_ms: u64) -> bool {
        // 1970 began on a Thursday.
        let hour = ((at_ms / HOUR_MS + 72) % 168) as usize;
        self.hours.is_empty() || self.hours.get(hour / 8).is_some_and(|byte| byte >> (hour % 8) & 1 == 1)
    }
}

/// What came of something that somebody did.
#[derive(Debug)]
struct Outcome {
    giver: usize,
    topic: String,
    at_ms: u64,
    good: bool,
}

/// How somebody fits a topic on a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub skill: f64,
    pub base: f64,
    pub knows: bool,
    pub learns: bool,
}

/// A topic, and a day since 1970.
type TopicOnDay = (String, u64);
/// What each member did of late, and the mean of that.
pub(super) type Shares = (Vec<f64>, f64);

/// The facts.
pub(super) struct Facts {
    /// In the order of their ids.
    pub members: Vec<Member>,
    places: BTreeMap<MemberId, usize>,
    /// Of each topic in question: who said what of it.
    said: BTreeMap<String, Vec<(usize, bool)>>,
    outcomes: Vec<Outcome>,
    fits: RefCell<BTreeMap<TopicOnDay, Rc<Vec<Fit>>>>,
    shares: RefCell<BTreeMap<u64, Rc<Shares>>>,
}

impl Facts {
    /// What is known for these asks.
    pub fn read(heads: &[Head], now_ms: u64, view: &View<'_>) -> Result<Self, Fault> {
        let mut facts = Self {
            members: members(view)?,
            places: BTreeMap::new(),
            said: BTreeMap::new(),
            outcomes: Vec::new(),
            fits: RefCell::default(),
            shares: RefCell::default(),
        };
        facts.places = facts.members.iter().enumerate().map(|(place, member)| (member.id, place)).collect();
        facts.read_profiles(view)?;
        for head in heads.iter().filter(|head| !head.topic.is_empty()) {
            facts.read_topic(&head.topic, view)?;
        }
        let oldest = heads.iter().map(|head| head.posted_ms).min().unwrap_or(now_ms);
        facts.read_busy(oldest.saturating_sub(BUSY_MS), view)?;
        facts.read_outcomes(view)?;
        Ok(facts)
    }

    /// The number of a member.
    pub fn place(&self, member: &MemberId) -> Option<usize> {
        self.places.get(member).copied()
    }

    /// How many promises kept a member busy at a time.
    pub fn open_at(&self, member: usize, at_ms: u64) -> u32 {
        self.members[member].busy.iter().filter(|(from, to)| *from <= at_ms && at_ms < *to).count() as u32
    }

    /// How well everybody fits an ask, by their numbers.
    pub fn fits(&self, head: &Head) -> Rc<Vec<Fit>> {
        let day = head.posted_ms / DAY_MS;
        let key = (head.topic.clone(), day);
        if let Some(fits) = self.fits.borrow().get(&key) {
            return Rc::clone(fits);
        }
        let fits = Rc::new(self.work_out(&head.topic, day));
        self.fits.borrow_mut().insert(key, Rc::clone(&fits));
        fits
    }

    fn work_out(&self, topic: &str, day: u64) -> Vec<Fit> {
        let shares = self.shares(day);
        // No topic: nothing says who can, so everybody is taken to.
        let prior = if topic.is_empty() { KNOWS } else { UNKNOWN };
        let blank = Fit { skill: prior, base: 0.0, knows: false, learns: false };
        let mut fits = vec![blank; self.members.len()];
        for (place, learning) in self.said.get(topic).into_iter().flatten() {
            if *learning { fits[*place].learns = true } else { fits[*place].knows = true }
        }
        let mut records = vec![Record::default(); self.members.len()];
        for outcome in self.outcomes.iter().filter(|outcome| outcome.topic == topic && outcome.at_ms < day * DAY_MS) {
            let weight = score::faded(day - outcome.at_ms / DAY_MS);
            let record = &mut records[outcome.giver];
            if outcome.good { record.good += weight } else { record.bad += weight }
        }
        if topic.is_empty() {
            records.iter_mut().for_each(|record| *record = Record::default());
        }
        for (place, fit) in fits.iter_mut().enumerate() {
            fit.skill = score::skill(records[place], if fit.knows { KNOWS } else { prior });
            let doubt = score::doubt(fit.skill, records[place]);
            fit.base = score::base(fit.skill, doubt, score::share(shares.0[place], shares.1));
        }
        fits
    }

    /// What each member did of late, and the mean of that.
    pub fn shares(&self, day: u64) -> Rc<Shares> {
        if let Some(shares) = self.shares.borrow().get(&day) {
            return Rc::clone(shares);
        }
        let (from, to) = ((day * DAY_MS).saturating_sub(SHARE_MS), day * DAY_MS);
        let mut done = vec![0.0; self.members.len()];
        for outcome in self.outcomes.iter().filter(|outcome| outcome.good && (from..to).contains(&outcome.at_ms)) {
            done[outcome.giver] += score::share_faded((to - outcome.at_ms) / HOUR_MS);
        }
        let mean = done.iter().sum::<f64>() / done.len().max(1) as f64;
        let shares = Rc::new((done, mean));
        self.shares.borrow_mut().insert(day, Rc::clone(&shares));
        shares
    }

    /// How often somebody's deliveries in a topic were confirmed, as far back as outcomes are looked at.
    pub fn times(&self, member: usize, topic: &str) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.good && outcome.giver == member && outcome.topic == topic).count()
    }

    fn read_profiles(&mut self, view: &View<'_>) -> Result<(), Fault> {
        let sql = "SELECT member, capacity, hours FROM asks_profile LIMIT ?1";
        let read = |row: &rusqlite::Row<'_>| Ok((MemberId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?));
        for (member, capacity, hours) in view.all(sql, [MAX_MEMBERS], read)? {
            if let Some(place) = self.place(&member) {
                (self.members[place].capacity, self.members[place].hours) = (capacity, hours);
            }
        }
        Ok(())
    }

    fn read_topic(&mut self, topic: &str, view: &View<'_>) -> Result<(), Fault> {
        if self.said.contains_key(topic) {
            return Ok(());
        }
        let sql = "SELECT member, learning FROM asks_topic WHERE topic = ?1 LIMIT ?2";
        let rows =
            view.all(sql, (topic, 2 * MAX_MEMBERS), |row| Ok((MemberId::from_bytes(row.get(0)?), row.get(1)?)))?;
        let said = rows.into_iter().filter_map(|(member, learning)| Some((self.place(&member)?, learning)));
        let said = said.collect();
        self.said.insert(topic.into(), said);
        Ok(())
    }

    /// A promise keeps its member busy until it is laid down, or said to be done, or the ask is over.
    fn read_busy(&mut self, from_ms: u64, view: &View<'_>) -> Result<(), Fault> {
        let sql = "SELECT p.member, p.tick, p.released, a.ended_tick,
                          (SELECT min(s.tick) FROM asks_step s WHERE s.object = p.object AND s.promise = p.id
                              AND s.kind IN (?1, ?2) AND s.tick > max(a.again, coalesce((SELECT max(r.tick)
                                  FROM asks_step r WHERE r.object = p.object AND r.promise = p.id AND r.kind = ?3), 0)))
                   FROM asks_promise p JOIN asks_ask a ON a.object = p.object
                   WHERE p.tick > ?4 AND a.kind NOT IN (?5, ?6) ORDER BY p.tick DESC LIMIT ?7";
        let none = (name(AskKind::Offer), name(AskKind::Petition));
        let from = Tick::at_ms(from_ms).raw() as i64;
        let params = (DELIVERED, CONFIRMED, RETURNED, from, none.0, none.1, MAX_PROMISES);
        let rows = view.all(sql, params, |row| {
            let ends: [Option<i64>; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
            let to = ends.into_iter().flatten().min().map_or(u64::MAX, ms);
            Ok((MemberId::from_bytes(row.get(0)?), ms(row.get(1)?), to))
        })?;
        for (member, from, to) in rows {
            if let Some(place) = self.place(&member) {
                self.members[place].busy.push((from, to));
            }
        }
        Ok(())
    }

    fn read_outcomes(&mut self, view: &View<'_>) -> Result<(), Fault> {
        let sql = "SELECT CASE a.kind WHEN ?1 THEN a.member ELSE p.member END, s.member, a.topic, s.tick, s.kind = ?2
                   FROM asks_step s JOIN asks_ask a ON a.object = s.object
                   JOIN asks_promise p ON p.object = s.object AND p.id = s.promise
                   WHERE s.kind <> 0 AND s.tick > a.again ORDER BY s.tick DESC, s.id DESC LIMIT ?3";
        let rows = view.all(sql, (name(AskKind::Offer), CONFIRMED, MAX_OUTCOMES), |row| {
            let (giver, getter) = (MemberId::from_bytes(row.get(0)?), MemberId::from_bytes(row.get(1)?));
            Ok((giver, getter, row.get(2)?, ms(row.get(3)?), row.get(4)?))
        })?;
        let mut pairs: BTreeMap<(MemberId, MemberId), Vec<u64>> = BTreeMap::new();
        for (giver, getter, topic, at_ms, good) in rows.into_iter().rev() {
            let Some(place) = self.place(&giver) else { continue };
            if good {
                let counted = pairs.entry((giver, getter)).or_default();
                if counted.iter().rev().take_while(|then| at_ms - **then < PAIR_MS).count() >= PAIR_MOST {
                    continue;
                }
                counted.push(at_ms);
            }
            self.outcomes.push(Outcome { giver: place, topic, at_ms, good });
        }
        Ok(())
    }
}

fn ms(raw: i64) -> u64 {
    Tick::from_raw(raw as u64).ms()
}

/// Members with a device that still counts.
fn members(view: &View<'_>) -> Result<Vec<Member>, Fault> {
    let sql = "SELECT DISTINCT d.member FROM people_device d
               WHERE NOT EXISTS (SELECT 1 FROM gone g WHERE g.device = d.device) ORDER BY d.member LIMIT ?1";
    view.all(sql, [MAX_MEMBERS], |row| {
        Ok(Member {
            id: MemberId::from_bytes(row.get(0)?),
            capacity: USUAL_CAPACITY,
            hours: Vec::new(),
            busy: Vec::new(),
        })
    })
}
