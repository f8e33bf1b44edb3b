//! What comes from connected devices, and what concerns the connection itself.

use skein_event::{DeviceId, EventId, MemberId, ObjectId, Payload, PayloadHash, Sealed, Tick};

use crate::frame::MAX_ITEMS;
use crate::peer::Peer;
use crate::presence::Presence;
use crate::sync::raise;
use crate::{Effect, Frame, HELD_AHEAD_MS, MAX_EVENTS_BYTES, Node, NodeError};

/// Frames in a row that bring nothing new before a device is taken for a flood.
const MAX_IDLE_FRAMES: u32 = 2_000;

impl Node {
    pub(crate) fn peer_up(&mut self, device: DeviceId, guest: bool, now_ms: u64) -> Result<(), NodeError> {
        if device == self.device() {
            return Ok(());
        }
        self.peers.insert(device, Peer::new(guest && !self.is_member(&device)));
        self.store.heard(&device, now_ms)?;
        self.send_frontier(device, now_ms);
        self.send_presences(device)?;
        self.send_marks(device)
    }

    pub(crate) fn peer_down(&mut self, device: &DeviceId, now_ms: u64) -> Result<(), NodeError> {
        if self.peers.remove(device).is_some() {
            self.store.heard(device, now_ms)?;
        }
        Ok(())
    }

    pub(crate) fn frame(&mut self, from: DeviceId, bytes: &[u8], now_ms: u64) -> Result<(), NodeError> {
        let Some(peer) = self.peers.get_mut(&from) else { return Ok(()) };
        peer.idle_frames += 1;
        if peer.idle_frames > MAX_IDLE_FRAMES {
            let message = "This device sent thousands of messages that said nothing new. The connection was ended.";
            self.report(now_ms, &from, "flood", message)?;
            self.hang_up(&from, "too many messages that say nothing new");
            return Ok(());
        }
        let frame = match Frame::decode(bytes) {
            Ok(frame) => frame,
            Err(error) => {
                let message =
                    format!("This device sent something that cannot be read ({error}). Nothing of it was taken.");
                self.report(now_ms, &from, "unreadable", &message)?;
                self.hang_up(&from, &error.to_string());
                return Ok(());
            }
        };
        match frame {
            Frame::Have { claims, whole, last, now_ms: theirs } => {
                self.compare_clocks(&from, theirs, now_ms)?;
                self.hear_claims(from, claims, whole, last, now_ms)
            }
            Frame::Events(sealed) => self.hear_events(from, sealed, now_ms),
            Frame::Got => self.hear_got(&from),
            Frame::Ask(ids) => self.hear_ask(from, &ids),
            Frame::Payloads(payloads) => self.hear_payloads(payloads, now_ms),
            Frame::Signal { app, object, bytes } => self.hear_signal(from, app, object, bytes),
            Frame::Presence(records) => self.hear_presences(from, records, now_ms),
            Frame::Marks(marks) => self.hear_marks(&from, marks),
        }
    }

    fn hear_events(&mut self, from: DeviceId, sealed: Vec<Sealed>, now_ms: u64) -> Result<(), NodeError> {
        self.store.mark()?;
        match self.accept(sealed, now_ms) {
            Ok((fresh, known)) => {
                self.store.keep()?;
                let places = fresh.iter().map(|fresh| (fresh.place.log, fresh.place.seq)).chain(known);
                if let Some(peer) = self.peers.get_mut(&from) {
                    places.for_each(|(log, seq)| raise(&mut peer.have, log, seq + 1));
                }
                if !fresh.is_empty() {
                    self.took_events(from, &fresh, now_ms)?;
                    self.fold_fresh(fresh, now_ms)?;
                    self.check_caught_up(from)?;
                }
            }
            Err(refused) => {
                self.store.undo()?;
                self.new_forks.clear();
                self.refuse_batch(from, refused, now_ms)?;
            }
        }
        if self.peers.contains_key(&from) {
            self.send(from, &Frame::Got);
        }
        Ok(())
    }

    fn took_events(&mut self, from: DeviceId, fresh: &[crate::fold::Fresh], now_ms: u64) -> Result<(), NodeError> {
        if let Some(peer) = self.peers.get_mut(&from) {
            peer.idle_frames = 0;
        }
        self.announce_soon(now_ms);
        let device = self.device();
        if let Some(own) = fresh.iter().rev().find(|fresh| fresh.event.body.author == device) {
            // Our own words came back to us: this device had lost them, in a power cut or with an older copy of its files.
            let log = own.place.log;
            self.own_past = self.store.past_of_remembered(log)?;
        }
        if fresh.iter().any(|fresh| fresh.event.payload == Payload::Erased) {
            self.ask_for_payloads(Some(from))?;
        }
        Ok(())
    }

