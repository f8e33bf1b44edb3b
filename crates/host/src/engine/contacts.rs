//! Whom the network is to stay connected with: every device in good standing, and on the way in those that the link names.

use std::collections::BTreeMap;

use skein_app::Pass;
use skein_event::{DeviceId, SecretKey};
use skein_net::Contact;
use skein_node::{Node, Presence};
use skein_store::Store;

use super::seat::Seat;
use crate::Standing;
use crate::chance::now_ms;
use crate::core::Core;
use crate::record::How;

/// The shortest time between two looks at the list.
const PAUSE_MS: u64 = 300;

/// When to look at the list, and what is known of it.
#[derive(Default)]
pub(super) struct Contacts {
    due: bool,
    not_before_ms: u64,
    /// Presence records that were read: the bytes and the addresses. Checking a signature each time would cost too much.
    read: BTreeMap<DeviceId, (Vec<u8>, Vec<String>)>,
}

impl Contacts {
    /// The list needs a look.
    pub fn changed(&mut self) {
        self.due = true;
    }

    pub fn due(&self, now_ms: u64) -> bool {
        self.due && now_ms >= self.not_before_ms
    }

    pub fn next_at_ms(&self) -> Option<u64> {
        self.due.then_some(self.not_before_ms)
    }

    /// The addresses in a device's presence record.
    fn addresses(&mut self, device: &DeviceId, record: Vec<u8>) -> Vec<String> {
        if let Some((known, addresses)) = self.read.get(device)
            && *known == record
        {
            return addresses.clone();
        }
        let addresses = Presence::open(&record).map(|presence| presence.addresses).unwrap_or_default();
        self.read.insert(*device, (record, addresses.clone()));
        addresses
    }
}

impl Seat {
    /// Tells the network whom to stay connected with.
    pub(super) fn keep_contacts(&mut self, core: &Core) {
        self.contacts.due = false;
        self.contacts.not_before_ms = now_ms() + PAUSE_MS;
        let (standing, goodbye_heard) = {
            let known = self.hall.known();
            (known.standing, known.goodbye_heard)
        };
        let wanted = match standing {
            Standing::Member | Standing::Joining => true,
            Standing::Left => !goodbye_heard,
            Standing::Refused => false,
            Standing::Closed => return,
        };
        let contacts = if wanted { self.list(core) } else { Vec::new() };
        core.wire.keep(self.hall.id, contacts);
    }

    fn list(&mut self, core: &Core) -> Vec<Contact> {
        let Some(node) = &self.node else { return Vec::new() };
        let pass = self.pass(core, node);
        let mut addresses: BTreeMap<DeviceId, Vec<String>> = BTreeMap::new();
        for device in node.standing().filter(|device| device.cut.is_none()) {
            addresses.insert(device.device, Vec::new());
        }
        for entry in self.record.iter().flat_map(|record| &record.entries) {
            addresses.entry(entry.device).or_default().extend(entry.addresses());
        }
        // An unreadable list of contacts is an unreadable store: the next call of the node says so.
        let records = Store::contacts(node.store().connection()).unwrap_or_default();
        let me = node.device();
        for contact in records {
            if let (Some(list), Some(record)) = (addresses.get_mut(&contact.device), contact.presence) {
                // What the device says of itself now comes before what a link said of it then.
                let mut found = self.contacts.addresses(&contact.device, record);
                found.extend(list.drain(..).filter(|address| !found.contains(address)).collect::<Vec<_>>());
                *list = found;
            }
        }
        addresses.remove(&me);
        let contact = |(device, addresses)| Contact { device, addresses, pass: pass.clone() };
        addresses.into_iter().map(contact).collect()
    }

    /// What to show at doors where this device is not known yet.
    fn pass(&self, core: &Core, node: &Node) -> Option<Vec<u8>> {
        let (keys, roster) = (core.keys(), core.rules.roster);
        let device = keys.device.device();
        match self.record.as_ref().map(|record| &record.how) {
            // Members who have not heard of this newcomer yet still know the invitation.
            Some(How::Invited { invitation, secret, .. }) => {
                let pass = Pass { invitation: *invitation, secret: SecretKey::from_bytes(*secret) };
                Some(roster.show_pass(&node.community(), &keys.member, &device, &pass))
            }
            _ => Some(roster.show_certificate(&node.community(), &keys.member, &device)),
        }
    }
}
