//! An ask as it lies in the rows, whole: what screens and next steps are worked out from.

use std::collections::BTreeMap;
use std::rc::Rc;

use skein_app::{Fault, ObjectRow, View};
use skein_event::{EventId, MemberId, ObjectId, Tick};

use super::event::{AskKind, Ending, News, Part, Place, Words};
use super::fits::MAX_PROMISES;
use super::row::{self, CONFIRMED, DELIVERED, named};

/// The most steps of one promise that are read, the first.
const MAX_STEPS: i64 = 1_000;

/// An ask with its promises.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub row: ObjectRow,
    pub id: ObjectId,
    pub posted: EventId,
    pub by: MemberId,
    pub tick: Tick,
    pub kind: AskKind,
    pub words: Words,
    pub behalf: String,
    pub addressee: String,
    pub made_from: Option<EventId>,
    pub ended: Option<Ending>,
    pub ended_at: Option<Tick>,
    pub note: String,
    pub again: i64,
    pub joined: Option<ObjectId>,
    /// Of a report: the ask that it joined, if that is here; without the one which that joined itself.
    pub fix: Option<Rc<Ask>>,
    pub changed: Tick,
    pub parts: Vec<Part>,
    /// In the order in which they were made; those that were released, too.
    pub promises: Vec<Promise>,
    pub leads: Vec<Led>,
    /// Of a petition: whether it was brought to its addressee since it was last opened.
    pub sent: bool,
    /// Whether the addressee's answer was told.
    pub answered: bool,
}

/// A promise with what became of it.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub id: EventId,
    pub part: u16,
    pub member: MemberId,
    pub amount: u64,
    pub note: String,
    pub tick: Tick,
    pub seen: u32,
    pub chosen: Option<bool>,
    pub released: Option<Tick>,
    pub why: String,
    pub handed: Option<MemberId>,
    pub help: Option<String>,
    pub on_track: Option<Tick>,
    pub until_ms: Option<u64>,
    /// Since the ask was last opened, in order.
    pub steps: Vec<Step>,
}

/// Something that became of a promise.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub part: u16,
    pub kind: i64,
    pub tick: Tick,
    pub note: String,
}

/// Somebody who leads, or to whom the lead was offered.
#[derive(Debug, Clone)]
pub(super) struct Led {
    pub member: MemberId,
    pub tick: Tick,
    pub offered_by: Option<MemberId>,
}

const COLUMNS: &str =
    "a.object, a.posted, a.member, a.tick, a.kind, a.title, a.text, a.topic, a.label, a.north, a.east,
    a.until, a.urgent, a.share, a.behalf, a.addressee, a.made_from, a.ended, a.note, a.again, a.joined, a.changed,
    a.ended_tick";

fn tick(raw: i64) -> Tick {
    Tick::from_raw(raw as u64)
}

