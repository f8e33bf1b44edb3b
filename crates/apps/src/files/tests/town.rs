//! A small town for the tests of copies: people with a device each, who know all that was said and do what they want.

use std::collections::BTreeSet;

use skein_app::{App, Hold, Want};
use skein_event::{DeviceId, ObjectId};

use super::super::{Amount, Answer, Command, Files, Number, Outlook, Query, Room};
use super::{Person, World, root};

pub const MB: u64 = 1_000_000;

/// Some people with a device each (device n of member n), who all know what was said; the first has shared content 1.
pub struct Town {
    pub world: World,
    pub people: Vec<Person>,
    pub share: ObjectId,
    /// Somebody whose program does not run.
    pub away: Option<usize>,
}

impl Town {
    pub fn of(count: u8) -> Self {
        let mut world = World::new();
        let mut people: Vec<Person> = (1..=count).map(|n| Person::new(n, n)).collect();
        for (n, person) in people.iter().enumerate() {
            world.knows(person, ["Ana", "Ben", "Cem", "Dan", "Eve", "Fay", "Gus", "Hal"][n % 8]);
        }
        let shared = people[0].shares(1, "photos");
        world.hear(&shared);
        Self { world, people, share: shared.meta.object, away: None }
    }

    /// Somebody says something, after all that was said so far.
    pub fn says(&mut self, n: usize, command: Command) {
        self.later(n);
        let mut person = self.people[n].clone();
        self.world.act(&mut person, command);
        self.people[n] = person;
    }

    pub fn later(&mut self, n: usize) {
        let latest = self.people.iter().map(|person| person.now_ms).max().expect("there are people");
        self.people[n].now_ms = latest;
    }

    pub fn asks_for(&mut self, copies: u32) {
        self.says(0, Command::Copies { number: Number(Some(copies)), share: None });
    }

    pub fn offers(&mut self, n: usize, bytes: u64) {
        self.says(n, Command::Room { bytes: Amount(bytes) });
    }

    pub fn wants(&self, n: usize) -> Vec<Want> {
        let mut me = self.people[n].clone();
        me.now_ms = self.people.iter().map(|person| person.now_ms).max().expect("there are people");
        Files::wants(&me.me(), &[], &self.world.view()).expect("the store works")
    }

    pub fn there(&self) -> impl Iterator<Item = usize> {
        let away = self.away;
        (0..self.people.len()).filter(move |n| Some(*n) != away)
    }

    /// Who would take something now.
    pub fn takers(&self) -> Vec<usize> {
        let takes = |n: &usize| self.wants(*n).iter().any(|want| matches!(want, Want::Spare { .. }));
        self.there().filter(takes).collect()
    }

    /// Who would let something go now.
    pub fn leavers(&self) -> Vec<usize> {
        let leaves = |n: &usize| self.wants(*n).iter().any(|want| matches!(want, Want::Over { .. }));
        self.there().filter(leaves).collect()
    }

    /// The host has done what the rows want.
    pub fn done(&mut self, n: usize, want: &Want) {
        let hold = match want {
            Want::Spare { share, .. } => Hold::Spare(*share),
            Want::Blob { .. } => Hold::Own,
            Want::Over { .. } | Want::Gone { .. } => Hold::Not,
        };
        self.later(n);
        let commands = Files::held(&self.people[n].me(), &want.root(), hold, &self.world.view());
        for command in commands.expect("the store works") {
            self.says(n, command);
        }
    }

    /// All do what they want, in turn, until nobody wants anything.
    pub fn settle(&mut self) {
        for _ in 0..50 {
            let wants: Vec<(usize, Want)> =
                self.there().filter_map(|n| Some((n, self.wants(n).first()?.clone()))).collect();
            if wants.is_empty() {
                return;
            }
            for (n, want) in wants {
                if self.wants(n).contains(&want) {
                    self.done(n, &want);
                }
            }
        }
        panic!("they never come to rest");
    }

    pub fn holders(&self) -> BTreeSet<DeviceId> {
        Files::holders(&root(1), &self.world.view()).expect("the store works").into_iter().collect()
    }

    pub fn outlook(&self) -> Outlook {
        match self.world.ask(&self.people[0], Query::Holders { share: self.share.to_string() }) {
            Answer::Holders { outlook, .. } => outlook.expect("copies are asked for"),
            other => panic!("{other:?} is no answer"),
        }
    }

    pub fn rooms(&self) -> Vec<Room> {
        match self.world.ask(&self.people[0], Query::Safety) {
            Answer::Safety { safety, .. } => safety.rooms,
            other => panic!("{other:?} is no answer"),
        }
    }

    pub fn remove(&self, n: usize) {
        let device = self.people[n].device;
        self.world.connection.execute("INSERT INTO gone VALUES (?1)", [device.as_bytes()]).expect("the store works");
    }
}
