//! One community's place in the loop: its node, what waits for it, and what to do when its store fails.

use std::sync::Arc;

use skein_app::{Kind, Refusal, View};
use skein_event::CommunityId;
use skein_net::NetEvent;
use skein_node::{Frame, Input, Node};
use skein_store::{DbIds, Store, StoreError};

use super::Engine;
use super::contacts::Contacts;
use super::entering::Entering;
use crate::chance::now_ms;
use crate::core::Core;
use crate::hall::{Direct, EntryState, Hall};
use crate::record::{How, Record};
use crate::{Change, Standing, door, trouble};

/// A community in the loop.
pub(super) struct Seat {
    pub hall: Arc<Hall>,
    /// `None` while its store cannot be used.
    pub node: Option<Node>,
    /// How this device came, or comes, in.
    pub record: Option<Record>,
    /// While this device has not written its first event.
    pub entering: Option<Entering>,
    pub waiting: Vec<Input>,
    pub wake_at_ms: Option<u64>,
    pub retry_at_ms: u64,
    pub contacts: Contacts,
    failures: u32,
}

impl Seat {
    pub fn new(core: &Core, community: CommunityId) -> Self {
        let hall = Arc::new(Hall::new(community, core.profile.community(&community)));
        Self {
            hall,
            node: None,
            record: None,
            entering: None,
            waiting: Vec::new(),
            wake_at_ms: None,
            retry_at_ms: 0,
            contacts: Contacts::default(),
            failures: 0,
        }
    }

    /// When it next has something to do by itself.
    pub fn next_at_ms(&self) -> Option<u64> {
        let retry = if self.node.is_none() { Some(self.retry_at_ms) } else { None };
        [retry, self.wake_at_ms, self.contacts.next_at_ms()].into_iter().flatten().min()
    }

    pub fn has_work(&self, now_ms: u64) -> bool {
        !self.waiting.is_empty() || self.next_at_ms().is_some_and(|at| at <= now_ms)
    }

    /// Takes in what the network says.
    pub fn hear(&mut self, core: &Core, event: NetEvent) {
        let community = self.hall.id;
        match event {
            NetEvent::Up { device, .. } if self.node.is_none() => {
                core.wire.hang_up(device, community, "this device has trouble with its disk");
            }
            NetEvent::Up { device, guest, .. } => {
                self.hall.change(|known| known.up.insert(device));
                self.waiting.push(Input::PeerUp { device, guest });
                core.tell(Change::Reach { community: community.to_string(), device: device.to_string(), up: true });
            }
            NetEvent::Frame { device, bytes, .. } => {
                if let Some(entering) = &mut self.entering {
                    entering.overhear(&device, &bytes);
                }
                self.waiting.push(Input::Frame { from: device, bytes });
            }
            NetEvent::Down { device, .. } => {
                if self.hall.change(|known| known.up.remove(&device)) {
                    self.waiting.push(Input::PeerDown { device });
                    core.tell(Change::Reach {
                        community: community.to_string(),
                        device: device.to_string(),
                        up: false,
                    });
                }
            }
            NetEvent::Refused { device, why, .. } => self.hear_refusal(core, &device, &why),
        }
    }

    fn hear_refusal(&mut self, core: &Core, device: &skein_event::DeviceId, why: &str) {
        let (final_word, words) = door::read_reason(why);
        if self.hall.known().standing == Standing::Left {
            self.hall.change(|known| known.goodbye_heard = true);
            self.contacts.changed();
        }
        let (lonely, called) = {
            let known = self.hall.known();
            (known.up.is_empty(), known.called.contains(device))
        };
        let meant = self.entering.as_mut().is_some_and(|entering| entering.is_meant(device));
        if final_word && lonely && called && meant {
            let refusal = Refusal::new(Kind::Denied, format!("you cannot come in: {words}"))
                .hint("Ask a member for a new link, and use that one.");
            self.refused_for_good(core, refusal);
        }
    }

    /// What was changed in one call of the node becomes known to everybody else.
    pub fn after_handling(&mut self, core: &Core) {
        let Some(node) = &self.node else { return };
        self.failures = 0;
        let events = node.store().event_count();
        self.hall.change(|known| known.events = events);
        if let Some(entering) = &self.entering {
            if let Some(total) = entering.total() {
                self.hall.entry.send_replace(EntryState::Hearing(events.min(total), total));
            }
            if let Some(input) = entering.introduction(core, node) {
                self.entering = None;
                self.waiting.push(input);
            }
        }
    }

    /// Takes the standing of all devices over into the snapshot.
    pub fn refresh_standing(&mut self, core: &Core) {
        let standing = self.standing();
        let devices = self.node.iter().flat_map(Node::standing).map(|device| (device.device, device.clone())).collect();
        self.hall.change(|known| {
            known.standing = standing;
            known.devices = devices;
        });
        self.refresh_names(core);
        if standing == Standing::Member {
            self.hall.entry.send_replace(EntryState::In);
        }
        self.contacts.changed();
        core.tell(Change::Members { community: self.hall.id.to_string() });
    }

    /// Takes the names over into the snapshot.
    pub fn refresh_names(&self, core: &Core) {
        let Some(node) = &self.node else { return };
        let ids = DbIds(node.store().connection());
        let view = View::of_all(node.store().connection(), &ids);
        // Names that cannot be read stay as they were; the next call of the node says what is wrong with the store.
        let (name, my_name) = core.rules.roster.names(&node.member(), &view).unwrap_or_default();
        let direct = direct(core, node, &view, &name, &my_name);
        self.hall.change(|known| {
            known.direct = direct;
            if !name.is_empty() {
                known.name = name;
            }
            if !my_name.is_empty() {
                known.my_name = my_name;
            }
        });
    }

