//! An ask as far as it matters for whom it asks: its times, its room, and who is out.

use skein_app::{Fault, ObjectRow, View};
use skein_event::{MemberId, ObjectId, Tick};

use crate::asks::event::{AskKind, Unit};
use crate::asks::row::{name, named};

/// The most places that waves are made for at once: a call for a hundred people still goes out in steps.
const MOST_PLACES: u64 = 10;
/// The most promises of one ask that are looked at: the first.
const MAX_PROMISES: i64 = 1_000;

/// A stretch of time in which a promise stands.
#[derive(Debug, Clone)]
struct Promised {
    part: u16,
    amount: u64,
    member: MemberId,
    from_ms: u64,
    to_ms: u64,
    holds: bool,
    /// Something was said to be done for it, well or not.
    tried: bool,
}

#[derive(Debug, Clone)]
struct Part {
    optimum: u64,
    starts_ms: Option<u64>,
}

/// An ask.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub row: ObjectRow,
    pub id: ObjectId,
    by: MemberId,
    pub topic: String,
    pub urgent: bool,
    /// Since when it asks: when it was posted, or opened again.
    pub posted_ms: u64,
    /// For how many people waves are made at once.
    pub places: usize,
    parts: Vec<Part>,
    promises: Vec<Promised>,
}

/// Whether such asks ask somebody at all. An offer waits for who needs it, and a petition is for everybody: neither is a
/// question of who can.
pub(super) fn asks_people(kind: AskKind) -> bool {
    !matches!(kind, AskKind::Offer | AskKind::Petition)
}

fn ms(raw: i64) -> u64 {
    Tick::from_raw(raw as u64).ms()
}

impl Head {
    /// Those that a condition on `asks_ask a` lets pass; it may end with an order and must keep them few.
    pub fn all(which: &str, params: impl rusqlite::Params, view: &View<'_>) -> Result<Vec<Self>, Fault> {
        let sql = format!(
            "SELECT a.object, a.id, a.member, a.kind, a.topic, a.urgent, a.tick, a.again FROM asks_ask a WHERE {which}"
        );
        let read = |row: &rusqlite::Row<'_>| {
            let (id, kind): (String, String) = (row.get(1)?, row.get(3)?);
            let head = Self {
                row: row.get(0)?,
                id: id.parse().unwrap_or(ObjectId::ZERO), // apply wrote it
                by: MemberId::from_bytes(row.get(2)?),
                topic: row.get(4)?,
                urgent: row.get(5)?,
                posted_ms: ms(row.get::<_, i64>(6)?.max(row.get(7)?)),
                places: 1,
                parts: Vec::new(),
                promises: Vec::new(),
            };
            Ok((head, named(&kind).unwrap_or(AskKind::Need)))
        };
        let mut heads = Vec::new();
        for (mut head, kind) in view.all(&sql, params, read)? {
            if asks_people(kind) {
                head.fill(kind, view)?;
                heads.push(head);
            }
        }
        Ok(heads)
    }

    fn fill(&mut self, kind: AskKind, view: &View<'_>) -> Result<(), Fault> {
        let sql = "SELECT optimum, starts, CASE WHEN unit = ?2 THEN minimum ELSE 1 END FROM asks_part
                   WHERE object = ?1 ORDER BY part LIMIT 100";
        let mut places = 0_u64;
        self.parts = view.all(sql, (self.row, name(Unit::People)), |row| {
            places = places.saturating_add(row.get::<_, i64>(2)? as u64);
            let starts_ms = row.get::<_, Option<i64>>(1)?.map(|ms| ms as u64);
            Ok(Part { optimum: row.get::<_, i64>(0)? as u64, starts_ms })
        })?;
        // A gig is given to one, however many milestones it has.
        self.places = if kind == AskKind::Gig { 1 } else { places.clamp(1, MOST_PLACES) as usize };
        let sql = "SELECT part, amount, member, tick, released, chosen, EXISTS
                     (SELECT 1 FROM asks_step s WHERE s.object = p.object AND s.promise = p.id)
                   FROM asks_promise p WHERE object = ?1 ORDER BY tick, id LIMIT ?2";
        self.promises = view.all(sql, (self.row, MAX_PROMISES), |row| {
            let chosen: Option<bool> = row.get(5)?;
            Ok(Promised {
                part: row.get(0)?,
                amount: row.get::<_, i64>(1)? as u64,
                member: MemberId::from_bytes(row.get(2)?),
                from_ms: ms(row.get(3)?),
                to_ms: row.get::<_, Option<i64>>(4)?.map_or(u64::MAX, ms),
                holds: chosen.unwrap_or(kind != AskKind::Gig),
                tried: row.get(6)?,
            })
        })?;
        if kind == AskKind::Gig {
            self.parts.truncate(1);
            self.parts.iter_mut().for_each(|part| part.optimum = 1);
        }
        Ok(())
    }

    /// Whether more promises were wanted at this time.
    pub fn has_room(&self, at_ms: u64) -> bool {
        (0..self.parts.len()).any(|part| self.part_has_room(part, at_ms))
    }

    fn part_has_room(&self, part: usize, at_ms: u64) -> bool {
        let of_part = self.promises.iter().filter(|promised| usize::from(promised.part) == part && promised.holds);
        let then = of_part.filter(|promised| promised.from_ms <= at_ms && at_ms < promised.to_ms);
        let held = then.fold(0_u64, |sum, promised| sum.saturating_add(promised.amount));
        self.parts.get(part).is_some_and(|part| held < part.optimum)
    }

    /// The first time from this one on at which more promises were wanted, as far as is known.
    pub fn room_from(&self, at_ms: u64) -> Option<u64> {
        if self.has_room(at_ms) {
            return Some(at_ms);
        }
        let released = self.promises.iter().map(|promised| promised.to_ms);
        released.filter(|to_ms| *to_ms > at_ms && *to_ms < u64::MAX && self.has_room(*to_ms)).min()
    }

    /// Who is not asked: who asks, and who has promised something already, even if they laid it down since. Who only stood
    /// back for another can be asked again: they would have done it.
    pub fn members_out(&self, at_ms: u64) -> impl Iterator<Item = MemberId> {
        let promised = self.promises.iter().filter(move |promised| promised.from_ms <= at_ms);
        let out = promised.filter(move |promised| promised.to_ms > at_ms || !self.stood_back(promised));
        out.map(|promised| promised.member).chain(std::iter::once(self.by))
    }

    /// Whether somebody tried before this time, and it came to nothing.
    pub fn failed(&self, at_ms: u64) -> bool {
        self.promises.iter().any(|promised| promised.tried && promised.to_ms <= at_ms)
    }

    /// Whether it was laid down, untried, while others had promised enough.
    fn stood_back(&self, promised: &Promised) -> bool {
        promised.to_ms < u64::MAX && !promised.tried && !self.part_has_room(promised.part.into(), promised.to_ms)
    }

    /// The times at which people must be free: the slots to come; else the time itself.
    pub fn hours_at(&self, at_ms: u64) -> Vec<u64> {
        let slots = self.parts.iter().filter_map(|part| part.starts_ms).filter(|starts_ms| *starts_ms >= at_ms);
        let slots: Vec<u64> = slots.collect();
        if slots.is_empty() { vec![at_ms] } else { slots }
    }
}
