//! Sync: telling one another what is here, and sending what is lacking. Catch-up and live events are the same thing.
//!
//! Each device is sent, in our order of arrival, the events that it lacks, in frames that can each be verified by
//! themselves. Four frames may be on their way; a device that does not answer gets no more, and no other waits for it.

use std::collections::{BTreeMap, BTreeSet};

use skein_app::EventRow;
use skein_event::{DeviceId, Sealed};
use skein_store::{Kept, LogKey};

use crate::frame::{MAX_CLAIMS, MAX_EVENTS_BYTES, MAX_EVENTS_PER_FRAME};
use crate::peer::{MAX_PEER_CLAIMS, Peer};
use crate::{Claim, Effect, Frame, Node, NodeError};

/// How long to gather before telling the others what came in.
const ANNOUNCE_AFTER_MS: u64 = 250;
/// How many rows are looked at for one device before others get their turn.
const SCAN_ROWS: usize = 20_000;

impl Node {
    /// Our whole frontier, in as many frames as it takes.
    pub(crate) fn send_frontier(&mut self, to: DeviceId, now_ms: u64) {
        let claims: Vec<Claim> = self.store.logs().filter(|log| log.height > log.start).map(claim).collect();
        let mut parts: Vec<Vec<Claim>> = claims.chunks(MAX_CLAIMS).map(<[Claim]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        let count = parts.len();
        for (index, claims) in parts.into_iter().enumerate() {
            let frame = Frame::Have { claims, whole: index == 0, last: index + 1 == count, now_ms };
            self.send(to, &frame);
        }
    }

    /// Takes in what a device says it has.
    pub(crate) fn hear_claims(
        &mut self,
        from: DeviceId,
        claims: Vec<Claim>,
        whole: bool,
        last: bool,
        now_ms: u64,
    ) -> Result<(), NodeError> {
        let Some(peer) = self.peers.get_mut(&from) else { return Ok(()) };
        if whole {
            peer.claims.clear();
            peer.ready = false;
        }
        let began_anew = !peer.ready;
        for claim in &claims {
            peer.claim(claim, began_anew);
        }
        if peer.claims.len() > MAX_PEER_CLAIMS {
            self.hang_up(&from, "it claims to have more histories than a community can have");
            return Ok(());
        }
        if began_anew && !last {
            return Ok(());
        }
        let claims = if began_anew { None } else { Some(claims) };
        self.place_claims(from, claims, now_ms)
    }

    /// Works out what a device has of each of our logs, from all its claims (`None`) or from new ones.
    fn place_claims(&mut self, from: DeviceId, new: Option<Vec<Claim>>, now_ms: u64) -> Result<(), NodeError> {
        let Some(mut peer) = self.peers.remove(&from) else { return Ok(()) };
        let anew = new.is_none();
        if anew {
            peer.have.clear();
        }
        let claims = new.unwrap_or_else(|| {
            peer.claims
                .iter()
                .map(|((author, head), height)| Claim { author: *author, height: *height, head: *head })
                .collect()
        });
        for claim in &claims {
            self.place_claim(&from, &mut peer, claim, now_ms)?;
        }
        if anew {
            peer.ready = true;
            peer.repairing = false;
            peer.cursor = self.cursor_for(&peer.have)?;
        }
        self.peers.insert(from, peer);
        self.check_caught_up(from)
    }

    fn place_claim(&self, from: &DeviceId, peer: &mut Peer, claim: &Claim, now_ms: u64) -> Result<(), NodeError> {
        if let Some(place) = self.store.find(&claim.head)? {
            let (mut log, mut height) = (place.log, place.seq + 1);
            loop {
                raise(&mut peer.have, log, height);
                self.store.tell(from, log, height, now_ms)?;
                let Some((parent, start)) = self.store.log(log).and_then(|log| Some((log.parent?, log.start))) else {
                    return Ok(());
                };
                (log, height) = (parent, start);
            }
        }
        // Its head is not here. If it is further on than we are, it most likely has all that we have; if not, it has
        // gone another way than we did, and gets the whole log, so that it sees the fork.
        let ours: Vec<_> = self.store.logs_of(&claim.author).map(|log| (log.key, log.height)).collect();
        if let [(log, height)] = ours[..]
            && claim.height > height
        {
            raise(&mut peer.have, log, height);
        }
        Ok(())
    }

    /// After a fork was found: works out anew what every device has.
    pub(crate) fn place_claims_anew(&mut self) -> Result<(), NodeError> {
        let ready: Vec<DeviceId> = self.peers.iter().filter(|(_, peer)| peer.ready).map(|(id, _)| *id).collect();
        for device in ready {
            self.place_claims(device, None, 0)?;
        }
        Ok(())
    }

    /// The last row before anything that a device lacks.
    fn cursor_for(&self, have: &BTreeMap<LogKey, u64>) -> Result<EventRow, NodeError> {
        let mut cursor = self.store.last_row()?;
        for log in self.store.logs() {
            let had = have.get(&log.key).copied().unwrap_or(log.start);
            if had < log.height
                && let Some(row) = self.store.first_row_from(log.key, had)?
            {
                cursor = cursor.min(row - 1);
            }
        }
        Ok(cursor)
    }

    /// Says so when all that a device claimed is here.
    pub(crate) fn check_caught_up(&mut self, with: DeviceId) -> Result<(), NodeError> {
        let Some(peer) = self.peers.get(&with) else { return Ok(()) };
        if peer.caught_up || !peer.ready || peer.claims.is_empty() {
            return Ok(());
        }
        for (author, head) in peer.claims.keys() {
            let here = self.store.logs_of(author).any(|log| log.head == *head) || self.store.find(head)?.is_some();
            if !here {
                return Ok(());
            }
        }
        if let Some(peer) = self.peers.get_mut(&with) {
            peer.caught_up = true;
        }
        self.out.push(Effect::CaughtUp { with });
        Ok(())
    }

    /// Sends every device what it lacks, as far as its credit goes.
    pub(crate) fn pump_all(&mut self) -> Result<(), NodeError> {
        let newest = self.store.last_row()?;
        let waiting: Vec<DeviceId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.ready && peer.credit > 0 && peer.cursor < newest)
            .map(|(device, _)| *device)
            .collect();
        for device in waiting {
            self.pump(device, newest)?;
        }
        Ok(())
    }