impl Ask {
    /// The ask in this row.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn one(row: ObjectRow, view: &View<'_>) -> Result<Option<Self>, Fault> {
        Ok(Self::all("a.object = ?1", [row], view)?.pop())
    }

    /// The asks that a condition on `asks_ask a` lets pass; the condition may end with an order and must keep them few.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn all(which: &str, params: impl rusqlite::Params, view: &View<'_>) -> Result<Vec<Self>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM asks_ask a WHERE {which}");
        let mut asks = Self::alone(&sql, params, view)?;
        let sql = format!("SELECT {COLUMNS} FROM asks_ask a WHERE a.id = ?1");
        let mut fixes: BTreeMap<ObjectId, Option<Rc<Self>>> = BTreeMap::new();
        for ask in asks.iter_mut().filter(|ask| ask.kind == AskKind::Report) {
            let Some(joined) = ask.joined else { continue };
            if let std::collections::btree_map::Entry::Vacant(place) = fixes.entry(joined) {
                place.insert(Self::alone(&sql, [joined.to_string()], view)?.pop().map(Rc::new));
            }
            ask.fix = fixes[&joined].clone();
        }
        Ok(asks)
    }

    /// Without what they joined.
    fn alone(sql: &str, params: impl rusqlite::Params, view: &View<'_>) -> Result<Vec<Self>, Fault> {
        let mut asks = view.all(sql, params, |row| Ok(read(row)))?.into_iter().collect::<rusqlite::Result<Vec<_>>>()?;
        for ask in &mut asks {
            ask.id = view.ids().object_id(ask.row)?;
            ask.parts = parts(ask.row, view)?;
            ask.promises = promises(ask.row, view)?;
            steps(ask, view)?;
            ask.leads = leads(ask.row, view)?;
            if ask.kind == AskKind::Petition {
                ask.sent = row::told(ask.row, News::Sent, view)?;
                ask.answered = row::told(ask.row, News::Answer, view)?;
            }
        }
        Ok(asks)
    }

    /// Whether this member posted it or leads it.
    pub fn minds(&self, member: &MemberId) -> bool {
        self.by == *member || self.leading().any(|led| led.member == *member)
    }

    /// Those who lead it.
    pub fn leading(&self) -> impl Iterator<Item = &Led> {
        self.leads.iter().filter(|led| led.offered_by.is_none())
    }

    /// The promises that were not released.
    pub fn standing(&self) -> impl Iterator<Item = &Promise> {
        self.promises.iter().filter(|promise| promise.released.is_none())
    }

    /// The promise of this member that stands; the newest of several.
    pub fn promise_of(&self, member: &MemberId) -> Option<&Promise> {
        self.standing().filter(|promise| promise.member == *member).last()
    }

    /// When it ended, or else when something was last said to be done, or not to be.
    pub fn came_of_it_at(&self) -> Tick {
        let steps = self.standing().flat_map(|promise| &promise.steps).map(|step| step.tick);
        self.ended_at.or(steps.max()).unwrap_or(Tick::ZERO)
    }

    /// Who gives what was promised.
    pub fn giver(&self, promise: &Promise) -> MemberId {
        self.kind.giver(self.by, promise.member)
    }

    /// Who gets it.
    pub fn receiver(&self, promise: &Promise) -> MemberId {
        self.kind.receiver(self.by, promise.member)
    }
}

impl Promise {
    /// The newest step of a part.
    pub fn step(&self, part: u16) -> Option<&Step> {
        self.steps.iter().rfind(|step| step.part == part)
    }

    /// Whether it was confirmed: every one of these parts.
    pub fn is_confirmed(&self, mut parts: impl Iterator<Item = u16>) -> bool {
        parts.all(|part| self.steps.iter().any(|step| step.part == part && step.kind == CONFIRMED))
    }

