//! The plan by itself: the same for all who know the same, and safe for all who know different things.

use std::collections::{BTreeMap, BTreeSet};

use skein_event::{BlobHash, DeviceId, MemberId, ObjectId};

use super::super::copies::plan::{Facts, File, Holder, Lack, Offer, Spare, plan};

/// Numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % n
    }
}

fn device(n: u64) -> DeviceId {
    DeviceId::from_bytes([n as u8; 32])
}

fn member(n: u64) -> MemberId {
    MemberId::from_bytes([n as u8; 32])
}

fn offer(n: u64, of: u64, room: u64) -> Offer {
    Offer { device: device(n), member: member(of), room, awake: true }
}

fn holder(n: u64, of: u64, spare: bool) -> Holder {
    Holder { device: device(n), member: member(of), spare, counts: true }
}

fn file(n: u64, wanted: u32, holders: Vec<Holder>) -> File {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    File {
        share: ObjectId::from_bytes(bytes),
        root: BlobHash::from_bytes(bytes),
        folder: false,
        bytes: 10,
        list_bytes: 0,
        cost: 10,
        wanted,
        sharer: member(1),
        holders,
        unfit: BTreeSet::new(),
    }
}

#[test]
fn however_little_each_knows_those_who_let_go_at_once_leave_enough() {
    let mut let_go = 0;
    for seed in 0..4_000 {
        let mut dice = Dice(seed);
        let wanted = 1 + dice.below(4) as u32;
        let count = 2 + dice.below(9);
        // Devices 1 to `count`, up to three of one person; the first shared it.
        let of: Vec<u64> = (0..=count).map(|n| 1 + n.saturating_sub(1) / (1 + dice.below(3))).collect();
        let all: Vec<Holder> = (1..=count).map(|n| holder(n, of[n as usize], n > 1 && dice.below(5) > 0)).collect();
        let offers: Vec<Offer> = (1..=count).map(|n| offer(n, of[n as usize], 100)).collect();
        let leavers: Vec<DeviceId> = (1..=count)
            .filter(|n| {
                // This one has heard of some of the copies only; of its own it knows.
                let heard = |holder: &&Holder| holder.device == device(*n) || dice.below(4) > 0;
                let holders = all.iter().filter(heard).cloned().collect();
                let facts = Facts { files: vec![file(7, wanted, holders)], offers: offers.clone(), spares: vec![] };
                plan(&facts).heirs(0, &device(*n)).is_some()
            })
            .map(device)
            .collect();
        let left: Vec<&Holder> = all.iter().filter(|holder| !leavers.contains(&holder.device)).collect();
        let people: BTreeSet<MemberId> = left.iter().map(|holder| holder.member).collect();
        if !leavers.is_empty() {
            let_go += 1;
            assert!(left.len() >= wanted as usize, "seed {seed}: {} of {wanted} are left", left.len());
            assert!(wanted < 2 || people.len() >= 2, "seed {seed}: all that is left is with one person");
        }
    }
    assert!(let_go > 1_000, "most of it must let go for this to mean anything: {let_go}");
}

#[test]
fn two_peoples_devices_come_before_two_of_one_person() {
    for seed in 0..50 {
        // Ben has four devices, Cem one.
        let offers: Vec<Offer> = (2..6).map(|n| offer(n, 2, 100)).chain([offer(6, 3, 100)]).collect();
        let facts = Facts { files: vec![file(seed, 3, vec![holder(1, 1, false)])], offers, spares: vec![] };
        let takers = plan(&facts).outlooks[0].takers.clone();
        assert_eq!(takers.len(), 2);
        assert!(takers.contains(&device(6)), "seed {seed}: {takers:?}");
    }
    // Three copies with one person: one more goes to somebody else, and only there.
    let own = |offers| Facts {
        files: vec![file(7, 3, (1..4).map(|n| holder(n, 1, false)).collect())],
        offers,
        spares: vec![],
    };
    let facts = own(vec![offer(4, 1, 100), offer(5, 2, 100)]);
    assert_eq!(plan(&facts).outlooks[0].takers, [device(5)]);
    let facts = own(vec![offer(4, 1, 100)]);
    let alone = plan(&facts);
    assert_eq!((alone.outlooks[0].takers.len(), alone.outlooks[0].missing), (0, 1));
}

/// Who takes what, with so many devices, each of another person.
fn spread(devices: u64) -> BTreeMap<usize, BTreeSet<DeviceId>> {
    let files = (0..200).map(|n| file(n, 3, vec![holder(1, 1, false)])).collect();
    let offers = (2..2 + devices).map(|n| offer(n, n, 1_000_000)).collect();
    let facts = Facts { files, offers, spares: vec![] };
    let plan = plan(&facts);
    plan.outlooks.iter().map(|outlook| outlook.takers.iter().copied().collect()).enumerate().collect()
}

#[test]
fn few_copies_move_when_a_device_comes_and_all_devices_get_their_share() {
    let (before, after) = (spread(10), spread(11));
    let moved: usize = before.iter().map(|(at, takers)| takers.difference(&after[at]).count()).sum();
    // Of 400 copies the new device should get 36; a hash of another kind would move nearly all.
    assert!((15..70).contains(&moved), "{moved} moved");
    let mut loads: BTreeMap<DeviceId, usize> = BTreeMap::new();
    before.values().flatten().for_each(|device| *loads.entry(*device).or_default() += 1);
    assert!(loads.len() == 10 && loads.values().all(|load| (20..65).contains(load)), "{loads:?}");
}

#[test]
fn whoever_sleeps_is_not_waited_for_and_not_forgotten() {
    let mut facts = Facts {
        files: vec![file(7, 2, vec![holder(1, 1, false)])],
        offers: (2..6).map(|n| Offer { awake: n == 4, ..offer(n, n, 100) }).collect(),
        spares: vec![],
    };
    assert_eq!(plan(&facts).outlooks[0].takers, [device(4)]);
    facts.offers.retain(|offer| !offer.awake);
    assert_eq!(plan(&facts).outlooks[0].takers.len(), 1);
}

#[test]
fn why_nobody_takes_it_is_told_apart() {
    let lack = |file: File, offers: Vec<Offer>, spares: Vec<Spare>| {
        let facts = Facts { files: vec![file], offers, spares };
        let plan = plan(&facts);
        (plan.outlooks[0].missing, plan.outlooks[0].lack)
    };
    let alone = || file(7, 2, vec![holder(1, 1, false)]);
    assert_eq!(lack(alone(), vec![], vec![]), (1, Some(Lack::NobodyOffers)));
    assert_eq!(lack(alone(), vec![offer(1, 1, 100)], vec![]), (1, Some(Lack::AllHaveIt)));
    assert_eq!(lack(alone(), vec![offer(2, 2, 9)], vec![]), (1, Some(Lack::NoRoom)));
    let full = Spare { device: device(2), root: BlobHash::ZERO, cost: 95 };
    assert_eq!(lack(alone(), vec![offer(2, 2, 100)], vec![full]), (1, Some(Lack::NoRoom)));
    let unfit = File { unfit: BTreeSet::from([device(2)]), ..alone() };
    assert_eq!(lack(unfit, vec![offer(2, 2, 100)], vec![]), (1, Some(Lack::Unfit)));
    assert_eq!(lack(alone(), vec![offer(2, 2, 10)], vec![]), (0, None));
}