    fn pump(&mut self, device: DeviceId, newest: EventRow) -> Result<(), NodeError> {
        let Some(mut peer) = self.peers.remove(&device) else { return Ok(()) };
        while peer.credit > 0 && peer.cursor < newest {
            let before = peer.cursor;
            let events = self.next_events(&mut peer)?;
            if !events.is_empty() {
                peer.credit -= 1;
                self.out.push(Effect::Send { to: device, frame: Frame::Events(events).encode() });
            } else if peer.cursor == before {
                break;
            }
        }
        self.peers.insert(device, peer);
        Ok(())
    }

    /// The next events that a device lacks, cut where every log in the frame ends signed.
    fn next_events(&self, peer: &mut Peer) -> Result<Vec<Sealed>, NodeError> {
        let mut frame = FrameInMaking { end: (0, peer.cursor), ..FrameInMaking::default() };
        let have = &peer.have;
        let mut scanned = 0;
        self.store.since(peer.cursor, |kept| {
            scanned += 1;
            let had = have.get(&kept.place.log).copied().unwrap_or(0);
            if kept.place.seq < had {
                frame.skip(kept.place.row);
                return scanned < SCAN_ROWS;
            }
            frame.add(kept) && scanned < SCAN_ROWS
        })?;
        let (events, cursor) = frame.finish(&mut peer.have);
        peer.cursor = cursor;
        Ok(events)
    }

    /// Something is missing below what a device sent: it is told what we have, once until it begins anew.
    pub(crate) fn repair(&mut self, from: DeviceId, now_ms: u64) -> Result<(), NodeError> {
        let Some(peer) = self.peers.get_mut(&from) else { return Ok(()) };
        if peer.repairing {
            return Ok(());
        }
        peer.repairing = true;
        self.send_frontier(from, now_ms);
        Ok(())
    }

    pub(crate) fn announce_soon(&mut self, now_ms: u64) {
        self.announce_at_ms.get_or_insert(now_ms + ANNOUNCE_AFTER_MS);
    }

    /// Tells every connected device what came in since the last time.
    pub(crate) fn announce(&mut self, now_ms: u64) {
        let mut claims = Vec::new();
        for log in self.store.logs().filter(|log| log.height > log.start) {
            if self.announced.insert(log.key, log.height) != Some(log.height) {
                claims.push(claim(log));
            }
        }
        let ready: Vec<DeviceId> = self.peers.iter().filter(|(_, peer)| peer.ready).map(|(id, _)| *id).collect();
        for part in claims.chunks(MAX_CLAIMS) {
            for to in &ready {
                self.send(*to, &Frame::Have { claims: part.to_vec(), whole: false, last: true, now_ms });
            }
        }
    }

    pub(crate) fn send(&mut self, to: DeviceId, frame: &Frame) {
        self.out.push(Effect::Send { to, frame: frame.encode() });
    }
}

fn claim(log: &skein_store::Log) -> Claim {
    Claim { author: log.author, height: log.height, head: log.head }
}

pub(crate) fn raise(have: &mut BTreeMap<LogKey, u64>, log: LogKey, height: u64) {
    let had = have.entry(log).or_default();
    *had = (*had).max(height);
}

/// A frame of events in the making: it may end only where no log is left without a signature.
#[derive(Default)]
struct FrameInMaking {
    events: Vec<Kept>,
    bytes: usize,
    unsigned: BTreeSet<LogKey>,
    /// The last place where the frame may end: how many events, and up to which row.
    end: (usize, EventRow),
}

impl FrameInMaking {
    fn skip(&mut self, row: EventRow) {
        if self.unsigned.is_empty() {
            self.end = (self.events.len(), row);
        }
    }

    /// Adds an event; false when the frame is full and the event was not added.
    fn add(&mut self, kept: Kept) -> bool {
        let bytes = kept.body.len() + kept.payload.as_ref().map_or(0, Vec::len) + 72;
        if self.bytes + bytes > MAX_EVENTS_BYTES || self.events.len() == MAX_EVENTS_PER_FRAME {
            return false;
        }
        self.bytes += bytes;
        if kept.signature.is_some() {
            self.unsigned.remove(&kept.place.log);
        } else {
            self.unsigned.insert(kept.place.log);
        }
        let row = kept.place.row;
        self.events.push(kept);
        if self.unsigned.is_empty() {
            self.end = (self.events.len(), row);
        }
        true
    }

    /// The frame, with a signature at the end of each log only; what is in it counts as had.
    fn finish(mut self, have: &mut BTreeMap<LogKey, u64>) -> (Vec<Sealed>, EventRow) {
        self.events.truncate(self.end.0);
        let mut ended = BTreeSet::new();
        let mut sealed: Vec<Sealed> = Vec::with_capacity(self.events.len());
        for kept in self.events.into_iter().rev() {
            let last_of_log = ended.insert(kept.place.log);
            if last_of_log {
                raise(have, kept.place.log, kept.place.seq + 1);
            }
            let signature = if last_of_log { kept.signature } else { None };
            sealed.push(Sealed { body: kept.body, payload: kept.payload, signature });
        }
        sealed.reverse();
        (sealed, self.end.1)
    }
}
