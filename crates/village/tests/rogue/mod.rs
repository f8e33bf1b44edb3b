//! A hostile member, for the tests.
#![allow(dead_code)] // each test file uses a part of it

use skein_event::{AppName, Body, CommunityId, Event, EventId, ObjectId, PayloadHash, Sealed, SecretKey, Tick};
use skein_node::Frame;
use skein_village::Village;

/// Somebody who signs whatever they like, with a member's real keys.
pub struct Rogue {
    pub key: SecretKey,
    pub community: CommunityId,
    pub seq: u64,
    pub prev: EventId,
    pub tick: Tick,
}

impl Rogue {
    /// House `n` goes rogue: its own log as it stands, in the attacker's hands.
    pub fn of(village: &Village, n: usize) -> Self {
        let house = &village.houses[n];
        let device = house.device();
        let node = village.houses[0].node().expect("up");
        let log = node.store().logs_of(&device).next().expect("it has joined").clone();
        let key = house.keys.device.clone();
        Self { key, community: village.community, seq: log.height, prev: log.head, tick: log.tick }
    }

    /// A body that fits at the end of its log, about nothing in particular.
    pub fn body(&self, payload: &[u8]) -> Body {
        Body {
            community: self.community,
            author: self.key.device(),
            seq: self.seq,
            prev: self.prev,
            deps: Vec::new(),
            tick: Tick::from_raw(self.tick.raw() + 1),
            app: AppName::new("people").expect("proper"),
            object: ObjectId::from_bytes([5; 32]),
            payload: PayloadHash::of(payload),
            payload_len: payload.len() as u32,
        }
    }

    /// "I am called X from now on", signed as it should be.
    pub fn named(name: &str) -> Vec<u8> {
        [&[5, name.len() as u8], name.as_bytes()].concat()
    }

    /// Says something in an app, at the end of its log.
    pub fn say(&mut self, app: &str, object: ObjectId, payload: Vec<u8>) -> (EventId, Sealed) {
        let body = Body { app: AppName::new(app).expect("proper"), object, ..self.body(&payload) };
        self.tick = body.tick;
        let (id, sealed) = self.seal(body, payload);
        (self.seq, self.prev) = (self.seq + 1, id);
        (id, sealed)
    }

    /// Signs it, and wraps it up to be sent.
    pub fn seal(&self, body: Body, payload: Vec<u8>) -> (EventId, Sealed) {
        let (event, signature) = Event::sign(body, payload.clone(), &self.key).expect("fits");
        (event.id, Sealed { body: event.bytes, payload: Some(payload), signature: Some(signature) })
    }
}

/// A frame of events.
pub fn events(sealed: Vec<Sealed>) -> Vec<u8> {
    Frame::Events(sealed).encode()
}
