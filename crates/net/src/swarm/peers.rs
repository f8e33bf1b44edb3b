//! The devices that we are connected with, or would like to be.

use std::time::{Duration, Instant};

use iroh::endpoint::{Connection, VarInt};
use skein_event::DeviceId;
use skein_swarm::{Input, PeerId};
use tokio::sync::mpsc;

use super::Join;
use super::actor::Actor;
use super::conn;

/// How long a device that stalled or could not be reached is left alone.
pub(super) const REST: Duration = Duration::from_secs(5);
/// How long one that lied is.
const BAN: Duration = Duration::from_secs(60 * 60);
/// How many of these are remembered; the oldest is forgotten.
const MAX_BANNED: usize = 1_024;
/// A connection that both made at once is decided about within so long.
const CROSSING: Duration = Duration::from_secs(5);
/// A connection on which nothing is said, and no file shared, is closed after so long.
const IDLE: Duration = Duration::from_secs(60);

/// A connection.
pub(super) struct Peer {
    pub(super) device: DeviceId,
    pub(super) connection: Connection,
    pub(super) frames: mpsc::Sender<Vec<u8>>,
    /// When it last said something.
    pub(super) heard: Instant,
    pool: u64,
    dialled: bool,
    since: Instant,
    /// The shortest round trip so far: what waits in queues is none of the way's length.
    rtt: Duration,
}

/// How we stand with a device, connected or not.
#[derive(Default)]
pub(super) struct Standing {
    pub(super) peer: Option<PeerId>,
    pub(super) dialling: bool,
    pub(super) not_before: Option<Instant>,
}

impl Standing {
    fn is_nothing(&self) -> bool {
        self.peer.is_none() && !self.dialling && self.not_before.is_none_or(|until| until <= Instant::now())
    }
}

impl Actor {
    pub(super) fn join(&mut self, join: Join) {
        let Join { device, connection, pool, dialled, frames, answer } = join;
        if self.is_banned(device) || !self.makes_room(device, dialled) {
            answer.send(None).ok();
            return;
        }
        let peer = PeerId(self.number());
        let (now, rtt) = (Instant::now(), conn::rtt(&connection).unwrap_or(Duration::from_millis(50)));
        self.peers.insert(peer, Peer { device, connection, frames, heard: now, pool, dialled, since: now, rtt });
        self.standing.entry(device).or_default().peer = Some(peer);
        answer.send(Some(peer)).ok();
        self.input(Input::Joined { peer, rtt_ms: millis(rtt) });
        self.meet_wanted(peer, device);
    }

    /// One connection for each device. Where both called, that of the smaller id stays; an old one makes room for a new one.
    fn makes_room(&mut self, device: DeviceId, dialled: bool) -> bool {
        let Some(old) = self.standing.get(&device).and_then(|standing| standing.peer) else { return true };
        let Some(known) = self.peers.get(&old) else { return true };
        let alive = known.connection.close_reason().is_none();
        let crossed = alive && known.dialled != dialled && known.since.elapsed() < CROSSING;
        let mine = self.shared.upgrade().is_some_and(|shared| shared.me < device);
        if crossed && dialled != mine {
            return false;
        }
        self.gone(old);
        true
    }

    /// The connection's task has ended.
    pub(super) fn left(&mut self, peer: PeerId) {
        if self.peers.contains_key(&peer) {
            self.gone(peer);
        }
    }

    /// Lets a connection go.
    pub(super) fn gone(&mut self, peer: PeerId) {
        let Some(known) = self.peers.remove(&peer) else { return };
        known.connection.close(VarInt::from_u32(0), b"done");
        if let Some(standing) = self.standing.get_mut(&known.device).filter(|one| one.peer == Some(peer)) {
            standing.peer = None;
        }
        for file in self.files.values_mut() {
            file.forget(peer);
        }
        let of_peer = |moving: &std::collections::HashMap<skein_swarm::Part, super::actor::Moving>| {
            moving.keys().filter(|part| part.peer == peer).copied().collect::<Vec<_>>()
        };
        for part in of_peer(&self.sending) {
            self.sending.remove(&part).into_iter().for_each(|moving| moving.stop.cancel());
        }
        for part in of_peer(&self.receiving) {
            self.receiving.remove(&part).into_iter().for_each(|moving| moving.stop.cancel());
        }
        self.todo.push_back(Input::Left { peer });
        self.wake = Some(Instant::now());
    }

    /// A door has opened for it: it may send as much as work needs.
    pub(super) fn prove(&self, peer: PeerId) {
        let (Some(shared), Some(known)) = (self.shared.upgrade(), self.peers.get(&peer)) else { return };
        if !shared.pool.is_proven(known.pool) {
            shared.pool.prove(known.pool);
            conn::welcome(&known.connection);
        }
    }

    /// Connects to a device, unless it is connected, being called, or left alone.
    pub(super) fn call(&mut self, device: DeviceId) {
        if self.is_banned(device) {
            return;
        }
        let Some(shared) = self.shared.upgrade() else { return };
        let standing = self.standing.entry(device).or_default();
        let resting = standing.not_before.is_some_and(|until| until > Instant::now());
        if standing.peer.is_none() && !standing.dialling && !resting && device != shared.me {
            standing.dialling = true;
            shared.spawn(conn::dial(shared.clone(), self.handle.clone(), device));
        }
    }

    pub(super) fn dialled(&mut self, device: DeviceId, connected: bool) {
        let standing = self.standing.entry(device).or_default();
        standing.dialling = false;
        if !connected {
            standing.not_before = Some(Instant::now() + REST);
        }
    }

    pub(super) fn ban(&mut self, device: DeviceId) {
        self.banned.push_back((device, Instant::now()));
        if self.banned.len() > MAX_BANNED {
            self.banned.pop_front();
        }
    }

    fn is_banned(&self, device: DeviceId) -> bool {
        self.banned.iter().any(|(other, since)| *other == device && since.elapsed() < BAN)
    }

    /// Measures round trips anew; closes what nobody uses.
    pub(super) fn look_after_peers(&mut self) {
        self.standing.retain(|_, standing| !standing.is_nothing());
        let Some(shared) = self.shared.upgrade() else { return };
        let (mut joined, mut idle) = (Vec::new(), Vec::new());
        for (peer, known) in &mut self.peers {
            if let Some(now) = conn::rtt(&known.connection).filter(|now| *now < known.rtt) {
                known.rtt = now;
                if shared.pool.is_proven(known.pool) {
                    conn::fit_window(&known.connection, now);
                }
                joined.push(Input::Joined { peer: *peer, rtt_ms: millis(now) });
            }
            let shares = self.files.values().any(|file| file.concerns(*peer, known.device));
            if !shares && known.heard.elapsed() > IDLE {
                idle.push(*peer);
            }
        }
        idle.into_iter().for_each(|peer| self.gone(peer));
        joined.into_iter().for_each(|input| self.input(input));
    }
}

fn millis(rtt: Duration) -> u32 {
    u32::try_from(rtt.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX)
}
