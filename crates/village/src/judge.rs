//! How a village is judged.

use std::collections::BTreeSet;

use skein_event::DeviceId;
use skein_node::Node;

use crate::house::{House, RULES};
use crate::village::Village;
use crate::{Verdicts, oracle};

impl Village {
    /// Judges the village as it stands.
    pub fn judge(&mut self) -> Verdicts {
        let rules = RULES();
        let belongs: Vec<bool> = self.belonging();
        oracle::judge(&mut self.houses, &belongs, &self.acknowledged, rules)
    }

    /// Which houses still belong, in the eyes of most.
    fn belonging(&self) -> Vec<bool> {
        let devices: Vec<DeviceId> = self.houses.iter().map(House::device).collect();
        let nodes: Vec<&Node> = self.houses.iter().filter_map(House::node).collect();
        let belongs = |device: &DeviceId| {
            let yes = nodes.iter().filter(|node| node.is_member(device)).count();
            yes * 2 > nodes.len()
        };
        devices.iter().map(belongs).collect()
    }

    /// Who stands how in whose eyes: one line for each running house, for the failure's report.
    pub fn eyes(&self) -> String {
        let line = |(index, house): (usize, &House)| {
            let node = house.node()?;
            let letter = |other: &House| if node.is_member(&other.device()) { 'x' } else { '.' };
            let members: String = self.houses.iter().map(letter).collect();
            let links: Vec<_> = self.links.keys().filter(|(a, b)| *a == index || *b == index).collect();
            Some(format!("  house {index}: {members} of {} events, links {links:?}\n", node.store().event_count()))
        };
        self.houses.iter().enumerate().filter_map(line).collect()
    }

    /// The devices whose logs fork, as each running house sees it.
    pub fn forked(&self) -> Vec<BTreeSet<DeviceId>> {
        let of = |node: &Node| node.forks().into_iter().map(|(device, _, _)| device).collect();
        self.houses.iter().filter_map(House::node).map(of).collect()
    }
}
