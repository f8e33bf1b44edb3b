//! The fold: events become rows by the apps' rules, the same on every node.
//!
//! What is folded late, out of order, or judged anew (a removal, a fork, an erased payload) makes the node forget the
//! object's rows and fold its events again by (tick, id).

use std::collections::{BTreeMap, BTreeSet};

use skein_app::{Device, DynApp, EventRow, Meta, ObjectRow, Order, Verdict, View};
use skein_event::{Event, EventId, Tick};
use skein_store::{Durability, Kept, Place, State};

use crate::{Effect, HELD_AHEAD_MS, Node, NodeError};

/// While all views are made again, how many events are folded in one transaction.
const REBUILD_CHUNK: usize = 20_000;
/// How many events whose time has come are folded in one call.
const DUE_CHUNK: usize = 4_096;

/// An event that has just been appended.
pub(crate) struct Fresh {
    pub place: Place,
    pub object: ObjectRow,
    pub event: Event,
}

impl Node {
    /// Folds what was just appended.
    pub(crate) fn fold_fresh(&mut self, mut fresh: Vec<Fresh>, now_ms: u64) -> Result<(), NodeError> {
        fresh.sort_by_key(|fresh| (fresh.event.body.tick, fresh.event.id));
        let mut late = BTreeSet::new();
        for fresh in &fresh {
            let erased = self.erase_for(fresh)?;
            let counts = self.fold_one_fresh(fresh, now_ms, &mut late)?;
            if erased && !counts {
                late.insert(fresh.object);
            }
        }
        for object in late {
            self.refold(object, now_ms)?;
        }
        self.judge_new_forks(now_ms)?;
        self.refresh_standing(now_ms)
    }

    /// Gives whether it counts; what is left for later, in `late`, does not count yet.
    fn fold_one_fresh(
        &mut self,
        fresh: &Fresh,
        now_ms: u64,
        late: &mut BTreeSet<ObjectRow>,
    ) -> Result<bool, NodeError> {
        let Some(app) = self.rules.app(fresh.event.body.app.as_str()) else {
            self.store.set_state(fresh.place.row, State::Unknown)?;
            return Ok(false);
        };
        let meta = self.meta(&fresh.event, &fresh.place);
        if let Some(state) = self.may_not_count(app, &meta, now_ms) {
            if state == State::Waits {
                self.report_clock(&meta, now_ms)?;
            }
            self.store.set_state(fresh.place.row, state)?;
            return Ok(false);
        }
        if app.order() == Order::Tick {
            let (_, last) = self.store.object_state(fresh.object)?;
            let tick = meta.tick.raw() as i64;
            if tick <= last {
                late.insert(fresh.object);
                return Ok(false);
            }
            self.store.set_object_last(fresh.object, tick)?;
        }
        let state = self.fold_event(app, fresh.event.payload.bytes(), &meta, fresh.object)?;
        if state != State::Folded {
            self.store.set_state(fresh.place.row, state)?;
        }
        Ok(state == State::Folded)
    }

    /// Whether an event must not be folded (yet), by what is not the app's business.
    fn may_not_count(&self, app: &dyn DynApp, meta: &Meta, now_ms: u64) -> Option<State> {
        if meta.tick.ms() > now_ms.saturating_add(HELD_AHEAD_MS) {
            return Some(State::Waits);
        }
        let judged_by_roster = app.name() == self.rules.roster.app();
        let cut = self.standing.get(&meta.author).and_then(|device| device.cut);
        if !judged_by_roster && cut.is_some_and(|cut| meta.seq >= cut) { Some(State::Void) } else { None }
    }

    fn fold_event(
        &mut self,
        app: &dyn DynApp,
        payload: Option<&[u8]>,
        meta: &Meta,
        object: ObjectRow,
    ) -> Result<State, NodeError> {
        let folded = {
            let ids = self.ids();
            let view = View::of_object(self.store.connection(), &ids, object);
            app.fold(payload, meta, &view)?
        };
        let Some(folded) = folded else { return Ok(State::Unknown) };
        if folded.verdict != Verdict::Accept {
            return Ok(State::Rejected);
        }
        if let Some(line) = &folded.line {
            self.store.put_line(meta, object, line)?;
        }
        self.touched.insert(object);
        Ok(State::Folded)
    }

