//! What hosts do: they come, connect, go, and do what their swarms want done.

use crate::bits::Bits;
use crate::input::{Effect, Input, PeerId, Priority, Why};
use crate::message::Message;
use crate::sim::scene::Kind;
use crate::sim::world::{Event, FILE, Flow, World};

/// When somebody who was too slow is tried again.
const RETRY_US: u64 = 5_000_000;

impl World<'_> {
    pub(crate) fn comes(&mut self, at: usize) {
        let (spec, layout) = (&self.scene.hosts[at], self.scene.layout);
        let have = if spec.seed { Bits::all(layout.pieces()) } else { Bits::none(layout.pieces()) };
        let host = &mut self.hosts[at];
        host.here = true;
        host.swarm.open(FILE, layout, have, spec.order, Priority::Normal);
        self.tell(at, Input::Limits { up: spec.limits.0, down: spec.limits.1 });
        for friend in self.hosts[at].friends.clone() {
            self.connect(at, friend);
        }
    }

    pub(crate) fn connect(&mut self, at: usize, other: usize) {
        if self.hosts[at].here && self.hosts[other].here {
            let rtt_ms = self.scene.rtt_ms as u32;
            for (a, b) in [(at, other), (other, at)] {
                self.tell(a, Input::Left { peer: PeerId(b as u32) });
                self.tell(a, Input::Joined { peer: PeerId(b as u32), rtt_ms });
                self.tell(a, Input::Meet { peer: PeerId(b as u32), file: FILE });
            }
        }
    }

    pub(crate) fn goes(&mut self, at: usize) {
        self.hosts[at].here = false;
        self.hosts[at].flows.clear();
        for friend in self.hosts[at].friends.clone() {
            let input = Box::new(Input::Left { peer: PeerId(at as u32) });
            self.post(self.now_us + self.scene.notice_ms * 1_000, friend, Event::Input(input));
        }
    }

    pub(crate) fn arrived(&mut self, at: usize, input: Input) {
        if let Input::Left { peer } = &input {
            self.hosts[at].forget(*peer);
        }
        self.tell(at, input);
    }

    pub(crate) fn effect(&mut self, at: usize, effect: Effect) {
        let me = PeerId(at as u32);
        match effect {
            Effect::Send(to, file, message) => {
                self.hosts[at].fate.messages += 1;
                let to = to.0 as usize;
                if let Message::Piece { .. } = message {
                    return;
                }
                let when = self.arrives_us(at, to);
                self.post(when, to, Event::Input(Box::new(Input::Message { peer: me, file, message })));
            }
            Effect::SendPieces(parts) => self.begin(at, parts),
            Effect::StopSending(part) => {
                let flows = &mut self.hosts[at].flows;
                let same = |flow: &&mut Flow| flow.parts.peer == part.peer;
                flows.iter_mut().filter(same).for_each(|flow| flow.wanted.retain(|piece| *piece != part.piece));
                flows.retain(|flow| !flow.wanted.is_empty());
            }
            Effect::StopReceiving(part) => self.hosts[at].stop(part),
            Effect::Done(_, piece) => self.done(at, piece),
            Effect::Finished(_) => {
                let spec = &self.scene.hosts[at];
                self.hosts[at].fate.finished_ms = Some(self.now_us / 1_000 - spec.joins_ms);
                self.waiting -= usize::from(spec.leaves_ms.is_none() && spec.kind == Kind::Honest);
            }
            Effect::Drop(peer, why) => {
                self.hosts[at].fate.dropped.push((peer, why));
                let other = peer.0 as usize;
                for (a, b) in [(at, other), (other, at)] {
                    self.hosts[a].forget(PeerId(b as u32));
                }
                let when = self.arrives_us(at, other);
                self.post(when, other, Event::Input(Box::new(Input::Left { peer: me })));
                if why == Why::Stalled {
                    self.post(self.now_us + RETRY_US, at, Event::Again(other));
                }
            }
            Effect::WakeAt(ms) => {
                self.hosts[at].wake_ms = ms;
                self.post(ms * 1_000, at, Event::Timer(ms));
            }
        }
    }

    fn done(&mut self, at: usize, piece: u32) {
        let host = &mut self.hosts[at];
        self.unverified += u64::from(!host.verified.has(piece));
        host.fate.have.set(piece);
        host.fate.came_ms[piece as usize] = Some(self.now_us / 1_000);
    }
}
