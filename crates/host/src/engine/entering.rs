//! Coming into a community: listening until all is here, then writing the first event.

use std::collections::{BTreeMap, BTreeSet};

use skein_app::{Pass, Refusal};
use skein_event::{DeviceId, SecretKey};
use skein_node::{Input, Node};

use super::seat::{Seat, claimed};
use crate::Change;
use crate::core::Core;
use crate::hall::EntryState;
use crate::record::{How, Record};

/// The ticket of an introduction: no person waits for it.
pub(super) const INTRODUCTION: u64 = 0;

/// A device that is on its way in.
pub(super) struct Entering {
    record: Record,
    /// Everything that some member has is here.
    caught_up: bool,
    /// How many events each device said it has, and whether it has said all.
    claims: BTreeMap<DeviceId, (u64, bool)>,
    /// Another link was tried before this one: a refusal may still be an answer to that one.
    again: bool,
    refused_by: BTreeSet<DeviceId>,
}

impl Entering {
    /// `has_history`: the member is known here already, so there is nothing to wait for.
    pub fn new(record: Record, has_history: bool) -> Self {
        let caught_up = has_history && matches!(record.how, How::Further { .. });
        Self { record, caught_up, claims: BTreeMap::new(), again: false, refused_by: BTreeSet::new() }
    }

    /// Another link was tried before this one.
    pub fn again(&mut self) {
        self.again = true;
    }

    /// Whether a refusal by this device is about this link: the first one may be about the link before it.
    pub fn is_meant(&mut self, device: &DeviceId) -> bool {
        !self.refused_by.insert(*device) || !self.again
    }

    pub fn caught_up(&mut self) {
        self.caught_up = true;
    }

    /// Listens to what a device says it has, to know how much there is to come.
    pub fn overhear(&mut self, from: &DeviceId, bytes: &[u8]) {
        let Some((events, whole, last)) = claimed(bytes) else { return };
        let (total, said_all) = self.claims.entry(*from).or_default();
        if whole {
            (*total, *said_all) = (events, last);
        } else if !*said_all {
            (*total, *said_all) = (total.saturating_add(events), last);
        }
    }

    /// How many events there are in all, if anybody said so.
    pub fn total(&self) -> Option<u64> {
        self.claims.values().map(|(total, _)| *total).max().filter(|total| *total > 0)
    }

    /// The first event's making, if it is time for it.
    pub fn introduction(&self, core: &Core, node: &Node) -> Option<Input> {
        if !self.caught_up {
            return None;
        }
        let (keys, roster, community) = (core.keys(), core.rules.roster, node.community());
        let device = keys.device.device();
        let payload = match &self.record.how {
            How::Invited { invitation, secret, my_name, .. } => {
                node.store().find(invitation).ok().flatten()?;
                let pass = Pass { invitation: *invitation, secret: SecretKey::from_bytes(*secret) };
                roster.joining(&community, &keys.member, &device, &pass, my_name)
            }
            How::Further { label } => {
                node.store().logs().find(|log| log.member == node.member())?;
                roster.further(&community, &keys.member, &device, label)
            }
        };
        Some(Input::Introduce { ticket: INTRODUCTION, payload })
    }
}

impl Seat {
    /// What came of the first event.
    pub(super) fn introduced(&mut self, core: &Core, result: Result<(), Refusal>) {
        match result {
            Ok(()) => self.refresh_standing(core),
            Err(refusal) => self.refused_for_good(core, refusal),
        }
        core.tell(Change::Community { community: self.hall.id.to_string() });
    }

    /// Coming in has failed, and trying again would not help.
    pub(super) fn refused_for_good(&mut self, core: &Core, refusal: Refusal) {
        self.entering = None;
        if let (Some(record), Some(node)) = (&mut self.record, &self.node) {
            record.refused = Some(refusal.clone());
            if let Err(fault) = record.note(node.store()) {
                tracing::warn!("it could not be written down that coming in was refused: {fault}");
            }
        }
        self.refresh_standing(core);
        self.hall.change(|known| known.trouble = format!("{} {}", refusal.message, refusal.hint));
        self.hall.entry.send_replace(EntryState::Refused(refusal));
        let up: Vec<DeviceId> = self.hall.known().up.iter().copied().collect();
        for device in up {
            core.wire.hang_up(device, self.hall.id, "coming in was refused");
        }
        core.tell(Change::Community { community: self.hall.id.to_string() });
    }
}