    /// Erases the payloads that an event asks to erase: those of the same member and object, whether or not it counts.
    /// What erases is not erased itself: what it said must be known wherever what it erased is gone. Gives whether a
    /// payload is gone that was here.
    fn erase_for(&mut self, fresh: &Fresh) -> Result<bool, NodeError> {
        let Some(app) = self.rules.app(fresh.event.body.app.as_str()) else { return Ok(false) };
        let Some(payload) = fresh.event.payload.bytes() else { return Ok(false) };
        let mut erased = false;
        for id in app.erases(payload) {
            let Some(place) = self.store.find(&id)? else { continue };
            let Some(kept) = self.store.row(place.row)? else { continue };
            let same_member = self.store.log(place.log).map(|log| log.member)
                == self.store.log(fresh.place.log).map(|log| log.member);
            let erases = kept.payload.is_some_and(|payload| !app.erases(&payload).is_empty());
            if same_member && kept.object == fresh.object && !erases {
                erased |= self.store.erase(place.row)?;
            }
        }
        Ok(erased)
    }

    /// Forgets an object's rows and folds its events again, by (tick, id).
    pub(crate) fn refold(&mut self, object: ObjectRow, now_ms: u64) -> Result<(), NodeError> {
        let (name, _) = self.store.object_state(object)?;
        let Some(app) = self.rules.app(&name) else { return Ok(()) };
        self.store.clear_object(app.tables(), object)?;
        self.touched.insert(object);
        let mut last = Tick::ZERO;
        for kept in self.store.of_object(object)? {
            if let Some(meta) = self.fold_kept(app, &kept, now_ms)? {
                last = last.max(meta.tick);
            }
        }
        if app.order() == Order::Tick {
            self.store.set_object_last(object, last.raw() as i64)?;
        }
        Ok(())
    }

    fn fold_kept(&mut self, app: &dyn DynApp, kept: &Kept, now_ms: u64) -> Result<Option<Meta>, NodeError> {
        let Ok(event) = Event::open(kept.body.clone(), kept.payload.clone()) else { return Ok(None) };
        let meta = self.meta(&event, &kept.place);
        let state = match self.may_not_count(app, &meta, now_ms) {
            Some(state) => state,
            None => self.fold_event(app, event.payload.bytes(), &meta, kept.object)?,
        };
        if state != kept.state {
            self.store.set_state(kept.place.row, state)?;
        }
        Ok((state != State::Waits).then_some(meta))
    }

    /// Folds the events whose time has come. Gives whether there may be more.
    pub(crate) fn fold_due(&mut self, now_ms: u64) -> Result<bool, NodeError> {
        let until = Tick::at_ms(now_ms.saturating_add(HELD_AHEAD_MS));
        let due = self.store.due(until, DUE_CHUNK)?;
        let more = due.len() == DUE_CHUNK;
        let objects: BTreeSet<ObjectRow> = due.iter().map(|kept| kept.object).collect();
        for object in objects {
            self.refold(object, now_ms)?;
        }
        self.refresh_standing(now_ms)?;
        Ok(more)
    }

    fn meta(&self, event: &Event, place: &Place) -> Meta {
        let author = event.body.author;
        let logs = || self.store.logs_of(&author);
        let fork = if logs().nth(1).is_some() { logs().skip(1).map(|log| log.start).min() } else { None };
        Meta {
            event: event.id,
            row: place.row,
            community: self.community,
            author,
            member: logs().next().map_or(skein_event::MemberId::ZERO, |log| log.member),
            seq: place.seq,
            tick: place.tick,
            object: event.body.object,
            forked: fork.is_some_and(|start| place.seq >= start),
        }
    }

    pub(crate) fn load_standing(&mut self) -> Result<(), NodeError> {
        let ids = self.ids();
        let view = View::of_all(self.store.connection(), &ids);
        let standing = self.rules.roster.standing(&view)?;
        let gone = standing.iter().filter(|device| device.cut.is_some()).map(|device| device.device);
        self.store.set_gone(gone)?;
        self.standing = standing.into_iter().map(|device| (device.device, device)).collect();
        Ok(())
    }

    /// After the roster's rows changed: judges anew the events of devices that stand differently now.
    pub(crate) fn refresh_standing(&mut self, now_ms: u64) -> Result<(), NodeError> {
        if !self.roster_touched()? {
            return Ok(());
        }
        let before = std::mem::take(&mut self.standing);
        self.load_standing()?;
        if before == self.standing {
            return Ok(());
        }
        for object in self.objects_judged_anew(&before)? {
            self.refold(object, now_ms)?;
        }
        self.out.push(Effect::StandingChanged);
        self.greet_and_dismiss();
        Ok(())
    }

