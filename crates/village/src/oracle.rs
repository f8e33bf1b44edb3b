//! The oracles: what must hold at the end, whatever happened.

use std::collections::BTreeMap;

use skein_event::EventId;
use skein_node::Rules;

use crate::{Dump, House, dump};

/// What a run came to.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// What is wrong; empty if all is well.
    pub faults: Vec<String>,
    /// How many events all houses hold.
    pub events: usize,
    /// How many of them do not count, by the rules.
    pub not_counted: usize,
}

/// Equal views in all houses that still belong; nothing acknowledged is lost; a refold changes nothing.
pub(crate) fn judge(
    houses: &mut [House],
    belongs: &[bool],
    acknowledged: &BTreeMap<EventId, usize>,
    rules: Rules,
) -> Verdicts {
    let mut verdicts = Verdicts::default();
    let acknowledged = still_owed(houses, belongs, acknowledged);
    let mut first: Option<(usize, Dump)> = None;
    for (index, house) in houses.iter_mut().enumerate().filter(|(index, _)| belongs[*index]) {
        let Some(node) = house.node_mut() else { continue };
        let folded = dump(node, rules);
        for (id, by) in &acknowledged {
            if !folded.events.contains_key(id) {
                verdicts.faults.push(format!("house {index} lost {id:?}, which house {by} had acknowledged"));
            }
        }
        node.rebuild_now().expect("views can be made again");
        if let Some(difference) = folded.difference(&dump(node, rules)) {
            verdicts.faults.push(format!("house {index}: folding again changes the view: {difference}"));
        }
        match &first {
            None => {
                verdicts.events = folded.events.len();
                verdicts.not_counted = folded.events.values().filter(|event| !event.starts_with("Folded")).count();
                first = Some((index, folded));
            }
            Some((other, dump)) => {
                if let Some(difference) = dump.difference(&folded) {
                    verdicts.faults.push(format!("houses {other} and {index} differ: {difference}"));
                }
            }
        }
    }
    verdicts
}

/// What must not be lost: the words of those who belong, and what anybody who belongs ever held. Somebody who left or was
/// removed is not listened to any more, and may keep unheard words.
fn still_owed(houses: &[House], belongs: &[bool], acknowledged: &BTreeMap<EventId, usize>) -> BTreeMap<EventId, usize> {
    let held = |id: &EventId| {
        let nodes = houses.iter().zip(belongs).filter(|(_, belongs)| **belongs).filter_map(|(house, _)| house.node());
        nodes.into_iter().any(|node| node.store().find(id).is_ok_and(|place| place.is_some()))
    };
    let owed = acknowledged.iter().filter(|(id, by)| belongs[**by] || held(id));
    owed.map(|(id, by)| (*id, *by)).collect()
}
