//! Any order of arrival gives the same rows and verdicts, and folding anew gives them again.

use skein_app::Verdict;

use super::super::{Event, copies_id, room_id};
use super::{COMMUNITY, Person, Said, World, folder, root};

/// A small generator of numbers (splitmix64): the same seed gives the same numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % n
    }

    fn shuffle(&mut self, events: &mut [Said]) {
        for at in (1..events.len()).rev() {
            events.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

/// Two members with two devices each, who know little of one another, say all that can be said about three shares.
fn talk(dice: &mut Dice) -> Vec<Said> {
    let mut people = [Person::new(1, 1), Person::new(2, 1), Person::new(3, 2), Person::new(4, 2)];
    let shares = [people[0].shares(1, "one"), people[1].shares(2, "two"), people[2].shares(1, "three")];
    let mut events = shares.to_vec();
    for _ in 0..60 {
        let share = &shares[dice.below(3) as usize].meta;
        let (object, shared) = (share.object, share.event);
        let root = root(dice.below(4) as u8);
        let event = match dice.below(26) {
            20 => Event::CopiesWanted { copies: Some(1 + dice.below(3) as u32) },
            21..=23 => Event::HeldForOthers { root },
            24 => Event::Unfit { root },
            25 => {
                // About what is everybody's, or one device's own: not this share.
                let person = &mut people[dice.below(4) as usize];
                let bytes = dice.below(9);
                let said = match dice.below(2) {
                    0 => (copies_id(&COMMUNITY), Event::CopiesWanted { copies: Some(1 + bytes as u32) }),
                    _ => (room_id(&COMMUNITY, &person.device), Event::RoomOffered { bytes, fits: bytes / 2 }),
                };
                events.push(person.say(said.0, said.1));
                continue;
            }
            0..=6 => Event::Held { root },
            7..=10 => Event::Unheld { root },
            11..=12 => Event::Kept,
            13..=15 => Event::Described { shared, name: format!("name {}", dice.below(9)), note: String::new() },
            16..=18 => Event::Replaced { content: folder(dice.below(4) as u8) },
            _ => Event::Removed { shared },
        };
        // Clocks differ, and stand still at times: ticks meet.
        let person = &mut people[dice.below(4) as usize];
        person.now_ms -= 1_000 * dice.below(2);
        events.push(person.say(object, event));
    }
    events
}

fn told(events: &[Said]) -> World {
    let mut world = World::new();
    for said in events {
        world.hear(said);
    }
    world
}

#[test]
fn every_order_of_arrival_gives_the_same() {
    let mut counted = 0;
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut events = talk(&mut dice);
        let first = told(&events);
        for _ in 0..4 {
            dice.shuffle(&mut events);
            let other = told(&events);
            assert_eq!(first.dump(), other.dump(), "seed {seed}");
            assert_eq!(first.verdicts, other.verdicts, "seed {seed}");
        }
        counted += first.verdicts.values().filter(|verdict| **verdict == Verdict::Accept).count();
    }
    assert!(counted > 40 * 20, "most of it must count for this to mean anything: {counted}");
}

#[test]
fn folding_anew_gives_the_same() {
    for seed in 100..120 {
        let mut dice = Dice(seed);
        let events = talk(&mut dice);
        let mut world = told(&events);
        let before = (world.dump(), world.verdicts.clone());
        for object in events.iter().map(|said| said.meta.object) {
            world.refold(&object);
        }
        assert_eq!(before, (world.dump(), world.verdicts.clone()), "seed {seed}");
    }
}