    fn hear_got(&mut self, from: &DeviceId) -> Result<(), NodeError> {
        if let Some(peer) = self.peers.get_mut(from) {
            peer.credit = (peer.credit + 1).min(crate::peer::CREDIT);
            peer.idle_frames = peer.idle_frames.saturating_sub(1);
        }
        Ok(())
    }

    /// Asks for payloads that are missing though nobody erased them: everyone but the one who sent them so.
    pub(crate) fn ask_for_payloads(&mut self, except: Option<DeviceId>) -> Result<(), NodeError> {
        let missing = self.store.missing_payloads(MAX_ITEMS)?;
        if missing.is_empty() {
            return Ok(());
        }
        let others: Vec<DeviceId> = self.peers.keys().copied().filter(|device| Some(*device) != except).collect();
        for to in others {
            self.send(to, &Frame::Ask(missing.clone()));
        }
        Ok(())
    }

    fn hear_ask(&mut self, from: DeviceId, ids: &[EventId]) -> Result<(), NodeError> {
        let (mut payloads, mut bytes) = (Vec::new(), 0);
        for id in ids {
            let Some(payload) = self.payload_of(id) else { continue };
            bytes += payload.len() + 40;
            if bytes > MAX_EVENTS_BYTES {
                break;
            }
            payloads.push((*id, payload));
        }
        if !payloads.is_empty() {
            self.send(from, &Frame::Payloads(payloads));
        }
        Ok(())
    }

    fn hear_payloads(&mut self, payloads: Vec<(EventId, Vec<u8>)>, now_ms: u64) -> Result<(), NodeError> {
        let mut objects = std::collections::BTreeSet::new();
        for (id, payload) in payloads {
            let Some(place) = self.store.find(&id)? else { continue };
            let Some(kept) = self.store.row(place.row)? else { continue };
            let signed = skein_event::Body::decode(&kept.body).map(|body| body.payload);
            if signed == Ok(PayloadHash::of(&payload)) && self.store.fill(place.row, &payload)? {
                objects.insert(kept.object);
            }
        }
        for object in objects {
            self.refold(object, now_ms)?;
        }
        self.refresh_standing(now_ms)
    }

    fn compare_clocks(&mut self, from: &DeviceId, theirs: u64, now_ms: u64) -> Result<(), NodeError> {
        let apart = theirs.abs_diff(now_ms);
        if apart <= HELD_AHEAD_MS {
            return Ok(());
        }
        let direction = if theirs > now_ms { "ahead of" } else { "behind" };
        let message = format!(
            "The clock of this device is {} minutes {direction} this computer's. One of the two is wrong; \
             what is dated in the future shows late.",
            apart / 60_000
        );
        self.report(now_ms, from, "clock", &message)
    }

    fn hear_signal(&mut self, from: DeviceId, app: String, object: ObjectId, bytes: Vec<u8>) -> Result<(), NodeError> {
        if self.is_member(&from) && self.rules.app(&app).is_some() {
            self.out.push(Effect::Signal { from, app, object, bytes });
        }
        Ok(())
    }

    pub(crate) fn signal(&mut self, app: String, object: ObjectId, bytes: Vec<u8>) -> Result<(), NodeError> {
        let to: Vec<DeviceId> = self.peers.iter().filter(|(_, peer)| !peer.guest).map(|(id, _)| *id).collect();
        for to in to {
            self.send(to, &Frame::Signal { app: app.clone(), object, bytes: bytes.clone() });
        }
        Ok(())
    }

    pub(crate) fn own_presence(&mut self, record: Vec<u8>) -> Result<(), NodeError> {
        let device = self.device();
        self.store.set_presence(&device, &record)?;
        let to: Vec<DeviceId> = self.peers.keys().copied().collect();
        for to in to {
            self.send(to, &Frame::Presence(vec![record.clone()]));
        }
        Ok(())
    }

    fn send_presences(&mut self, to: DeviceId) -> Result<(), NodeError> {
        let contacts = skein_store::Store::contacts(self.store.connection())?;
        let records: Vec<Vec<u8>> = contacts.into_iter().filter_map(|contact| contact.presence).collect();
        for part in records.chunks(256) {
            self.send(to, &Frame::Presence(part.to_vec()));
        }
        Ok(())
    }

