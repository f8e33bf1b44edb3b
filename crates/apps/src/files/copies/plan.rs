//! Who should hold what, worked out from facts that all devices share: no clock, no rows, no dispatcher.
//!
//! For each file every device has a rank (rendezvous hashing: the highest of a hash over file and device), so all who know the
//! same come to the same, and few copies move when a device comes or goes. A device lets go only of what enough *better-ranked*
//! ones hold: the best-ranked of those who let go leaves enough behind, so no two can let go at once and leave too few, even
//! where they know different things.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use skein_event::{BlobHash, DeviceId, MemberId, ObjectId, statement};

/// With so many copies or more, they are to be with two people at least.
const TWO_PEOPLE_FROM: u32 = 2;

/// A version of a share of which copies are asked for, or which some device holds for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct File {
    pub share: ObjectId,
    pub root: BlobHash,
    pub folder: bool,
    /// What its sharer says of all its files.
    pub bytes: u64,
    /// The most that a folder's list may have.
    pub list_bytes: u64,
    /// What it takes of the room that a device offers.
    pub cost: u64,
    /// How many copies are asked for; 0 also of an earlier version.
    pub wanted: u32,
    pub sharer: MemberId,
    pub holders: Vec<Holder>,
    /// Who found it larger than its sharer says.
    pub unfit: BTreeSet<DeviceId>,
}

/// A device that says it holds a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Holder {
    pub device: DeviceId,
    pub member: MemberId,
    /// It took it for the others.
    pub spare: bool,
    /// It belongs, and was heard of not too long ago.
    pub counts: bool,
}

/// A device that counts and offers room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Offer {
    pub device: DeviceId,
    pub member: MemberId,
    /// How much it takes in all.
    pub room: u64,
    /// Whether it can be expected to act now.
    pub awake: bool,
}

/// What a device holds for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Spare {
    pub device: DeviceId,
    pub root: BlobHash,
    pub cost: u64,
}

/// All that is needed to plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Facts {
    pub files: Vec<File>,
    pub offers: Vec<Offer>,
    pub spares: Vec<Spare>,
}

/// Why nobody takes what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Lack {
    /// No device offers room.
    NobodyOffers,
    /// All who offer room hold it already, or will.
    AllHaveIt,
    /// Those who looked found it larger than its sharer says.
    Unfit,
    /// Nobody has so much room left.
    NoRoom,
}

/// What comes of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Outlook {
    /// Who holds it and counts, but for those that have to let it go.
    pub counted: Vec<DeviceId>,
    /// How many people these are.
    pub people: usize,
    /// Who should take it now.
    pub takers: Vec<DeviceId>,
    /// How many more are missing, for whom nobody is there.
    pub missing: u32,
    /// Why not.
    pub lack: Option<Lack>,
}

/// Whom a device leaves a file to when it lets it go, the best first, and how many of them must show that they hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Heirs {
    pub others: Vec<DeviceId>,
    pub needed: usize,
}

/// The plan: for each file of the facts what comes of it.
pub(in super::super) struct Plan<'a> {
    facts: &'a Facts,
    /// Beyond what the device offers: it holds it until others do.
    leaving: BTreeSet<(DeviceId, BlobHash)>,
    pub outlooks: Vec<Outlook>,
}

/// How well a device is placed to hold a file: the higher the better.
fn score(root: &BlobHash, device: &DeviceId) -> u64 {
    let hash = statement(
        "skein 2026 files: how well this device is placed to hold this file",
        &[root.as_bytes(), device.as_bytes()],
    );
    u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}

/// A device's place in the order for one file; the lowest is the best. It rests on who offers room and who shared the file,
/// never on who holds it: so two devices that know of different copies still agree on the order.
type Rank = (u8, Reverse<u64>, DeviceId);

/// The ranks of all who offer room: first the best device of each person, then further ones, last those of whoever shared it.
fn ranks(file: &File, offers: &[Offer]) -> BTreeMap<DeviceId, Rank> {
    let scores: Vec<u64> = offers.iter().map(|offer| score(&file.root, &offer.device)).collect();
    let mut best: BTreeMap<MemberId, (u64, DeviceId)> = BTreeMap::new();
    for (offer, score) in offers.iter().zip(&scores) {
        let known = best.entry(offer.member).or_insert((*score, offer.device));
        *known = (*known).max((*score, offer.device));
    }
    let rank = |offer: &Offer, score: u64| {
        let tier = match best.get(&offer.member) {
            _ if offer.member == file.sharer => 2,
            Some((_, device)) if *device == offer.device => 0,
            _ => 1,
        };
        (tier, Reverse(score), offer.device)
    };
    offers.iter().zip(scores).map(|(offer, score)| (offer.device, rank(offer, score))).collect()
}

/// Plans. The same facts give the same plan.
pub(in super::super) fn plan(facts: &Facts) -> Plan<'_> {
    let (leaving, mut left) = rooms(facts);
    let mut plan = Plan { facts, leaving, outlooks: vec![Outlook::default(); facts.files.len()] };
    for (at, file) in facts.files.iter().enumerate() {
        plan.outlooks[at] = plan.now(file);
    }
    // What has the fewest copies comes first where room is short.
    let mut order: Vec<usize> = (0..facts.files.len()).filter(|at| facts.files[*at].wanted > 0).collect();
    order.sort_by_key(|at| (plan.outlooks[*at].counted.len(), facts.files[*at].root, facts.files[*at].share));
    for at in order {
        plan.look_for_takers(at, &mut left);
    }
    plan
}

