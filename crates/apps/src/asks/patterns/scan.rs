//! Whether more is reported somewhere just now than chance would bring: the space-time permutation scan (Kulldorff, Heffernan,
//! Hartman, Assunção, Mostashari 2005). It needs no numbers about who lives where: what is expected at a place in a week follows
//! from what all places had that week, and from what this place has had over ninety days.
//!
//! Every report's place is the middle of circles, every circle is looked at over the last one to seven days. The strongest
//! of them is compared with the strongest of 99 worlds in which the same dates are dealt to the same places at random, by a
//! Gumbel distribution fitted to those (Abrams, Kulldorff, Kleinman 2010). The deals follow from the community and the day:
//! whoever has the same reports finds the same, to the last bit.

use std::collections::BTreeSet;

use super::Point;
use super::exact::{Dice, ln, square_m};

/// So many days back reports count as what is usual.
pub const DAYS: u64 = 90;
/// The longest window that ends now, in days.
const WINDOWS: usize = 7;
/// The widest circle, in metres from its middle.
const WIDEST_M: f64 = 1_000.0;
/// The worlds that are dealt.
const DEALS: usize = 99;
/// The most reports that are looked at, the newest: with so many it takes about a second. What is older does not count.
pub const MAX_REPORTS: usize = 2_000;
/// Fewer reports than this are not shown as an alarm, however rare.
const FEWEST: usize = super::dbscan::FEWEST;
/// The most alarms that are found at once.
const MAX_ALARMS: usize = 8;
/// How far above the middle of a Gumbel distribution (in its own widths) less than one in so many lie: -ln(-ln(1 - 1/n)).
const ODDS: [(u32, f64); 2] = [(1_000, 6.907_255_070_523_8), (100, 4.600_149_226_776_6)];
/// Euler's constant: how far the mean of a Gumbel distribution lies above its middle.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Reports at one place in the last days, more than chance would bring.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Which reports, as places in the list; the oldest first.
    pub members: Vec<usize>,
    /// By chance this would come less than once in so many: 100 or 1,000.
    pub once_in: u32,
}

/// What a scan found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scan {
    /// The alarms, the strongest first; no report is in two.
    pub alarms: Vec<Alarm>,
    /// The logarithm of the likelihood ratio of the strongest circle; 0 if there was none.
    pub strongest: f64,
}

/// Looks at the newest [`MAX_REPORTS`] of the last [`DAYS`] up to `today` (days since 1970); what lies ahead counts as today.
pub fn scan(points: &[Point], today: u64, seed: &[u8; 32]) -> Scan {
    let since = (today + 1).saturating_sub(DAYS);
    let mut chosen: Vec<usize> = (0..points.len()).filter(|n| points[*n].day() >= since).collect();
    chosen.sort_by_key(|n| (points[*n].tick, points[*n].id));
    chosen.drain(..chosen.len().saturating_sub(MAX_REPORTS));
    // How many days ago, as far as windows tell days apart.
    let mut ages: Vec<u8> =
        chosen.iter().map(|n| today.saturating_sub(points[*n].day()).min(WINDOWS as u64) as u8).collect();
    let map = Map::of(&chosen.iter().map(|n| points[*n].at).collect::<Vec<_>>(), &ages);
    let (circles, strongest) = (map.circles(&ages), map.strongest(&ages));
    if circles.is_empty() {
        return Scan { alarms: Vec::new(), strongest };
    }

    let mut dice = Dice::new(seed);
    let dealt: Vec<f64> = (0..DEALS).map(|_| (dice.shuffle(&mut ages), map.strongest(&ages)).1).collect();
    let odds = Odds::of(&dealt);
    let ages: Vec<u64> = chosen.iter().map(|n| today.saturating_sub(points[*n].day())).collect();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut alarms = Vec::new();
    for circle in circles {
        let Some(once_in) = odds.once_in(circle.score) else { break };
        let within = &map.near[circle.middle][..circle.places];
        let is_in = |n: &usize| ages[*n] < circle.days as u64 && within.contains(&map.place_of[*n]);
        let members: Vec<usize> = (0..chosen.len()).filter(is_in).collect();
        if alarms.len() < MAX_ALARMS && members.iter().all(|n| !taken.contains(n)) {
            taken.extend(&members);
            alarms.push(Alarm { members: members.iter().map(|n| chosen[*n]).collect(), once_in });
        }
    }
    Scan { alarms, strongest }
}

/// How rare a score is among those that were dealt.
struct Odds {
    middle: f64,
    width: f64,
}

impl Odds {
    /// By the method of moments.
    fn of(dealt: &[f64]) -> Self {
        let n = dealt.len() as f64;
        let mean = dealt.iter().sum::<f64>() / n;
        let variance = dealt.iter().map(|score| (score - mean) * (score - mean)).sum::<f64>() / (n - 1.0);
        let width = (variance * 6.0).sqrt() / std::f64::consts::PI;
        Self { middle: mean - EULER * width, width }
    }

    /// Less than once in so many, if it is rare at all. It need not be beyond every world that was dealt: those deal out what is
    /// planted, too, and to ask that of them was found to miss three in a hundred more, with no fewer false alarms.
    fn once_in(&self, score: f64) -> Option<u32> {
        let rare = |(_, above): &&(u32, f64)| score > self.middle + above * self.width;
        ODDS.iter().find(rare).map(|(once_in, _)| *once_in)
    }
}

