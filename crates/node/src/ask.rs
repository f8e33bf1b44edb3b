//! What a person asks for becomes an event: decide, sign, append, fold.

use std::collections::BTreeMap;

use serde_json::Value;
use skein_app::{Act, Job, Kind, MAX_NOTE_BYTES, MAX_NOTE_KEY_BYTES, Me, Refusal, View};
use skein_event::{AppName, Body, CommunityId, DeviceId, Event, EventId, MemberId, ObjectId, PayloadHash, Tick};
use skein_store::Place;

use crate::fold::Fresh;
use crate::{Answer, HELD_AHEAD_MS, Node, NodeError};

/// After how many own events the store is told what lies in their past.
const REMEMBER_PAST_EVERY: u32 = 64;

/// The end of a log, or of a part of it: its tick, the log, its height, its last event.
type Head = (Tick, i64, u64, EventId);

impl Node {
    /// Who asks, on which device, when.
    pub(crate) fn me(&self, now_ms: u64) -> Me {
        Me { community: self.community, device: self.device(), member: self.member(), now_ms, keeper: self.keeper }
    }

    pub(crate) fn ask(&mut self, ticket: u64, app: &str, command: Value, now_ms: u64) -> Result<(), NodeError> {
        let result = match self.decide(app, command, now_ms) {
            Err(refusal) => Err(refusal),
            Ok(Act::Do(Job::Note { key, value })) => self.remember(app, key, value, now_ms)?,
            Ok(Act::Do(job)) => Ok(Answer::Do(job)),
            Ok(Act::Say(draft)) => self.say(app, draft.object, draft.event, now_ms)?,
        };
        self.answer(ticket, result);
        Ok(())
    }

    /// Nothing of it leaves this device.
    fn remember(
        &self,
        app: &str,
        key: String,
        value: Option<String>,
        now_ms: u64,
    ) -> Result<Result<Answer, Refusal>, NodeError> {
        if key.len() > MAX_NOTE_KEY_BYTES || value.as_ref().is_some_and(|value| value.len() > MAX_NOTE_BYTES) {
            return Ok(Err(Refusal::new(Kind::Limit, "this is too long to be remembered")));
        }
        self.store.set_aside(app, &key, value.as_deref(), now_ms)?;
        Ok(Ok(Answer::Do(Job::Note { key, value })))
    }

    fn decide(&self, app: &str, command: Value, now_ms: u64) -> Result<Act<Vec<u8>>, Refusal> {
        let app = self.rules.app(app).ok_or_else(|| {
            Refusal::new(Kind::NotFound, format!("there is no app called \"{app}\"")).hint("See `skein help`.")
        })?;
        let height = self.own_log().map(|log| log.height).ok_or_else(|| {
            Refusal::new(Kind::Denied, "you have not joined this community yet")
                .hint("Joining ends when another member can be reached.")
        })?;
        self.may_write(now_ms)?;
        let fresh = ObjectId::created_by(&self.community, &self.device(), height);
        let ids = self.ids();
        app.decide(&self.me(self.speaks_at(now_ms)), fresh, command, &View::of_all(self.store.connection(), &ids))
    }

    /// When what is said now counts as said: not before what it follows, even if this device's clock was set back.
    /// Otherwise a date could be found good here that has passed when the event is judged by its tick.
    fn speaks_at(&self, now_ms: u64) -> u64 {
        let ahead = Tick::at_ms(now_ms + HELD_AHEAD_MS);
        let own = self.own_log().map_or(Tick::ZERO, |log| log.tick);
        let others = self.store.logs().map(|log| log.tick).filter(|tick| *tick <= ahead).max().unwrap_or_default();
        own.max(others).ms().max(now_ms)
    }

    fn may_write(&self, now_ms: u64) -> Result<(), Refusal> {
        let device = self.device();
        // It would be dated so far ahead that nobody shows it before that time has come.
        if self.own_log().is_some_and(|log| log.tick > Tick::at_ms(now_ms + HELD_AHEAD_MS)) {
            return Err(Refusal::new(
                Kind::Conflict,
                "this device has written at a later time than its clock shows now",
            )
            .hint("Set the clock right. If it was wrong before and is right now, run `skein device renew`."));
        }
        if self.store.logs_of(&device).count() > 1 {
            return Err(Refusal::new(
                Kind::Conflict,
                "two copies of this device have written: probably its files were put back from an older copy",
            )
            .hint("Run `skein device renew`: you stay the same person, with a fresh device."));
        }
        match self.standing.get(&device).map(|device| device.cut) {
            Some(Some(_)) => Err(Refusal::new(Kind::Denied, "you no longer belong to this community")
                .hint("You can still read and export what is here: `skein export`.")),
            _ => Ok(()),
        }
    }