/// What each device holds beyond what it offers, and how much room each has left.
fn rooms(facts: &Facts) -> (BTreeSet<(DeviceId, BlobHash)>, BTreeMap<DeviceId, u64>) {
    let mut left: BTreeMap<DeviceId, u64> = facts.offers.iter().map(|offer| (offer.device, offer.room)).collect();
    let mut spares: Vec<(Reverse<u64>, &Spare)> =
        facts.spares.iter().map(|spare| (Reverse(score(&spare.root, &spare.device)), spare)).collect();
    spares.sort_by_key(|(score, spare)| (*score, spare.root, spare.device));
    let mut leaving = BTreeSet::new();
    for (_, spare) in spares {
        match left.get_mut(&spare.device) {
            Some(left) if *left >= spare.cost => *left -= spare.cost,
            _ => drop(leaving.insert((spare.device, spare.root))),
        }
    }
    // Whoever holds too much takes nothing more until it is gone.
    for (device, _) in &leaving {
        left.insert(*device, 0);
    }
    (leaving, left)
}

impl Plan<'_> {
    fn stays(&self, file: &File, holder: &Holder) -> bool {
        holder.counts && !(holder.spare && self.leaving.contains(&(holder.device, file.root)))
    }

    fn now(&self, file: &File) -> Outlook {
        let staying = || file.holders.iter().filter(|holder| self.stays(file, holder));
        let people: BTreeSet<MemberId> = staying().map(|holder| holder.member).collect();
        Outlook { counted: staying().map(|holder| holder.device).collect(), people: people.len(), ..Outlook::default() }
    }

    fn look_for_takers(&mut self, at: usize, left: &mut BTreeMap<DeviceId, u64>) {
        let file = &self.facts.files[at];
        let mut people: BTreeSet<MemberId> =
            file.holders.iter().filter(|holder| self.stays(file, holder)).map(|holder| holder.member).collect();
        let held = self.outlooks[at].counted.len() as u32;
        let alone = file.wanted >= TWO_PEOPLE_FROM && people.len() == 1 && held >= file.wanted;
        let need = if alone { 1 } else { file.wanted.saturating_sub(held) };
        if need == 0 {
            return;
        }
        let ranks = ranks(file, &self.facts.offers);
        let holds: BTreeSet<DeviceId> = file.holders.iter().map(|holder| holder.device).collect();
        let mut takers: Vec<DeviceId> = Vec::new();
        for _ in 0..need {
            let barred = |offer: &Offer| {
                let has = holds.contains(&offer.device) || takers.contains(&offer.device);
                has || file.unfit.contains(&offer.device) || (alone && people.contains(&offer.member))
            };
            let fits = |offer: &&Offer| {
                let room = left.get(&offer.device).is_some_and(|left| *left >= file.cost);
                room && !barred(offer)
            };
            let place = |offer: &&Offer| (!offer.awake, people.contains(&offer.member), ranks[&offer.device]);
            let Some(taker) = self.facts.offers.iter().filter(fits).min_by_key(place) else { break };
            left.entry(taker.device).and_modify(|left| *left -= file.cost);
            people.insert(taker.member);
            takers.push(taker.device);
        }
        let missing = need - takers.len() as u32;
        let lack = (missing > 0).then(|| self.lack(file, &holds, &takers));
        let outlook = &mut self.outlooks[at];
        (outlook.takers, outlook.missing, outlook.lack) = (takers, missing, lack);
    }

    fn lack(&self, file: &File, holds: &BTreeSet<DeviceId>, takers: &[DeviceId]) -> Lack {
        let free: Vec<&Offer> = self.facts.offers.iter().filter(|offer| offer.room > 0).collect();
        let taken = |offer: &&&Offer| holds.contains(&offer.device) || takers.contains(&offer.device);
        let others: Vec<&&Offer> = free.iter().filter(|offer| !taken(offer)).collect();
        match others.len() {
            _ if free.is_empty() => Lack::NobodyOffers,
            0 => Lack::AllHaveIt,
            _ if others.iter().all(|offer| file.unfit.contains(&offer.device)) => Lack::Unfit,
            _ => Lack::NoRoom,
        }
    }

    /// Whom this device leaves a file to; `None`: it has to keep it, or does not hold it for the others.
    pub fn heirs(&self, at: usize, me: &DeviceId) -> Option<Heirs> {
        let file = &self.facts.files[at];
        let mine = file.holders.iter().find(|holder| holder.device == *me && holder.spare)?;
        let own = |holder: &&Holder| holder.counts && !holder.spare;
        if file.wanted == 0 {
            // Nothing is asked for (any more): it goes as soon as somebody holds it of their own.
            let others: Vec<DeviceId> = file.holders.iter().filter(own).map(|holder| holder.device).collect();
            return (!others.is_empty()).then_some(Heirs { others, needed: 1 });
        }
        let ranks = ranks(file, &self.facts.offers);
        let rank = |holder: &Holder| {
            let own = !holder.spare;
            (!own, ranks.get(&holder.device).copied().unwrap_or((u8::MAX, Reverse(0), holder.device)))
        };
        let stays = self.stays(file, mine);
        let mut better: Vec<&Holder> = file
            .holders
            .iter()
            .filter(|holder| holder.device != *me && self.stays(file, holder) && (!stays || rank(holder) < rank(mine)))
            .collect();
        better.sort_by_key(|holder| rank(holder));
        let people: BTreeSet<MemberId> = better.iter().map(|holder| holder.member).collect();
        let enough = better.len() >= file.wanted as usize && (file.wanted < TWO_PEOPLE_FROM || people.len() >= 2);
        let others = better.into_iter().map(|holder| holder.device).collect();
        enough.then_some(Heirs { others, needed: file.wanted as usize })
    }
}
