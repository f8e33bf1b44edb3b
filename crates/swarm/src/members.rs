//! Neighbours: they come, are met for a file, break rules, go.

use crate::file::MAX_NEIGHBOURS;
use crate::input::{Effect, FileId, Part, PeerId, Why};
use crate::message::Message;
use crate::peer::{Neighbour, Peer};
use crate::swarm::{MAX_BANNED, MAX_PEERS, MAX_STRIKES, Swarm};

impl Swarm {
    pub(crate) fn joined(&mut self, now_ms: u64, peer: PeerId, rtt_ms: u32, fx: &mut Vec<Effect>) {
        if let Some(known) = self.peers.get_mut(&peer) {
            known.rtt_ms = u64::from(rtt_ms.min(10_000));
        } else if self.banned.contains(&peer) {
            fx.push(Effect::Drop(peer, Why::Rude));
        } else if self.peers.len() >= MAX_PEERS {
            fx.push(Effect::Drop(peer, Why::Full));
        } else {
            self.peers.insert(peer, Peer::new(now_ms, rtt_ms.min(10_000), self.served));
        }
        self.mean_rtt_ms = self.peers.values().map(|peer| peer.rtt_ms).sum::<u64>() / self.peers.len().max(1) as u64;
    }

    pub(crate) fn left(&mut self, now_ms: u64, peer: PeerId, fx: &mut Vec<Effect>) {
        let files: Vec<_> = self.files.keys().copied().collect();
        for file in files {
            self.part(now_ms, peer, file, fx);
        }
        self.peers.remove(&peer);
    }

    /// Says hello about a file, once; does nothing for a stranger, an unknown file, or beyond [`MAX_NEIGHBOURS`].
    pub(crate) fn meet(&mut self, peer: PeerId, file: FileId, fx: &mut Vec<Effect>) -> bool {
        let Some(known) = self.files.get_mut(&file) else { return false };
        if known.neighbour(peer).is_some() {
            return true;
        }
        if !self.peers.contains_key(&peer) || known.neighbours.len() >= MAX_NEIGHBOURS {
            return false;
        }
        known.neighbours.push(Neighbour::new(peer, known.layout.pieces()));
        let hello = Message::Hello { pieces: known.layout.pieces(), have: known.have.wire(), name: known.name };
        fx.push(Effect::Send(peer, file, hello));
        true
    }

    /// Ends what one neighbour and one file have to do with each other.
    pub(crate) fn part(&mut self, now_ms: u64, peer: PeerId, file: FileId, fx: &mut Vec<Effect>) {
        self.take_back(now_ms, peer, file, true, fx);
        let gone = |part: &Part| part.peer == peer && part.file == file;
        fx.extend(self.sending.iter().filter(|one| gone(&one.part)).map(|one| Effect::StopSending(one.part)));
        self.sending.retain(|one| !gone(&one.part));
        if let Some(file) = self.files.get_mut(&file) {
            file.forget(peer);
        }
    }

    /// Counts a broken rule.
    pub(crate) fn strike(&mut self, now_ms: u64, peer: PeerId, fx: &mut Vec<Effect>) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.strikes += 1;
        if known.strikes >= MAX_STRIKES {
            self.expel(now_ms, peer, Why::Rude, fx);
        }
    }

    /// Drops a neighbour, and does not take it back unless it was only slow.
    pub(crate) fn expel(&mut self, now_ms: u64, peer: PeerId, why: Why, fx: &mut Vec<Effect>) {
        self.left(now_ms, peer, fx);
        if why != Why::Stalled {
            self.banned.push_back(peer);
            if self.banned.len() > MAX_BANNED {
                self.banned.pop_front();
            }
        }
        fx.push(Effect::Drop(peer, why));
    }
}