    /// Writes this device's first event.
    pub(crate) fn introduce(&mut self, ticket: u64, payload: Vec<u8>, now_ms: u64) -> Result<(), NodeError> {
        let result = if self.own_log().is_some() {
            Err(Refusal::new(Kind::Conflict, "this device already belongs here"))
        } else {
            let app = self.rules.roster.app();
            self.introduce_as(app, payload, now_ms)?
        };
        self.answer(ticket, result);
        Ok(())
    }

    fn introduce_as(&mut self, app: &str, payload: Vec<u8>, now_ms: u64) -> Result<Result<Answer, Refusal>, NodeError> {
        let device = self.device();
        let founding = self.store.logs().next().is_none();
        let intro = {
            let kept = |id: &EventId| self.payload_of(id);
            self.rules.roster.introduces(&self.community, &device, &payload, founding, &kept)
        };
        let member = match intro {
            Ok(intro) if intro.member == self.member() => intro.member,
            Ok(_) => return Ok(Err(Refusal::new(Kind::Denied, "this introduces somebody else"))),
            Err(why) => return Ok(Err(Refusal::new(Kind::Denied, why))),
        };
        self.store.add_log(device, member, None)?;
        let object = self.home_object(founding)?;
        self.say(app, object, payload, now_ms)
    }

    /// The object that is the community itself: what its founding event created. That event is always the first to arrive.
    fn home_object(&self, founding: bool) -> Result<ObjectId, NodeError> {
        if founding {
            return Ok(ObjectId::created_by(&CommunityId::ZERO, &self.device(), 0));
        }
        let first = self.store.row(1)?.map_or(0, |kept| kept.object);
        Ok(skein_app::Ids::object_id(&self.ids(), first)?)
    }

    /// The bytes of a founding event's body, for the community's id. Pure: the same inputs give the same community.
    pub fn founding_body(device: DeviceId, app: AppName, payload: &[u8], now_ms: u64) -> Body {
        Body {
            community: CommunityId::ZERO,
            author: device,
            seq: 0,
            prev: EventId::ZERO,
            deps: Vec::new(),
            tick: Tick::next(now_ms, Tick::ZERO),
            app,
            object: ObjectId::created_by(&CommunityId::ZERO, &device, 0),
            payload: PayloadHash::of(payload),
            payload_len: payload.len() as u32,
        }
    }

    /// The id of the community that this device would found now with this payload.
    pub fn founds(device: DeviceId, app: AppName, payload: &[u8], now_ms: u64) -> CommunityId {
        CommunityId::of_founding(&Self::founding_body(device, app, payload, now_ms).encode())
    }

    fn say(
        &mut self,
        app: &str,
        object: ObjectId,
        payload: Vec<u8>,
        now_ms: u64,
    ) -> Result<Result<Answer, Refusal>, NodeError> {
        let Some(name) = AppName::new(app) else {
            return Ok(Err(Refusal::new(Kind::Failed, format!("\"{app}\" is no proper name for an app"))));
        };
        let follows = self.rules.app(app).map(|app| app.follows(&payload)).unwrap_or_default();
        let (log, body, deps) = self.next_body(name, object, &payload, &follows, now_ms)?;
        let (event, signature) = match Event::sign(body, payload, &self.keys.device) {
            Ok(signed) => signed,
            Err(forged) => {
                return Ok(Err(Refusal::new(Kind::Limit, format!("this is too long to send: {forged}"))
                    .hint("Send it as a file, or in parts.")));
            }
        };
        let (place, object_row) = self.store.append(log, &event, Some(&signature), &deps)?;
        self.own_past.insert(log, place.seq + 1);
        self.remember_past(log)?;
        let (id, object) = (event.id, event.body.object);
        self.fold_fresh(vec![Fresh { place, object: object_row, event }], now_ms)?;
        self.announce_soon(now_ms);
        Ok(Ok(Answer::Said { event: id, object }))
    }

