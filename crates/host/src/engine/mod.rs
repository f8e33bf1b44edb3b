//! The loop: one plain thread that owns all nodes, gathers what waits for each, and does what they ask for.
//!
//! It never waits for anything but its queues: what takes time is done elsewhere and comes back as a call.

mod contacts;
mod effects;
mod enter;
mod entering;
mod seat;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use skein_app::Refusal;
use skein_event::{CommunityId, ObjectId, Tick};
use skein_net::NetEvent;
use skein_node::{Answer, Input, Node};
use tokio::sync::{mpsc, oneshot};

use crate::chance::now_ms;
use crate::core::Core;
use crate::lobby::Act;
use crate::record::Record;
use seat::Seat;

/// How many calls may wait.
pub(crate) const MAX_CALLS: usize = 1_024;
/// How many events of the network may wait; each may carry a frame of up to 1 MiB.
pub(crate) const MAX_NET_EVENTS: usize = 64;
/// The most inputs that one call of a node deals with.
const MAX_BATCH: usize = 256;
/// The longest sleep: time does not stand still while a laptop does.
const LONGEST_SLEEP_MS: u64 = 10_000;

/// Who asked for something, waiting for the answer.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// What somebody does with a look at a node.
pub(crate) type Look = Box<dyn FnOnce(Result<&Node, Refusal>) + Send>;

/// What the rest of the host asks of the loop.
pub(crate) enum Call {
    /// An app's command.
    Ask { community: CommunityId, app: String, command: Value, reply: Reply<Answer> },
    /// Something that is not kept, for those who are connected.
    Signal { community: CommunityId, app: String, object: ObjectId, bytes: Vec<u8> },
    /// This person has read so far.
    Mark { community: CommunityId, object: ObjectId, tick: Tick },
    /// This device's new presence record, for all communities.
    Presence(Vec<u8>),
    /// A look at the node itself.
    Look { community: CommunityId, look: Look },
    /// A new community, whose id was made from this payload and this time.
    Found { community: CommunityId, payload: Vec<u8>, now_ms: u64, reply: Reply<()> },
    /// A community to come into.
    Enter { community: CommunityId, record: Record, reply: Reply<()> },
    /// A community that was never come into: to be forgotten.
    GiveUp { community: CommunityId, reply: Reply<()> },
}

/// The loop's own state.
pub(crate) struct Engine {
    core: Arc<Core>,
    calls: mpsc::Receiver<Call>,
    net: mpsc::Receiver<NetEvent>,
    seats: BTreeMap<CommunityId, Seat>,
    tickets: BTreeMap<u64, Reply<Answer>>,
    last_ticket: u64,
    presence: Option<Vec<u8>>,
}

impl Engine {
    pub fn new(core: Arc<Core>, calls: mpsc::Receiver<Call>, net: mpsc::Receiver<NetEvent>) -> Self {
        let (seats, tickets) = (BTreeMap::new(), BTreeMap::new());
        Self { core, calls, net, seats, tickets, last_ticket: entering::INTRODUCTION, presence: None }
    }

    /// Opens every community of the folder. One that cannot be opened is tried again later; the others go on.
    pub fn open_all(&mut self) -> Result<(), Refusal> {
        for community in self.core.profile.all_communities()? {
            let mut seat = Seat::new(&self.core, community);
            self.open_seat(&mut seat);
            self.core.halls.put(seat.hall.clone());
            self.seats.insert(community, seat);
        }
        Ok(())
    }

