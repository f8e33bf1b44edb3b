//! Links between houses: who is let in, how frames travel, how links break.

use skein_app::{Guest, Roster, View};
use skein_event::DeviceId;
use skein_node::Input;
use skein_store::DbIds;

use crate::house::RULES;
use crate::village::{Happening, Village};

impl Village {
    /// Houses that could talk and do not, connect.
    pub(crate) fn meet(&mut self) {
        for a in 0..self.houses.len() {
            for b in a + 1..self.houses.len() {
                let both_up = self.houses[a].node().is_some() && self.houses[b].node().is_some();
                if both_up && self.side[a] == self.side[b] && !self.links.contains_key(&(a, b)) {
                    self.connect(a, b);
                }
            }
        }
    }

    fn connect(&mut self, a: usize, b: usize) {
        let (Some(a_guest), Some(b_guest)) = (self.at_the_door(b, a), self.at_the_door(a, b)) else { return };
        self.order += 1;
        self.links.insert((a, b), self.order);
        let (a_device, b_device) = (self.houses[a].device(), self.houses[b].device());
        self.feed(b, vec![Input::PeerUp { device: a_device, guest: a_guest }]);
        self.feed(a, vec![Input::PeerUp { device: b_device, guest: b_guest }]);
    }

    /// How `guest` is let in by `host`: `Some(false)` as a member, `Some(true)` as a guest, `None` not at all.
    fn at_the_door(&self, host: usize, guest: usize) -> Option<bool> {
        let (house, keys) = (&self.houses[host], &self.houses[guest].keys);
        let node = house.node()?;
        let device = keys.device.device();
        if node.standing().next().is_none() || node.is_member(&device) {
            return Some(false); // a newcomer that knows nobody yet trusts its invitation
        }
        let pass = self.pass.as_ref()?;
        let roster: &dyn Roster = RULES().roster;
        let shown = roster.show_pass(&self.community, &keys.member, &device, pass);
        let connection = node.store().connection();
        let ids = DbIds(connection);
        let view = View::of_all(connection, &ids);
        let known = node.standing().any(|standing| standing.device == device);
        let guest = Guest { device, pass: shown };
        let admitted = roster.admits(&self.community, &guest, house.clock(self.now_ms), &view).is_ok();
        (admitted && !known).then_some(true)
    }

    pub(crate) fn break_links(&mut self, broken: impl Fn(&Self, usize, usize) -> bool) {
        let links: Vec<_> = self.links.iter().map(|((a, b), link)| (*a, *b, *link)).collect();
        for (a, b, link) in links {
            if broken(self, a, b) {
                self.break_link(link, a, b);
            }
        }
    }

    pub(crate) fn break_link(&mut self, link: u64, a: usize, b: usize) {
        if self.links.get(&(a, b)) != Some(&link) {
            return;
        }
        self.links.remove(&(a, b));
        let (a_device, b_device) = (self.houses[a].device(), self.houses[b].device());
        self.feed(a, vec![Input::PeerDown { device: b_device }]);
        self.feed(b, vec![Input::PeerDown { device: a_device }]);
    }

    pub(crate) fn send(&mut self, from: usize, to: DeviceId, bytes: Vec<u8>) {
        let Some(to) = self.houses.iter().position(|house| house.device() == to) else { return };
        let pair = (from.min(to), from.max(to));
        let Some(&link) = self.links.get(&pair) else { return };
        if self.rng.chance(self.weather.loss) && self.rng.chance(30) {
            let at = self.now_ms + self.rng.below(self.weather.delay_ms);
            self.schedule(at, Happening::Break { link, a: pair.0, b: pair.1 });
            return;
        }
        let overtakes = self.rng.chance(self.weather.reordering);
        let last = self.last_arrival.get(&(link, to)).copied().unwrap_or(0);
        let arrival = self.now_ms + 1 + self.rng.below(self.weather.delay_ms);
        let arrival = if overtakes { arrival } else { arrival.max(last) };
        self.last_arrival.insert((link, to), arrival.max(last));
        if self.rng.chance(self.weather.duplication) {
            let again = arrival + self.rng.below(self.weather.delay_ms);
            self.schedule(again, Happening::Frame { link, from, to, bytes: bytes.clone() });
        }
        self.schedule(arrival, Happening::Frame { link, from, to, bytes });
    }

    pub(crate) fn hang_up(&mut self, house: usize, device: DeviceId) {
        let Some(other) = self.houses.iter().position(|house| house.device() == device) else { return };
        let pair = (house.min(other), house.max(other));
        if let Some(link) = self.links.get(&pair).copied() {
            self.break_link(link, pair.0, pair.1);
        }
    }
}