    /// Since when it waits for a confirmation.
    pub fn delivered(&self) -> Option<&Step> {
        self.steps.iter().rfind(|step| self.step(step.part).is_some_and(|newest| newest.kind == DELIVERED))
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Ask> {
    let (label, north): (Option<String>, Option<i32>) = (row.get(8)?, row.get(9)?);
    let point = north.zip(row.get(10)?);
    let (kind, ended): (String, Option<String>) = (row.get(4)?, row.get(17)?);
    let words = Words {
        title: row.get(5)?,
        text: row.get(6)?,
        topic: row.get(7)?,
        place: label.map(|label| Place { label, point }),
        until_ms: row.get::<_, Option<i64>>(11)?.map(|ms| ms as u64),
        urgent: row.get(12)?,
        share: row.get::<_, Option<[u8; 32]>>(13)?.map(ObjectId::from_bytes),
    };
    Ok(Ask {
        row: row.get(0)?,
        id: ObjectId::ZERO,
        posted: EventId::from_bytes(row.get(1)?),
        by: MemberId::from_bytes(row.get(2)?),
        tick: tick(row.get(3)?),
        kind: named(&kind).unwrap_or(AskKind::Need),
        words,
        behalf: row.get(14)?,
        addressee: row.get(15)?,
        made_from: row.get::<_, Option<[u8; 32]>>(16)?.map(EventId::from_bytes),
        ended: ended.and_then(|ended| named(&ended)),
        note: row.get(18)?,
        again: row.get(19)?,
        joined: row.get::<_, Option<[u8; 32]>>(20)?.map(ObjectId::from_bytes),
        changed: tick(row.get(21)?),
        ended_at: row.get::<_, Option<i64>>(22)?.map(tick),
        fix: None,
        parts: Vec::new(),
        promises: Vec::new(),
        leads: Vec::new(),
        sent: false,
        answered: false,
    })
}

fn parts(object: ObjectRow, view: &View<'_>) -> Result<Vec<Part>, Fault> {
    let sql = "SELECT what, unit, minimum, optimum, starts, ends FROM asks_part WHERE object = ?1 ORDER BY part";
    view.all(sql, [object], |row| {
        let (unit, slot): (String, _) = (row.get(1)?, row.get::<_, Option<i64>>(4)?.zip(row.get::<_, Option<i64>>(5)?));
        Ok(Part {
            what: row.get(0)?,
            unit: named(&unit).unwrap_or(super::event::Unit::Things),
            minimum: row.get::<_, i64>(2)? as u64,
            optimum: row.get::<_, i64>(3)? as u64,
            slot: slot.map(|(starts, ends)| (starts as u64, ends as u64)),
        })
    })
}

fn promises(object: ObjectRow, view: &View<'_>) -> Result<Vec<Promise>, Fault> {
    let sql = "SELECT id, part, member, amount, note, tick, seen, chosen, released, why, handed, help, on_track, until
               FROM asks_promise WHERE object = ?1 ORDER BY tick, id LIMIT ?2";
    view.all(sql, (object, MAX_PROMISES as i64), |row| {
        Ok(Promise {
            id: EventId::from_bytes(row.get(0)?),
            part: row.get(1)?,
            member: MemberId::from_bytes(row.get(2)?),
            amount: row.get::<_, i64>(3)? as u64,
            note: row.get(4)?,
            tick: tick(row.get(5)?),
            seen: row.get(6)?,
            chosen: row.get(7)?,
            released: row.get::<_, Option<i64>>(8)?.map(tick),
            why: row.get(9)?,
            handed: row.get::<_, Option<[u8; 32]>>(10)?.map(MemberId::from_bytes),
            help: row.get(11)?,
            on_track: row.get::<_, Option<i64>>(12)?.map(tick),
            until_ms: row.get::<_, Option<i64>>(13)?.map(|ms| ms as u64),
            steps: Vec::new(),
        })
    })
}

/// Puts the steps to the promises that stand.
fn steps(ask: &mut Ask, view: &View<'_>) -> Result<(), Fault> {
    let sql = "SELECT promise, part, kind, tick, note FROM
                 (SELECT *, row_number() OVER (PARTITION BY promise ORDER BY tick, id) AS n FROM asks_step
                  WHERE object = ?1 AND tick > ?2)
               WHERE n <= ?3 ORDER BY tick, id";
    let rows = view.all(sql, (ask.row, ask.again, MAX_STEPS), |row| {
        let step = Step { part: row.get(1)?, kind: row.get(2)?, tick: tick(row.get(3)?), note: row.get(4)? };
        Ok((EventId::from_bytes(row.get(0)?), step))
    })?;
    if rows.is_empty() {
        return Ok(());
    }
    let standing = ask.promises.iter_mut().filter(|promise| promise.released.is_none());
    let mut of: BTreeMap<EventId, &mut Promise> = standing.map(|promise| (promise.id, promise)).collect();
    for (id, step) in rows {
        if let Some(promise) = of.get_mut(&id) {
            promise.steps.push(step);
        }
    }
    Ok(())
}

fn leads(object: ObjectRow, view: &View<'_>) -> Result<Vec<Led>, Fault> {
    let sql = "SELECT member, tick, offered_by FROM asks_lead WHERE object = ?1 ORDER BY tick, member LIMIT 100";
    view.all(sql, [object], |row| {
        Ok(Led {
            member: MemberId::from_bytes(row.get(0)?),
            tick: tick(row.get(1)?),
            offered_by: row.get::<_, Option<[u8; 32]>>(2)?.map(MemberId::from_bytes),
        })
    })
}