    fn next_body(
        &mut self,
        app: AppName,
        object: ObjectId,
        payload: &[u8],
        follows: &[EventId],
        now_ms: u64,
    ) -> Result<(i64, Body, Vec<Place>), NodeError> {
        let own = self.own_log().cloned().expect("callers have made sure that this device has a log");
        if own.height == 0 && self.store.logs().count() == 1 {
            let body = Self::founding_body(own.author, app, payload, now_ms);
            return Ok((own.key, body, Vec::new()));
        }
        let (ids, places) = self.choose_deps(own.key, follows, now_ms)?;
        let floor = places.iter().map(|place| place.tick).max().unwrap_or_default().max(own.tick);
        let body = Body {
            community: self.community,
            author: own.author,
            seq: own.height,
            prev: own.head,
            deps: ids,
            tick: Tick::next(now_ms, floor),
            app,
            object,
            payload: PayloadHash::ZERO,
            payload_len: 0,
        };
        Ok((own.key, body, places))
    }

    /// What the event must follow, and the heads of other logs that no earlier dep covers, the newest first, at most
    /// `MAX_DEPS`; what is left out is covered by a later event. Left out for good: the heads of forked logs, and those
    /// from this clock's future, which would drag our own ticks along.
    fn choose_deps(
        &mut self,
        own: i64,
        follows: &[EventId],
        now_ms: u64,
    ) -> Result<(Vec<EventId>, Vec<Place>), NodeError> {
        let ahead = Tick::at_ms(now_ms + HELD_AHEAD_MS);
        let must = self.newest_of_each_log(own, follows, ahead)?;
        let mut heads: Vec<Head> = self
            .store
            .logs()
            .filter(|log| log.key != own && log.height > log.start && log.tick <= ahead)
            .filter(|log| self.own_past.get(&log.key).is_none_or(|height| *height < log.height))
            .filter(|log| self.store.logs_of(&log.author).count() == 1)
            .map(|log| (log.tick, log.key, log.height, log.head))
            .collect();
        heads.sort_unstable_by(|a, b| b.cmp(a));
        let (mut ids, mut places) = (Vec::new(), Vec::new());
        let room = skein_event::MAX_DEPS - must.len();
        let limits = std::iter::repeat_n(room, heads.len()).chain(std::iter::repeat(skein_event::MAX_DEPS));
        for ((tick, log, height, id), limit) in heads.into_iter().chain(must).zip(limits) {
            let covered = self.own_past.get(&log).is_some_and(|have| *have >= height);
            if covered || ids.len() == limit {
                continue;
            }
            self.store.cover(&mut self.own_past, log, height)?;
            ids.push(id);
            places.push(Place { row: 0, log, seq: height - 1, tick });
        }
        Ok((ids, places))
    }

    /// Of the events that must be followed: the newest of each log, its height included; at most `MAX_DEPS`.
    fn newest_of_each_log(&self, own: i64, ids: &[EventId], until: Tick) -> Result<Vec<Head>, NodeError> {
        let mut newest = BTreeMap::new();
        for id in ids {
            let Some(place) = self.store.find(id)? else { continue };
            let followed = self.own_past.get(&place.log).is_some_and(|height| *height > place.seq);
            if place.log != own && !followed && place.tick <= until {
                let head = (place.tick, place.log, place.seq + 1, *id);
                newest.entry(place.log).and_modify(|known: &mut Head| *known = head.max(*known)).or_insert(head);
            }
        }
        Ok(newest.into_values().take(skein_event::MAX_DEPS).collect())
    }

    fn remember_past(&mut self, log: i64) -> Result<(), NodeError> {
        self.own_past_age += 1;
        if self.own_past_age >= REMEMBER_PAST_EVERY {
            self.own_past_age = 0;
            self.own_past = self.store.past_of_remembered(log)?;
        }
        Ok(())
    }

    pub(crate) fn payload_of(&self, id: &EventId) -> Option<Vec<u8>> {
        let place = self.store.find(id).ok().flatten()?;
        self.store.row(place.row).ok().flatten()?.payload
    }

    /// The member of a device, by the first event of its log.
    pub(crate) fn member_of(&self, device: &DeviceId) -> Option<MemberId> {
        self.store.logs_of(device).next().map(|log| log.member)
    }
}
