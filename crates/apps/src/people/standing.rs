//! How each device stands, worked out from all facts at once: a pure function, the same on every node.
//!
//! A removal holds when as many members as the charter says want it. What a removed member's devices said beyond the
//! height that the removers name is void, however it is dated. Removals take effect one after another, the earliest
//! first; what a removal has ended stays ended, even if those who wanted it are removed thereafter. So two who remove one
//! another, while apart, are both removed, and no order of arrival matters.

use std::collections::{BTreeMap, BTreeSet};

use skein_event::{DeviceId, EventId, MemberId, Tick};

/// A device and how it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeviceFact {
    pub device: DeviceId,
    pub member: MemberId,
    /// The tick of the invitation that it came in by; none for the founder's and for further devices.
    pub invited: Option<Tick>,
}

/// Why devices come to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndKind {
    Removal,
    Leave,
    Retire,
}

/// Somebody says up to where devices of `target` count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EndFact {
    pub kind: EndKind,
    pub device: DeviceId,
    pub seq: u64,
    pub member: MemberId,
    pub target: MemberId,
    pub heights: Vec<(DeviceId, u64)>,
    pub tick: Tick,
    pub id: EventId,
}

/// For each device that no longer counts, from which seq on.
pub(super) type Cuts = BTreeMap<DeviceId, u64>;

/// Works out the cuts.
pub(super) fn cuts(devices: &[DeviceFact], ends: &[EndFact], quorum: usize) -> Cuts {
    let mut ends: Vec<&EndFact> = ends.iter().collect();
    ends.sort_by_key(|end| (end.tick, end.id));
    let mut cuts = Cuts::new();
    let mut removed = BTreeSet::new();
    loop {
        let found = next_removal(&ends, &cuts, &removed, quorum);
        let Some((target, since, wanted)) = found else { break };
        removed.insert(target);
        end_member(&mut cuts, devices, target, since, &wanted);
    }
    end_by_own_word(&mut cuts, devices, &ends);
    cuts
}

fn counts(end: &EndFact, cuts: &Cuts) -> bool {
    cuts.get(&end.device).is_none_or(|cut| end.seq < *cut)
}

/// The earliest removal that has its quorum and has not taken effect: whom, since when, and who wanted it.
fn next_removal<'a>(
    ends: &[&'a EndFact],
    cuts: &Cuts,
    removed: &BTreeSet<MemberId>,
    quorum: usize,
) -> Option<(MemberId, Tick, Vec<&'a EndFact>)> {
    let mut wanted: BTreeMap<MemberId, Vec<&EndFact>> = BTreeMap::new();
    for end in ends.iter().filter(|end| end.kind == EndKind::Removal) {
        if end.member == end.target || removed.contains(&end.target) || !counts(end, cuts) {
            continue;
        }
        let by = wanted.entry(end.target).or_default();
        if by.iter().all(|earlier| earlier.member != end.member) {
            by.push(end);
        }
        if by.len() >= quorum {
            return Some((end.target, end.tick, by.clone()));
        }
    }
    None
}

fn end_member(cuts: &mut Cuts, devices: &[DeviceFact], target: MemberId, since: Tick, wanted: &[&EndFact]) {
    for device in devices.iter().filter(|device| device.member == target) {
        if device.invited.is_some_and(|invited| invited > since) {
            continue; // invited anew after the removal
        }
        let named = wanted.iter().flat_map(|end| &end.heights).filter(|(named, _)| *named == device.device);
        let height = named.map(|(_, height)| *height).max().unwrap_or(0);
        cut(cuts, device.device, height);
    }
}

/// Leaving, and retiring one's own devices.
fn end_by_own_word(cuts: &mut Cuts, devices: &[DeviceFact], ends: &[&EndFact]) {
    let mut new = Vec::new();
    for end in ends.iter().filter(|end| end.kind != EndKind::Removal && counts(end, cuts)) {
        for device in devices.iter().filter(|device| device.member == end.member) {
            let named = end.heights.iter().find(|(named, _)| *named == device.device);
            let invited_anew = device.invited.is_some_and(|invited| invited > end.tick);
            match (end.kind, named) {
                (_, Some((_, height))) => new.push((device.device, *height)),
                (EndKind::Leave, None) if !invited_anew => new.push((device.device, 0)),
                _ => {}
            }
        }
    }
    for (device, height) in new {
        cut(cuts, device, height);
    }
}