    fn roster_touched(&self) -> Result<bool, NodeError> {
        for object in &self.touched {
            if self.store.object_state(*object)?.0 == self.rules.roster.app() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn objects_judged_anew(
        &self,
        before: &BTreeMap<skein_event::DeviceId, Device>,
    ) -> Result<BTreeSet<ObjectRow>, NodeError> {
        let mut objects = BTreeSet::new();
        for (id, device) in &self.standing {
            let old = before.get(id).and_then(|device| device.cut);
            if old == device.cut {
                continue;
            }
            let from = old.into_iter().chain(device.cut).min().unwrap_or(0);
            for log in self.store.logs_of(id) {
                objects.extend(self.store.objects_from(log.key, from)?);
            }
        }
        objects.retain(|object| self.store.object_state(*object).is_ok_and(|(app, _)| app != self.rules.roster.app()));
        Ok(objects)
    }

    /// At opening: makes the tables of apps whose schema is not the one they were folded by.
    pub(crate) fn remake_views(&mut self) -> Result<(), NodeError> {
        let mut stale = Vec::new();
        for app in self.rules.apps {
            let name = format!("schema:{}", app.name());
            if self.store.setting(&name)?.as_deref() != Some(app.schema().as_bytes()) {
                stale.push((*app, name));
            }
        }
        if stale.is_empty() {
            return Ok(());
        }
        if self.store.last_row()? > 0 {
            return self.rebuild();
        }
        for (app, name) in stale {
            self.store.make_tables(app.tables(), app.schema())?;
            self.store.set(&name, app.schema().as_bytes())?;
        }
        Ok(())
    }

    /// Makes all views again from the log, between two calls of [`Node::handle`].
    ///
    /// # Errors
    /// If the store fails.
    pub fn rebuild_now(&mut self) -> Result<(), NodeError> {
        self.store.begin(Durability::Fetched)?;
        self.rebuild()?;
        Ok(self.store.commit()?)
    }

    /// Makes all views again from the log. Called inside a transaction, which it ends and begins anew along the way; a
    /// crash in between makes it start over at the next opening.
    pub(crate) fn rebuild(&mut self) -> Result<(), NodeError> {
        for app in self.rules.apps {
            self.store.set(&format!("schema:{}", app.name()), b"")?;
            self.store.make_tables(app.tables(), app.schema())?;
        }
        self.store.clear_all_lines()?;
        let late = self.rebuild_in_order_of_arrival()?;
        for object in late {
            self.refold(object, u64::MAX >> 16)?;
        }
        self.load_standing()?;
        for object in self.objects_judged_anew(&BTreeMap::new())? {
            self.refold(object, u64::MAX >> 16)?;
        }
        for app in self.rules.apps {
            self.store.set(&format!("schema:{}", app.name()), app.schema().as_bytes())?;
        }
        self.touched.clear();
        self.store.commit()?;
        Ok(self.store.begin(Durability::Fetched)?)
    }

    /// Folds the objects of apps with `Order::Any` as their events arrived; gives the objects of the others.
    fn rebuild_in_order_of_arrival(&mut self) -> Result<BTreeSet<ObjectRow>, NodeError> {
        let mut late = BTreeSet::new();
        let mut cursor: EventRow = 0;
        loop {
            let mut chunk = Vec::with_capacity(REBUILD_CHUNK);
            self.store.since(cursor, |kept| {
                chunk.push(kept);
                chunk.len() < REBUILD_CHUNK
            })?;
            let Some(last) = chunk.last() else { return Ok(late) };
            cursor = last.place.row;
            for kept in chunk {
                self.rebuild_one(&kept, &mut late)?;
            }
            self.touched.clear();
            self.store.commit()?;
            self.store.begin(Durability::Fetched)?;
        }
    }

    fn rebuild_one(&mut self, kept: &Kept, late: &mut BTreeSet<ObjectRow>) -> Result<(), NodeError> {
        let Ok(body) = skein_event::Body::decode(&kept.body) else { return Ok(()) };
        match self.rules.app(body.app.as_str()) {
            None => Ok(self.store.set_state(kept.place.row, State::Unknown)?),
            Some(_) if kept.state == State::Waits => Ok(()),
            Some(app) if app.order() == Order::Tick => {
                late.insert(kept.object);
                Ok(())
            }
            Some(app) => self.fold_kept(app, kept, u64::MAX >> 16).map(|_| ()),
        }
    }

    fn report_clock(&mut self, meta: &Meta, now_ms: u64) -> Result<(), NodeError> {
        let ahead_hours = (meta.tick.ms() - now_ms) / 3_600_000;
        let message = format!(
            "What this device wrote is dated about {ahead_hours} hours ahead of this computer's clock. \
             It is kept and shows when its time comes. One of the two clocks is wrong."
        );
        self.report(now_ms, &meta.author, "clock", &message)
    }

    /// The id of the event in this row; for tests and dumps.
    ///
    /// # Errors
    /// If the store fails or there is no such event.
    pub fn event_id(&self, row: EventRow) -> Result<EventId, NodeError> {
        Ok(skein_app::Ids::event_id(&self.ids(), row)?)
    }
}
