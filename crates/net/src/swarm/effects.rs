//! What the scheduler wants done: said, sent, taken in, stopped.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use iroh::endpoint::{RecvStream, VarInt};
use skein_event::BlobHash;
use skein_swarm::{Effect, FileId, Input, Message, Part, Parts, PeerId, Why};
use tokio_util::sync::CancellationToken;

use super::Told;
use super::actor::{Actor, Moving};
use super::receive::Receiving;
use super::send::Sending;
use super::wire::{Header, frame};
use crate::blobs::gate::may_fetch;

impl Actor {
    pub(super) fn grant(&mut self, wish: Effect) {
        match wish {
            // It goes with the pieces: so it is never before or after them.
            Effect::Send(peer, file, Message::Piece { piece, count, backlog_ms }) => {
                self.send_pieces(Parts { peer, file, first: piece, count }, backlog_ms);
            }
            Effect::Send(peer, file, message) => self.say(peer, file, message),
            Effect::SendPieces(_) => (),
            Effect::StopSending(part) => stop(&mut self.sending, part),
            Effect::StopReceiving(part) => stop(&mut self.receiving, part),
            Effect::Done(file, piece) => self.done(file, piece),
            Effect::Finished(file) => self.finished(file),
            Effect::Drop(peer, why) => self.drop_peer(peer, why),
            Effect::WakeAt(ms) => self.wake = Some(self.born + Duration::from_millis(ms)),
        }
    }

    /// Says something about a file; what is had of it only to whoever may have it, or is asked for the rest of it: a source
    /// that is not told what came from others would send it again and again.
    fn say(&mut self, peer: PeerId, file: FileId, message: Message) {
        let (Some(known), Some(other)) = (self.files.get(&file), self.peers.get(&peer)) else { return };
        let (hash, wanted) = (known.hash, known.is_wanted_of(other.device));
        let tells = matches!(message, Message::Hello { .. } | Message::Have { .. });
        if tells && !wanted && !self.may_have(peer, hash) {
            return;
        }
        self.say_about(peer, hash, Some(&message));
    }

    pub(super) fn say_nothing_here(&mut self, peer: PeerId, hash: BlobHash) {
        self.say_about(peer, hash, None);
    }

    fn say_about(&mut self, peer: PeerId, hash: BlobHash, message: Option<&Message>) {
        let Some(known) = self.peers.get(&peer) else { return };
        let Some(bytes) = frame(hash, message) else { return };
        if known.frames.try_send(bytes).is_err() {
            known.connection.close(VarInt::from_u32(0), b"what is said is not read");
        }
    }

    /// Whether the door says that this device may have this file.
    pub(super) fn may_have(&self, peer: PeerId, hash: BlobHash) -> bool {
        let (Some(shared), Some(known)) = (self.shared.upgrade(), self.peers.get(&peer)) else { return false };
        may_fetch(&shared, &self.store, known.device, hash)
    }

    fn send_pieces(&mut self, parts: Parts, backlog_ms: u32) {
        let Parts { peer, file: id, first, count } = parts;
        let (Some(known), Some(file)) = (self.peers.get(&peer), self.files.get(&id)) else { return };
        let (connection, layout, hash) = (known.connection.clone(), file.layout, file.hash);
        let left_out = file.left_out(peer, first);
        let Some(shared) = self.shared.upgrade() else { return };
        if !self.may_have(peer, hash) {
            self.todo.push_back(Input::Unsent(parts));
            self.apart(peer, id);
            self.say_nothing_here(peer, hash);
            return;
        }
        let moving = Moving { turn: self.turn(), parts, stop: CancellationToken::new() };
        let header = Header { file: hash, piece: first, count, backlog_ms, left_out };
        let (stop, turn) = (moving.stop.clone(), moving.turn);
        let sending = Sending { connection, store: self.store.clone(), header, layout, stop, turn };
        let handle = self.handle.clone();
        shared.spawn(async move {
            let whole = sending.run().await;
            handle.tell(Told::Sent(parts, turn, whole)).await;
        });
        self.sending.extend(parts.each().map(|part| (part, moving.clone())));
    }

    /// Pieces begin to come: the scheduler says which of them were asked for.
    pub(super) fn arrived(&mut self, (peer, header, stream): (PeerId, Header, RecvStream)) {
        let Some(file) = self.by_hash.get(&header.file).copied() else { return };
        let Some(known) = self.files.get(&file).filter(|file| file.admitted.contains(&peer)) else { return };
        let (layout, upper) = (known.layout, known.upper.clone());
        let Header { piece, count, backlog_ms, left_out, .. } = header;
        self.input(Input::Message { peer, file, message: Message::Piece { piece, count, backlog_ms } });
        let parts = Parts { peer, file, first: piece, count };
        let coming: Vec<_> = parts.each().filter(|part| self.swarm.is_coming(*part)).collect();
        let fits = piece.checked_add(count).is_some_and(|end| end <= layout.pieces());
        let Some(shared) = self.shared.upgrade().filter(|_| fits && !coming.is_empty()) else { return };
        let moving = Moving { turn: self.turn(), parts, stop: CancellationToken::new() };
        let (swarm, store, turn) = (self.handle.clone(), self.store.clone(), moving.turn);
        let receiving = Receiving { stream, swarm, store, file: header.file, layout, parts, upper, left_out, turn };
        let (handle, stopped) = (self.handle.clone(), moving.stop.clone());
        shared.spawn(async move {
            if let Some((rest, outcome)) = stopped.run_until_cancelled(receiving.run()).await {
                handle.tell(Told::Came(rest, turn, outcome)).await;
            }
        });
        for part in coming {
            stop(&mut self.receiving, part);
            self.receiving.insert(part, moving.clone());
        }
    }

    fn drop_peer(&mut self, peer: PeerId, why: Why) {
        let Some(known) = self.peers.get(&peer) else { return };
        let device = known.device;
        tracing::debug!("{} is let go of: {why:?}", device.short());
        match why {
            Why::Lied | Why::Rude => self.ban(device),
            Why::Stalled | Why::Full => self.rest(device),
        }
        self.gone(peer);
    }

    fn rest(&mut self, device: skein_event::DeviceId) {
        self.standing.entry(device).or_default().not_before = Some(Instant::now() + super::peers::REST);
    }
}

/// Stops a piece: its stream ends if it carries no other that is wanted.
fn stop(moving: &mut HashMap<Part, Moving>, part: Part) {
    let Some(stopped) = moving.remove(&part) else { return };
    let mut others = stopped.parts.each().filter_map(|other| moving.get(&other));
    if !others.any(|other| other.turn == stopped.turn) {
        stopped.stop.cancel();
    }
}