    /// Runs until the host stops.
    pub async fn run(mut self) {
        let stop = self.core.stop.clone();
        let (mut calls, mut events) = (Vec::new(), Vec::new());
        loop {
            let sleep = Duration::from_millis(self.sleep_ms());
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                some = self.calls.recv_many(&mut calls, MAX_BATCH) => if some == 0 { break },
                some = self.net.recv_many(&mut events, MAX_NET_EVENTS) => if some == 0 { break },
                () = tokio::time::sleep(sleep) => (),
            }
            // Whichever came first, the other queue gets its turn in the same round.
            while calls.len() < MAX_BATCH
                && let Ok(call) = self.calls.try_recv()
            {
                calls.push(call);
            }
            while events.len() < MAX_NET_EVENTS
                && let Ok(event) = self.net.try_recv()
            {
                events.push(event);
            }
            events.drain(..).for_each(|event| self.take_event(event));
            calls.drain(..).for_each(|call| self.take_call(call));
            self.take_turns();
        }
    }

    fn sleep_ms(&self) -> u64 {
        let now = now_ms();
        let soonest = self.seats.values().filter_map(Seat::next_at_ms).min();
        soonest.map_or(LONGEST_SLEEP_MS, |at| at.saturating_sub(now).min(LONGEST_SLEEP_MS))
    }

    fn take_call(&mut self, call: Call) {
        match call {
            Call::Ask { community, app, command, reply } => {
                self.last_ticket += 1;
                let ticket = self.last_ticket;
                match self.seats.get_mut(&community) {
                    Some(seat) => {
                        seat.waiting.push(Input::Ask { ticket, app, command });
                        self.tickets.insert(ticket, reply);
                    }
                    None => drop(reply.send(Err(seat::not_here()))),
                }
            }
            Call::Signal { community, app, object, bytes } => {
                self.push(&community, Input::Signal { app, object, bytes });
            }
            Call::Mark { community, object, tick } => self.push(&community, Input::Mark { object, tick }),
            Call::Presence(record) => {
                self.presence = Some(record.clone());
                for seat in self.seats.values_mut() {
                    seat.waiting.push(Input::Presence(record.clone()));
                }
            }
            Call::Look { community, look } => match self.seats.get(&community) {
                Some(seat) => look(seat.node.as_ref().ok_or_else(|| seat.trouble())),
                None => look(Err(seat::not_here())),
            },
            // Whoever asked may have gone: what was done stays done.
            Call::Found { community, payload, now_ms, reply } => {
                drop(reply.send(self.found(community, payload, now_ms)));
            }
            Call::Enter { community, record, reply } => drop(reply.send(self.enter(community, record))),
            Call::GiveUp { community, reply } => drop(reply.send(self.give_up(&community))),
        }
    }

    fn push(&mut self, community: &CommunityId, input: Input) {
        if let Some(seat) = self.seats.get_mut(community) {
            seat.waiting.push(input);
        }
    }

    fn take_event(&mut self, event: NetEvent) {
        let (NetEvent::Up { device, community, .. }
        | NetEvent::Frame { device, community, .. }
        | NetEvent::Down { device, community, .. }
        | NetEvent::Refused { device, community, .. }) = event;
        if let Some(seat) = self.seats.get_mut(&community) {
            seat.hear(&self.core, event);
            return;
        }
        match self.core.lobby.hear(event) {
            Act::Nothing => (),
            Act::Send(frame) => drop(self.core.wire.send(device, community, frame)),
            Act::HangUp(why) => self.core.wire.hang_up(device, community, why),
        }
    }

    /// Every community that has something to do gets its turn.
    fn take_turns(&mut self) {
        let now = now_ms();
        let due: Vec<CommunityId> =
            self.seats.iter().filter(|(_, seat)| seat.has_work(now)).map(|(community, _)| *community).collect();
        for community in due {
            if let Some(mut seat) = self.seats.remove(&community) {
                self.turn(&mut seat);
                self.seats.insert(community, seat);
            }
        }
    }

    fn turn(&mut self, seat: &mut Seat) {
        let now = now_ms();
        if seat.node.is_none() && now >= seat.retry_at_ms {
            self.open_seat(seat);
        }
        if seat.wake_at_ms.is_some_and(|at| at <= now) {
            seat.wake_at_ms = None;
            seat.waiting.push(Input::Timer);
        }
        while !seat.waiting.is_empty() {
            let rest = seat.waiting.split_off(seat.waiting.len().min(MAX_BATCH));
            let inputs = std::mem::replace(&mut seat.waiting, rest);
            self.handle(seat, inputs);
        }
        if seat.contacts.due(now_ms()) {
            seat.keep_contacts(&self.core);
        }
    }

    fn handle(&mut self, seat: &mut Seat, inputs: Vec<Input>) {
        let asked: Vec<u64> = inputs.iter().filter_map(ticket).collect();
        let Some(node) = &mut seat.node else {
            return self.refuse(&asked, &seat.trouble());
        };
        match node.handle(inputs, now_ms()) {
            Ok(effects) => {
                effects.into_iter().for_each(|effect| self.effect(seat, effect));
                seat.after_handling(&self.core);
            }
            Err(error) => {
                seat.fail(&self.core, &error.0);
                self.refuse(&asked, &seat.trouble());
            }
        }
    }

    fn refuse(&mut self, tickets: &[u64], refusal: &Refusal) {
        for ticket in tickets {
            if let Some(reply) = self.tickets.remove(ticket) {
                drop(reply.send(Err(refusal.clone())));
            }
        }
    }
}

fn ticket(input: &Input) -> Option<u64> {
    match input {
        Input::Ask { ticket, .. } => Some(*ticket),
        _ => None,
    }
}