/// A circle that has more than expected.
struct Circle {
    score: f64,
    /// The place in its middle.
    middle: usize,
    /// How many places it holds, the nearest to the middle first.
    places: usize,
    days: usize,
    /// How many reports lie in it, in these days.
    cases: usize,
}

/// Reports by place, with all that stays the same when dates are dealt anew.
struct Map {
    place_of: Vec<u16>,
    /// How many reports each place has.
    reports: Vec<usize>,
    /// For each place those around it, the nearest first, itself the very first.
    near: Vec<Vec<u16>>,
    /// Logarithms of whole numbers; of nought: 0, which is right wherever it is multiplied by nought.
    ln: Vec<f64>,
    /// For each window, for each number of reports at some places: the logarithms of what is expected inside and outside.
    expected: Vec<Vec<(f64, f64)>>,
    /// How many reports each window holds.
    recent: [usize; WINDOWS],
}

impl Map {
    fn of(at: &[(i32, i32)], ages: &[u8]) -> Self {
        let places: Vec<(i32, i32)> = at.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let place_of: Vec<u16> = at.iter().map(|at| places.binary_search(at).map_or(0, |place| place as u16)).collect();
        let mut reports = vec![0; places.len()];
        place_of.iter().for_each(|place| reports[usize::from(*place)] += 1);
        let all = at.len();
        let mut recent = [0; WINDOWS];
        for (days, recent) in recent.iter_mut().enumerate() {
            *recent = ages.iter().filter(|age| usize::from(**age) <= days).count();
        }
        let ln: Vec<f64> = (0..=all).map(|n| if n == 0 { 0.0 } else { ln(n as f64) }).collect();
        let of = |n: usize, recent: usize| match all * all - n * recent {
            0 => (ln[n] + ln[recent] - ln[all], 0.0),
            outside => (ln[n] + ln[recent] - ln[all], super::exact::ln(outside as f64) - ln[all]),
        };
        let expected = recent.iter().map(|recent| (0..=all).map(|n| of(n, *recent)).collect()).collect();
        let near = (0..places.len()).map(|middle| around(middle, &places, &reports, all)).collect();
        Self { place_of, reports, near, ln, expected, recent }
    }

    /// The logarithm of how much likelier so many are (of these places' reports, in this window) if something is the matter.
    fn score(&self, recent: usize, reports: usize, window: usize) -> f64 {
        let (inside, outside) = self.expected[window][reports];
        let rest = self.place_of.len() - recent;
        recent as f64 * (self.ln[recent] - inside) + rest as f64 * (self.ln[rest] - outside)
    }

    /// Goes through all circles that have two reports or more, and more than expected, where they have just become more.
    fn walk(&self, ages: &[u8], mut found: impl FnMut(Circle)) {
        let all = self.place_of.len();
        // For each place, how many reports it has in each window.
        let mut counts = vec![[0_u16; WINDOWS]; self.reports.len()];
        for (place, age) in self.place_of.iter().zip(ages) {
            counts[usize::from(*place)].iter_mut().skip(usize::from(*age)).for_each(|count| *count += 1);
        }
        for (middle, near) in self.near.iter().enumerate() {
            let (mut reports, mut recent) = (0, [0_usize; WINDOWS]);
            for (n, place) in near.iter().enumerate() {
                let here = &counts[usize::from(*place)];
                reports += self.reports[usize::from(*place)];
                if here[WINDOWS - 1] == 0 {
                    continue;
                }
                for window in 0..WINDOWS {
                    let more = usize::from(here[window]);
                    recent[window] += more;
                    let rather = recent[window] * all > reports * self.recent[window];
                    if more > 0 && recent[window] > 1 && rather {
                        let score = self.score(recent[window], reports, window);
                        let cases = recent[window];
                        found(Circle { score, middle, places: n + 1, days: window + 1, cases });
                    }
                }
            }
        }
    }

    fn strongest(&self, ages: &[u8]) -> f64 {
        let mut strongest = 0.0;
        self.walk(ages, |circle| strongest = f64::max(strongest, circle.score));
        strongest
    }

    /// The strongest circle around each place that is large enough to be shown, the strongest of all first.
    fn circles(&self, ages: &[u8]) -> Vec<Circle> {
        let mut best: Vec<Circle> = Vec::new();
        self.walk(ages, |circle| match best.last_mut() {
            Some(last) if last.middle == circle.middle => {
                if circle.cases >= FEWEST && circle.score > last.score {
                    *last = circle;
                }
            }
            _ if circle.cases < FEWEST => {}
            _ => best.push(circle),
        });
        best.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.middle.cmp(&b.middle)));
        best
    }
}

/// The places around one, as far as a circle may reach: a kilometre, and half of all reports; but the one place always.
fn around(middle: usize, places: &[(i32, i32)], reports: &[usize], all: usize) -> Vec<u16> {
    let reach = super::exact::north_span(WIDEST_M);
    let first = places.partition_point(|place| place.0 < places[middle].0 - reach);
    let end = places.partition_point(|place| place.0 <= places[middle].0 + reach);
    let mut near: Vec<(f64, usize)> = (first..end).map(|n| (square_m(places[middle], places[n]), n)).collect();
    near.retain(|(square, _)| *square <= WIDEST_M * WIDEST_M);
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1 != middle).cmp(&(b.1 != middle))).then(a.1.cmp(&b.1)));
    let mut sum = 0;
    let fits = |(n, (_, place)): &(usize, (f64, usize))| {
        sum += reports[*place];
        *n == 0 || sum * 2 <= all
    };
    near.into_iter().enumerate().take_while(fits).map(|(_, (_, place))| place as u16).collect()
}
