//! The links: packets leave uplinks in turn, take their time, and come through downlinks one after the other.

use crate::input::{Input, Part, PeerId};
use crate::message::Message;
use crate::sim::scene::Kind;
use crate::sim::world::{Event, FILE, Flow, World};

impl World<'_> {
    pub(crate) fn begin(&mut self, at: usize, part: Part) {
        if self.scene.hosts[at].kind == Kind::Frozen {
            return;
        }
        let (to, piece) = (part.peer.0 as usize, part.piece);
        self.order += 1;
        let id = self.order;
        let breaks = self.scene.breaks > 0 && self.rng.below(self.scene.breaks) == 0;
        let left = self.scene.layout.range(piece).1;
        self.hosts[at].flows.push(Flow { to, piece, left, id, breaks });
        let message = Message::Piece { piece, backlog_ms: self.hosts[at].swarm.backlog_ms() };
        let when = self.arrives_us(at, to);
        // No bytes: the beginning of the stream.
        self.post(when, to, Event::Packet(at, piece, id, 0));
        self.post(when, to, Event::Input(Box::new(Input::Message { peer: PeerId(at as u32), file: FILE, message })));
        self.uplink(at);
    }

    /// Sends the next packet of the next transfer, if the uplink is free.
    pub(crate) fn uplink(&mut self, at: usize) {
        let (packet, up) = (self.scene.packet, self.scene.hosts[at].up);
        let host = &mut self.hosts[at];
        if host.sending || host.flows.is_empty() {
            return;
        }
        host.sending = true;
        host.next = (host.next + 1) % host.flows.len();
        let flow = &mut host.flows[host.next];
        let bytes = flow.left.min(packet);
        let wait_ms = host.swarm.may_send(self.now_us / 1_000, bytes);
        if wait_ms > 0 {
            return self.post(self.now_us + wait_ms * 1_000, at, Event::Uplink);
        }
        flow.left -= bytes;
        let (to, piece, id, last) = (flow.to, flow.piece, flow.id, flow.left == 0);
        let broken = flow.breaks && flow.left <= self.scene.layout.piece() / 2;
        if last || broken {
            host.flows.remove(host.next);
        }
        host.fate.sent += bytes;
        let left_us = bytes * 1_000_000 / up;
        self.post(self.now_us + left_us, at, Event::Uplink);
        let arrives_us = self.arrives_us(at, to) + left_us;
        self.wires[at * self.scene.hosts.len() + to] = arrives_us;
        let (me, them) = (PeerId(at as u32), PeerId(to as u32));
        if broken {
            let part = |peer| Part { peer, file: FILE, piece };
            self.post(arrives_us, to, Event::Input(Box::new(Input::Broken(part(me)))));
            self.post(arrives_us, at, Event::Input(Box::new(Input::Unsent(part(them)))));
            return;
        }
        self.post(arrives_us, to, Event::Packet(at, piece, id, bytes));
        if last {
            let sent = Input::Sent(Part { peer: them, file: FILE, piece });
            self.post(arrives_us + self.scene.rtt_ms * 500, at, Event::Input(Box::new(sent)));
        }
    }

    pub(crate) fn packet(&mut self, at: usize, from: usize, piece: u32, id: u64, bytes: u64) {
        let host = &mut self.hosts[at];
        if bytes == 0 {
            host.coming.insert((from, piece), (id, 0));
            return;
        }
        // A downlink takes packets one after the other; what has waited comes here again.
        if let Some(down) = self.scene.hosts[at].down
            && id >> 63 == 0
        {
            host.down_free_us = host.down_free_us.max(self.now_us) + bytes * 1_000_000 / down;
            let when = host.down_free_us;
            return self.post(when, at, Event::Packet(from, piece, id | 1 << 63, bytes));
        }
        let id = id & !(1 << 63);
        let Some((_, got)) = host.coming.get_mut(&(from, piece)).filter(|(other, _)| *other == id) else {
            host.fate.wasted += bytes;
            return;
        };
        *got += bytes;
        let got = *got;
        let part = Part { peer: PeerId(from as u32), file: FILE, piece };
        if got < self.scene.layout.range(piece).1 {
            self.tell(at, Input::Received(part, got));
        } else {
            host.coming.remove(&(from, piece));
            if self.scene.hosts[from].kind == Kind::Liar {
                self.tell(at, Input::Failed(part));
            } else {
                host.verified.set(piece);
                self.tell(at, Input::Verified(part));
            }
        }
    }
}