    fn hear_presences(&mut self, from: DeviceId, records: Vec<Vec<u8>>, now_ms: u64) -> Result<(), NodeError> {
        let mut news = Vec::new();
        for record in records {
            let Some(presence) = Presence::open(&record) else { continue };
            let known = self.store.presence(&presence.device)?.and_then(|old| Presence::open(&old));
            let newer = known.is_none_or(|known| known.at_ms < presence.at_ms);
            let timely = presence.at_ms <= now_ms.saturating_add(HELD_AHEAD_MS);
            if newer && timely && presence.device != self.device() && self.may_be_found(&presence.device, &from) {
                self.store.set_presence(&presence.device, &record)?;
                news.push(record);
            }
        }
        if news.is_empty() {
            return Ok(());
        }
        self.out.push(Effect::ContactsChanged);
        let others: Vec<DeviceId> = self.peers.keys().copied().filter(|device| *device != from).collect();
        for to in others {
            self.send(to, &Frame::Presence(news.clone()));
        }
        Ok(())
    }

    /// Whose whereabouts are kept: members', and those of whoever is connected; while nobody is known yet, anybody's.
    fn may_be_found(&self, device: &DeviceId, from: &DeviceId) -> bool {
        self.is_member(device) || device == from || self.own_log().is_none()
    }

    fn is_own_device(&self, device: &DeviceId) -> bool {
        self.is_member(device) && self.member_of(device) == Some(self.member())
    }

    fn send_marks(&mut self, to: DeviceId) -> Result<(), NodeError> {
        if !self.is_own_device(&to) {
            return Ok(());
        }
        let marks = self.store.marks()?;
        for part in marks.chunks(MAX_ITEMS) {
            self.send(to, &Frame::Marks(part.to_vec()));
        }
        Ok(())
    }

    /// Marks are taken from this person's own devices only.
    fn hear_marks(&mut self, from: &DeviceId, marks: Vec<(ObjectId, Tick)>) -> Result<(), NodeError> {
        if !self.is_own_device(from) {
            return Ok(());
        }
        for (object, tick) in marks {
            if self.store.mark_read(&object, tick)? {
                self.touched.extend(self.store.objects_called(&object)?);
            }
        }
        Ok(())
    }

    pub(crate) fn mark_read(&mut self, object: ObjectId, tick: Tick) -> Result<(), NodeError> {
        if !self.store.mark_read(&object, tick)? {
            return Ok(());
        }
        self.touched.extend(self.store.objects_called(&object)?);
        let own: Vec<DeviceId> = self.peers.keys().copied().filter(|device| self.is_own_device(device)).collect();
        for to in own {
            self.send(to, &Frame::Marks(vec![(object, tick)]));
        }
        Ok(())
    }

    pub(crate) fn timer(&mut self, now_ms: u64) -> Result<(), NodeError> {
        if self.announce_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.announce_at_ms = None;
            self.announce(now_ms);
            self.ask_for_payloads(None)?;
        }
        if self.fold_due(now_ms)? {
            self.out.push(Effect::Wake { at_ms: now_ms + 1, why: "more events from the future are due" });
        }
        Ok(())
    }

    /// After standing changed: newcomers who joined are guests no more, and whoever no longer belongs is let go.
    pub(crate) fn greet_and_dismiss(&mut self) {
        let mut gone = Vec::new();
        for (device, peer) in &mut self.peers {
            match self.standing.get(device) {
                Some(standing) if standing.cut.is_none() => peer.guest = false,
                Some(_) => gone.push(*device),
                None => {}
            }
        }
        for device in gone {
            self.hang_up(&device, "it no longer belongs to this community");
        }
    }

    pub(crate) fn hang_up(&mut self, device: &DeviceId, why: &str) {
        self.peers.remove(device);
        self.out.push(Effect::HangUp { device: *device, why: why.into() });
    }

    /// Devices that are connected, and whether each is a guest.
    pub fn connected(&self) -> impl Iterator<Item = (DeviceId, bool)> {
        self.peers.iter().map(|(device, peer)| (*device, peer.guest))
    }

    /// The member of a device that has written here.
    pub fn member_behind(&self, device: &DeviceId) -> Option<MemberId> {
        self.member_of(device)
    }
}