/// The lower cut wins.
fn cut(cuts: &mut Cuts, device: DeviceId, height: u64) {
    let cut = cuts.entry(device).or_insert(height);
    *cut = (*cut).min(height);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> [u8; 32] {
        [n; 32]
    }

    /// Member n has device n.
    fn devices(count: u8) -> Vec<DeviceFact> {
        let fact = |n| DeviceFact {
            device: DeviceId::from_bytes(id(n)),
            member: MemberId::from_bytes(id(n)),
            invited: Some(Tick::from_raw(1)),
        };
        (1..=count).map(fact).collect()
    }

    fn removal(by: u8, seq: u64, target: u8, height: u64, tick: u64) -> EndFact {
        EndFact {
            kind: EndKind::Removal,
            device: DeviceId::from_bytes(id(by)),
            seq,
            member: MemberId::from_bytes(id(by)),
            target: MemberId::from_bytes(id(target)),
            heights: vec![(DeviceId::from_bytes(id(target)), height)],
            tick: Tick::from_raw(tick),
            id: EventId::from_bytes([by, target, seq as u8, 0].repeat(8).try_into().expect("32 bytes")),
        }
    }

    fn cut_of(cuts: &Cuts, n: u8) -> Option<u64> {
        cuts.get(&DeviceId::from_bytes(id(n))).copied()
    }

    #[test]
    fn one_alone_removes_nobody_two_do() {
        let one = [removal(1, 5, 3, 7, 10)];
        assert!(cuts(&devices(3), &one, 2).is_empty());
        let twice = [removal(1, 5, 3, 7, 10), removal(1, 6, 3, 7, 11)];
        assert!(cuts(&devices(3), &twice, 2).is_empty(), "the same member twice is one");
        let two = [removal(1, 5, 3, 7, 10), removal(2, 5, 3, 9, 11)];
        assert_eq!(cut_of(&cuts(&devices(3), &two, 2), 3), Some(9), "what either remover had seen counts");
        let own = [removal(3, 5, 3, 7, 10), removal(2, 5, 3, 9, 11)];
        assert!(cuts(&devices(3), &own, 2).is_empty(), "nobody counts against themself");
    }

    #[test]
    fn what_a_removed_member_said_beyond_the_cut_is_void_however_dated() {
        // 3 is removed by 1 and 2; with 4's help and an early date 3 would remove 1.
        let ends = [removal(1, 5, 3, 4, 10), removal(2, 5, 3, 4, 11), removal(3, 6, 1, 0, 2), removal(4, 6, 1, 0, 12)];
        let cuts = cuts(&devices(4), &ends, 2);
        assert_eq!((cut_of(&cuts, 3), cut_of(&cuts, 1)), (Some(4), None));
    }

    #[test]
    fn two_pairs_who_remove_one_another_while_apart_are_judged_alike_in_any_order() {
        let mut ends =
            vec![removal(1, 5, 3, 9, 10), removal(2, 5, 3, 9, 11), removal(3, 6, 1, 9, 10), removal(4, 6, 1, 9, 12)];
        let first = cuts(&devices(4), &ends, 2);
        ends.reverse();
        assert_eq!(first, cuts(&devices(4), &ends, 2));
        assert_eq!((cut_of(&first, 3), cut_of(&first, 1)), (Some(9), Some(9)));
    }

    #[test]
    fn an_unnamed_further_device_of_a_removed_member_never_counts() {
        let mut all = devices(3);
        let late =
            DeviceFact { device: DeviceId::from_bytes(id(9)), member: MemberId::from_bytes(id(3)), invited: None };
        all.push(late);
        let two = [removal(1, 5, 3, 7, 10), removal(2, 5, 3, 9, 11)];
        assert_eq!(cut_of(&cuts(&all, &two, 2), 9), Some(0));
        all[3].invited = Some(Tick::from_raw(12));
        assert_eq!(cut_of(&cuts(&all, &two, 2), 9), None, "invited anew");
    }
}
