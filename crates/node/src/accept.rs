//! Events that came from others: judged one by one, appended, and folded as one batch.
//!
//! A batch is taken whole or not at all. Whether an event is *kept* rests only on what can never change (its bytes and
//! what lies in its past), so that all nodes keep the same. Whether it *counts* is for the fold.

use std::collections::{BTreeMap, BTreeSet};

use skein_event::{Body, CommunityId, DeviceId, Event, EventId, Payload, Sealed, Signature};
use skein_store::{LogKey, Place};

use crate::fold::Fresh;
use crate::{Node, NodeError};

/// Signatures that a batch may carry beyond one for each author: for the branches of forked logs.
const SPARE_SIGNATURES: usize = 16;

/// Why a batch was not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Something below it is missing: tell the sender what we have.
    Gap,
    /// It cannot be: in people's words.
    Bad(String),
    /// The store failed.
    Store(NodeError),
}

impl<E: Into<NodeError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

fn bad<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Bad(why.into()))
}

/// What a batch came to: the events that were new, and the places of those that were known.
type Taken = (Vec<Fresh>, Vec<(LogKey, u64)>);

/// A log that a batch has touched.
struct Touched {
    head: EventId,
    signed: bool,
}

impl Node {
    /// Takes a batch of events. Gives those that were new, and the places of those that were known.
    pub(crate) fn accept(&mut self, sealed: Vec<Sealed>, now_ms: u64) -> Result<Taken, Refused> {
        let mut fresh = Vec::with_capacity(sealed.len());
        let mut touched: BTreeMap<LogKey, Touched> = BTreeMap::new();
        let mut known = Vec::new();
        check_signature_count(&sealed)?;
        for sealed in sealed {
            let event = Event::open(sealed.body, sealed.payload).map_err(|forged| Refused::Bad(forged.to_string()))?;
            self.check_alone(&event)?;
            if let Some(log) = self.log_that_keeps(&event)? {
                known.push((log, event.body.seq));
                continue;
            }
            let signature = proven(&event, sealed.signature)?;
            let log = self.log_for(&event, now_ms)?;
            let deps = self.deps_of(&event)?;
            self.check_tick(log, &event, &deps)?;
            let (place, object) = self.store.append(log, &event, signature.as_ref(), &deps)?;
            touched.insert(log, Touched { head: event.id, signed: signature.is_some() });
            fresh.push(Fresh { place, object, event });
        }
        for (log, touched) in touched {
            let is_head = self.store.log(log).is_some_and(|log| log.head == touched.head);
            if !touched.signed || !is_head {
                return bad("the signature is missing at the end of a log");
            }
        }
        Ok((fresh, known))
    }

    /// What can be said of an event without looking at any other.
    fn check_alone(&self, event: &Event) -> Result<(), Refused> {
        let Body { community, seq, prev, app, .. } = &event.body;
        let founding = *community == CommunityId::ZERO;
        if founding && (*seq != 0 || CommunityId::of_founding(&event.bytes) != self.community) {
            return bad("it founds another community");
        }
        if !founding && *community != self.community {
            return bad("it belongs to another community");
        }
        if (*seq == 0) != (*prev == EventId::ZERO) {
            return bad("it does not say what it follows");
        }
        if *seq == 0 && app.as_str() != self.rules.roster.app() {
            return bad("its author does not introduce themself");
        }
        Ok(())
    }

    fn log_that_keeps(&self, event: &Event) -> Result<Option<LogKey>, Refused> {
        for log in self.store.logs_of(&event.body.author) {
            let within = event.body.seq >= log.start && event.body.seq < log.height;
            if within && (log.head == event.id || self.id_at(log.key, event.body.seq)? == Some(event.id)) {
                return Ok(Some(log.key));
            }
        }
        Ok(None)
    }

    pub(crate) fn id_at(&self, log: LogKey, seq: u64) -> Result<Option<EventId>, NodeError> {
        Ok(self.store.at(log, seq)?.map(|kept| EventId::of_body(&kept.body)))
    }