    fn standing(&self) -> Standing {
        let Some(node) = &self.node else { return Standing::Closed };
        let wrote = node.store().logs_of(&node.device()).next().is_some();
        match (&self.record, wrote) {
            (_, true) if node.is_member(&node.device()) => Standing::Member,
            (_, true) => Standing::Left,
            (Some(record), false) if record.refused.is_some() => Standing::Refused,
            (Some(_), false) => Standing::Joining,
            (None, false) => Standing::Left,
        }
    }

    /// The store failed: the node is gone until it can be opened again. Whoever is connected begins anew then.
    pub fn fail(&mut self, core: &Core, error: &StoreError) {
        let refusal = trouble::of_store(&core.profile.community(&self.hall.id), error);
        tracing::warn!(community = %self.hall.id.short(), "{refusal}: {error}");
        self.node = None;
        self.entering = None;
        self.retry_at_ms = now_ms() + trouble::retry_after_ms(self.failures);
        self.failures += 1;
        self.wake_at_ms = None;
        let up = self.hall.change(|known| {
            known.standing = Standing::Closed;
            known.trouble = format!("{} {}", refusal.message, refusal.hint);
            std::mem::take(&mut known.up)
        });
        for device in up {
            core.wire.hang_up(device, self.hall.id, "this device has trouble with its disk");
        }
        core.tell(Change::Community { community: self.hall.id.to_string() });
    }

    /// Why it cannot be used now.
    pub fn trouble(&self) -> Refusal {
        let trouble = self.hall.known().trouble.clone();
        Refusal::new(Kind::Failed, format!("this community cannot be used now: {trouble}"))
            .hint("It is tried again by itself. `skein doctor` says more.")
    }
}

impl Engine {
    /// Opens a seat's store and node.
    pub(super) fn open_seat(&mut self, seat: &mut Seat) {
        let core = self.core.clone();
        let opened = Store::open(&core.profile.community(&seat.hall.id)).and_then(|store| {
            let record = Record::read(&store)?;
            let node = Node::open(core.rules, seat.hall.id, core.keys(), core.keeper, store);
            Ok((record, node.map_err(|error| error.0)?))
        });
        match opened {
            Ok((record, node)) => self.seat_node(seat, record, node),
            Err(error) => seat.fail(&core, &error),
        }
    }

    /// Puts an open node in its seat.
    pub(super) fn seat_node(&mut self, seat: &mut Seat, record: Option<Record>, node: Node) {
        let label = self.core.settings().label.clone();
        let wrote = node.store().logs_of(&node.device()).next().is_some();
        // No word of this device, but of its member: the device's key is new, or the files came from a backup.
        let known_member = node.standing().any(|device| device.member == node.member() && device.cut.is_none());
        let record = if !wrote && known_member { Some(as_further(record, &label)) } else { record };
        seat.entering = match &record {
            Some(record) if !wrote && record.refused.is_none() => Some(Entering::new(record.clone(), known_member)),
            _ => None,
        };
        if let Some(record) = &record {
            seat.hall.change(|known| {
                if known.name.is_empty() {
                    known.name.clone_from(&record.community_name);
                }
                known.called = record.entries.iter().map(|entry| entry.device).collect();
            });
            if let Some(refusal) = &record.refused {
                seat.hall.entry.send_replace(EntryState::Refused(refusal.clone()));
            }
        }
        let events = node.store().event_count();
        seat.hall.change(|known| {
            known.events = events;
            known.trouble.clear();
        });
        seat.record = record;
        seat.node = Some(node);
        seat.waiting.extend(self.presence.clone().map(Input::Presence));
        seat.waiting.push(Input::Timer); // what waits for its time says so
        seat.refresh_standing(&self.core);
        self.core.rules.apps.iter().for_each(|app| seat.hall.stale(app.name()));
        self.core.news.notify_one();
        self.core.tell(Change::Community { community: seat.hall.id.to_string() });
    }
}

/// The other one, if it is a conversation of two and nobody else is or was in it.
fn direct(core: &Core, node: &Node, view: &View<'_>, name: &str, my_name: &str) -> Option<Direct> {
    let (roster, me) = (core.rules.roster, node.member());
    let (by, with) = roster.direct(view).ok()??;
    let other = if by == me { with } else { by };
    let of_two = (by == me) != (with == me) && node.standing().all(|device| [by, with].contains(&device.member));
    let (_, called) = roster.names(&other, view).unwrap_or_default();
    let meant = name.strip_prefix(my_name).and_then(|rest| rest.strip_prefix(" & ")).unwrap_or(name);
    let name = if called.is_empty() { meant.to_owned() } else { called };
    of_two.then_some(Direct { with: other, name })
}

/// The record of a device whose member is known here, but not the device itself.
fn as_further(record: Option<Record>, label: &str) -> Record {
    match record {
        Some(record) if matches!(record.how, How::Further { .. }) => record,
        Some(record) => Record::further(label, &record.community_name, record.entries),
        None => Record::further(label, "", Vec::new()),
    }
}

/// What every question about a community that is not here comes to.
pub(super) fn not_here() -> Refusal {
    Refusal::new(Kind::NotFound, "there is no such community on this device")
        .hint("`skein status` lists the communities that are here.")
}

/// How many events a device's first word says that it has; `None` if it is another kind of frame.
pub(super) fn claimed(bytes: &[u8]) -> Option<(u64, bool, bool)> {
    // The first byte says what kind of frame it is: only the kind that matters is read twice.
    if bytes.first() != Some(&0) {
        return None;
    }
    match Frame::decode(bytes) {
        Ok(Frame::Have { claims, whole, last, .. }) => Some((claims.iter().map(|c| c.height).sum(), whole, last)),
        _ => None,
    }
}
