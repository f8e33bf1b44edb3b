//! The links: packets leave uplinks in turn, take their time, and come through downlinks one after the other.

use crate::input::{Input, Part, Parts, PeerId};
use crate::message::Message;
use crate::sim::scene::Kind;
use crate::sim::world::{Coming, Event, FILE, Flow, World};

impl World<'_> {
    pub(crate) fn begin(&mut self, at: usize, parts: Parts) {
        if self.scene.hosts[at].kind == Kind::Frozen {
            return;
        }
        let to = parts.peer.0 as usize;
        self.order += 1;
        let id = self.order;
        let breaks = self.scene.breaks > 0 && self.rng.below(self.scene.breaks) == 0;
        let left = self.scene.layout.range_of(parts.first, parts.count).1;
        let wanted: Vec<_> = parts.each().map(|part| part.piece).collect();
        self.hosts[at].flows.push(Flow { parts, wanted: wanted.clone(), left, id, breaks });
        let backlog_ms = self.hosts[at].swarm.backlog_ms();
        let message = Message::Piece { piece: parts.first, count: parts.count, backlog_ms };
        let (when, peer) = (self.arrives_us(at, to), PeerId(at as u32));
        let coming = Coming { parts: Parts { peer, ..parts }, wanted, got: 0 };
        self.post(when, to, Event::Begins(id, coming));
        self.post(when, to, Event::Input(Box::new(Input::Message { peer, file: FILE, message })));
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
        // Neighbours share the uplink; to one of them, pieces go one after the other.
        let peer = host.flows[host.next].parts.peer;
        let at_once = host.flows.iter().position(|flow| flow.parts.peer == peer).unwrap_or(host.next);
        let flow = &mut host.flows[at_once];
        let bytes = flow.left.min(packet);
        let wait_ms = host.swarm.may_send(self.now_us / 1_000, bytes);
        if wait_ms > 0 {
            return self.post(self.now_us + wait_ms * 1_000, at, Event::Uplink);
        }
        flow.left -= bytes;
        let (to, parts, id, last) = (peer.0 as usize, flow.parts, flow.id, flow.left == 0);
        let broken = flow.breaks && flow.left <= self.scene.layout.piece() / 2;
        if last || broken {
            host.flows.remove(at_once);
        }
        host.fate.sent += bytes;
        let left_us = bytes * 1_000_000 / up;
        self.post(self.now_us + left_us, at, Event::Uplink);
        let arrives_us = self.arrives_us(at, to) + left_us;
        self.wires[at * self.scene.hosts.len() + to] = arrives_us;
        if broken {
            let me = Parts { peer: PeerId(at as u32), ..parts };
            self.post(arrives_us, to, Event::Input(Box::new(Input::Broken(me))));
            self.post(arrives_us, at, Event::Input(Box::new(Input::Unsent(parts))));
            return;
        }
        self.post(arrives_us, to, Event::Packet(id, bytes));
        if last {
            self.post(arrives_us + self.scene.rtt_ms * 500, at, Event::Input(Box::new(Input::Sent(parts))));
        }
    }

    pub(crate) fn packet(&mut self, at: usize, id: u64, bytes: u64) {
        let host = &mut self.hosts[at];
        // A downlink takes packets one after the other; what has waited comes here again.
        if let Some(down) = self.scene.hosts[at].down
            && id >> 63 == 0
        {
            host.down_free_us = host.down_free_us.max(self.now_us) + bytes * 1_000_000 / down;
            let when = host.down_free_us;
            return self.post(when, at, Event::Packet(id | 1 << 63, bytes));
        }
        let id = id & !(1 << 63);
        let Some(coming) = host.coming.get_mut(&id) else {
            host.fate.wasted += bytes;
            return;
        };
        coming.got += bytes;
        let (parts, got, layout) = (coming.parts, coming.got, self.scene.layout);
        if got < layout.range_of(parts.first, parts.count).1 {
            let came = layout.range(parts.first).0 + got;
            let piece = ((came - 1) / layout.piece()) as u32;
            let part = Part { peer: parts.peer, file: FILE, piece };
            return self.tell(at, Input::Received(part, came - layout.range(piece).0));
        }
        host.coming.remove(&id);
        if self.scene.hosts[parts.peer.0 as usize].kind == Kind::Liar {
            let first = Part { peer: parts.peer, file: FILE, piece: parts.first };
            return self.tell(at, Input::Failed(first));
        }
        for part in parts.each() {
            host.verified.set(part.piece);
        }
        self.tell(at, Input::Verified(parts));
    }
}