    /// The log whose end this event belongs to; a new one for a newcomer, a branch for a fork.
    fn log_for(&mut self, event: &Event, now_ms: u64) -> Result<LogKey, Refused> {
        let Body { author, seq, prev, .. } = &event.body;
        let tip = self.store.logs_of(author).find(|log| log.height == *seq && log.head == *prev);
        if let Some(log) = tip {
            return Ok(log.key);
        }
        if self.store.logs_of(author).next().is_none() {
            let first = self.store.logs().next().is_none();
            if first && event.body.community != CommunityId::ZERO {
                return Err(Refused::Gap);
            }
            return if *seq == 0 { self.newcomer(event) } else { Err(Refused::Gap) };
        }
        self.branch_for(event, now_ms)
    }

    /// Makes the log of a device that has not written here before, if its first event introduces it.
    fn newcomer(&mut self, event: &Event) -> Result<LogKey, Refused> {
        let Payload::Here(payload) = &event.payload else {
            return bad("its author's introduction is missing");
        };
        let founding = event.body.community == CommunityId::ZERO;
        let author = event.body.author;
        let intro = {
            let kept = |id: &EventId| self.payload_of(id);
            self.rules.roster.introduces(&self.community, &author, payload, founding, &kept)
        };
        let intro = match intro {
            Ok(intro) => intro,
            Err(why) => return bad(why),
        };
        if let Some(id) = intro.rests_on
            && self.store.find(&id)?.is_none()
        {
            return Err(Refused::Gap);
        }
        if intro.further_device && !self.store.logs().any(|log| log.member == intro.member) {
            return Err(Refused::Gap);
        }
        Ok(self.store.add_log(author, intro.member, None)?)
    }

    fn deps_of(&self, event: &Event) -> Result<Vec<Place>, Refused> {
        let mut places = Vec::with_capacity(event.body.deps.len());
        for dep in &event.body.deps {
            let Some(place) = self.store.find(dep)? else { return Err(Refused::Gap) };
            let own = self.store.log(place.log).is_some_and(|log| log.author == event.body.author);
            if own {
                return bad("it names its own log as another's");
            }
            places.push(place);
        }
        Ok(places)
    }

    fn check_tick(&self, log: LogKey, event: &Event, deps: &[Place]) -> Result<(), Refused> {
        let floor = self.store.log(log).map(|log| log.tick).unwrap_or_default();
        let above = deps.iter().all(|dep| dep.tick < event.body.tick) && floor < event.body.tick;
        if above { Ok(()) } else { bad("its time is before that of something it follows") }
    }

    /// Says what a refused batch means, to the sender and to the person.
    pub(crate) fn refuse_batch(&mut self, from: DeviceId, refused: Refused, now_ms: u64) -> Result<(), NodeError> {
        match refused {
            Refused::Store(error) => Err(error),
            Refused::Gap => self.repair(from, now_ms),
            Refused::Bad(why) => {
                let message =
                    format!("This device sent something that cannot be right: {why}. Nothing of it was taken.");
                self.report(now_ms, &from, "refused", &message)?;
                self.hang_up(&from, &why);
                Ok(())
            }
        }
    }
}

/// A batch needs one signature for each log in it; more would only cost time.
fn check_signature_count(sealed: &[Sealed]) -> Result<(), Refused> {
    let logs: BTreeSet<_> = sealed.iter().filter_map(|sealed| sealed.body.get(..65)).collect();
    let signatures = sealed.iter().filter(|sealed| sealed.signature.is_some()).count();
    if signatures <= logs.len() + SPARE_SIGNATURES { Ok(()) } else { bad("more signatures than a batch needs") }
}

/// A signature that came with an event is looked at before it is kept: strictly, and once.
fn proven(event: &Event, signature: Option<Signature>) -> Result<Option<Signature>, Refused> {
    match signature {
        Some(signature) if !signature.signs(&event.body.author, &event.id) => bad("the signature is not the author's"),
        other => Ok(other),
    }
}
