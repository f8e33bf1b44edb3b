//! Luck: cuts, crashes, power cuts, wrong clocks, long absences, old copies put back; and how the weather clears.

use skein_node::Input;

use crate::Weather;
use crate::house::House;
use crate::village::{DAY_MS, Village, YEAR_MS};

impl Village {
    /// Bad luck, by the weather.
    pub(crate) fn befall(&mut self) {
        let house = self.rng.below(self.houses.len() as u64) as usize;
        if self.rng.chance(self.weather.cuts) {
            let whole = self.rng.chance(40);
            for side in 0..self.side.len() {
                self.side[side] = !whole && self.rng.chance(50);
            }
            self.break_links(|village, a, b| village.side[a] != village.side[b]);
        }
        if self.rng.chance(self.weather.crashes) {
            self.crash(house);
        }
        if self.weather.skew && self.rng.chance(2) {
            self.set_clock(house);
        }
        if self.weather.absence && self.rng.chance(1) {
            self.crash(house);
            self.houses[house].down_until_ms = self.now_ms + 30 * DAY_MS;
            if self.rng.chance(30) {
                self.now_ms += 30 * DAY_MS;
            }
        }
        if self.weather.old_copies {
            self.copy_or_put_back(house);
        }
    }

    fn set_clock(&mut self, house: usize) {
        let off = self.rng.below(2 * YEAR_MS) as i64 - YEAR_MS as i64;
        self.houses[house].skew_ms = if self.rng.chance(50) { off } else { 0 };
    }

    fn crash(&mut self, house: usize) {
        if self.weather.power_cuts && self.rng.chance(50) {
            if !self.houses[house].power_cut() {
                return;
            }
        } else {
            self.houses[house].crash();
        }
        self.houses[house].down_until_ms = self.now_ms + self.rng.below(20_000);
        self.break_links(|_, a, b| a == house || b == house);
    }

    /// Copies a disk, or puts the copy back: then what only the newer disk held was never safe.
    fn copy_or_put_back(&mut self, house: usize) {
        if self.rng.chance(2) {
            let copy = self.houses[house].copy_of_disk();
            self.copies.insert(house, copy);
        } else if self.rng.chance(1)
            && let Some(copy) = self.copies.get(&house).cloned()
        {
            self.houses[house].put_back(&copy);
            self.houses[house].sync_after_start();
            self.break_links(|_, a, b| a == house || b == house);
            self.forget_what_nobody_holds();
        }
    }

    fn forget_what_nobody_holds(&mut self) {
        let houses = &self.houses;
        self.acknowledged.retain(|id, _| {
            houses.iter().filter_map(House::node).any(|node| node.store().find(id).is_ok_and(|place| place.is_some()))
        });
    }

    /// The weather clears, clocks are set right, everybody comes home, and time passes until all is said.
    pub fn heal(&mut self) {
        self.weather = Weather { departures: self.weather.departures, ..Weather::fair() };
        self.side.fill(false);
        for house in 0..self.houses.len() {
            self.houses[house].skew_ms = 0;
            if self.houses[house].down_until_ms < u64::MAX {
                self.houses[house].down_until_ms = 0;
            }
            self.come_up(house);
        }
        // Links made in bad weather may have lost frames in the middle: as in a new morning, all are made anew.
        self.break_links(|_, _, _| true);
        for _ in 0..4 {
            self.meet();
            self.settle();
        }
        self.now_ms += 2 * YEAR_MS;
        for house in 0..self.houses.len() {
            self.feed(house, vec![Input::Timer]);
        }
        self.break_links(|_, _, _| true);
        for _ in 0..3 {
            self.meet();
            self.settle();
        }
    }
}
