//! Reports that lie close together in place and time: DBSCAN (Ester, Kriegel, Sander, Xu 1996) on place divided by 200 metres
//! and time divided by 72 hours. Points in, clusters out; what comes out depends on the points and on nothing else, not even
//! on the order in which they come.

use std::collections::{BTreeMap, BTreeSet};

use super::Point;
use super::exact::{east_span, north_span, square_m};

/// So far apart, in metres, two reports of the same moment are still neighbours.
pub(super) const NEAR_M: f64 = 200.0;
/// So long apart, in milliseconds, two reports of the same place are still neighbours: 72 hours.
const SOON_MS: u64 = 72 * 3_600_000;
/// A report with so many neighbours, itself counted, is the core of a cluster.
pub(super) const FEWEST: usize = 4;

/// The clusters of these points, each as places in the list. Clusters stand in the order of their earliest report, reports in
/// the order of (tick, id). A report between two clusters goes with the one that has the earliest neighbour.
pub fn clusters(points: &[Point]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|n| (points[*n].tick, points[*n].id));
    let times: Vec<u64> = order.iter().map(|n| points[*n].tick.ms()).collect();
    let (places, of) = places(order.iter().map(|n| points[*n].at));
    let beside: Vec<Vec<(usize, u64)>> = (0..places.len()).map(|place| around(place, &places)).collect();
    let near = |n: usize| beside[of[n]].iter().copied();

    let all = by_place(0..of.len(), &of, places.len());
    let neighbours = |n: usize| near(n).map(|(place, ms)| within(&all[place], &times, n, ms).len()).sum::<usize>();
    let core: Vec<bool> = (0..of.len()).map(|n| neighbours(n) >= FEWEST).collect();
    let cores = by_place((0..of.len()).filter(|n| core[*n]), &of, places.len());

    let mut groups = Groups((0..of.len()).collect());
    for n in (0..of.len()).filter(|n| core[*n]) {
        for (place, ms) in near(n) {
            // Those between the first and the last hang together with one of them: they are reports of one place in a span of
            // at most 144 hours, and it takes more than 72 to part two.
            let others: &[usize] = within(&cores[place], &times, n, ms);
            [others.first(), others.last()].into_iter().flatten().for_each(|other| groups.join(n, *other));
        }
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for n in 0..of.len() {
        let first = |(place, ms): (usize, u64)| within(&cores[place], &times, n, ms).first().copied();
        let core = if core[n] { Some(n) } else { near(n).filter_map(first).min() };
        if let Some(core) = core {
            found.entry(groups.first(core)).or_default().push(n);
        }
    }
    let mut clusters: Vec<Vec<usize>> = found.into_values().collect();
    clusters.sort();
    clusters.iter().map(|cluster| cluster.iter().map(|n| order[*n]).collect()).collect()
}

/// The places around one, itself among them, with the milliseconds that two neighbours there and here may lie apart.
fn around(place: usize, places: &[(i32, i32)]) -> Vec<(usize, u64)> {
    let (north, east) = places[place];
    let span = east_span(NEAR_M, north);
    // Once round the earth to either side, for the date line; beside a pole all degrees east are near, and met once.
    let (ways, span): (&[i32], _) = if span >= 180_000 { (&[0], 360_000) } else { (&[0, -360_000, 360_000], span) };
    let rows = north - north_span(NEAR_M)..=north + north_span(NEAR_M);
    let parts = rows.flat_map(|row| ways.iter().map(move |way| (row, east + way)));
    let near = parts.flat_map(|(row, east)| {
        let start = places.partition_point(|place| *place < (row, east - span));
        start..places.partition_point(|place| *place <= (row, east + span))
    });
    near.filter_map(|other| together_ms(places[place], places[other]).map(|ms| (other, ms))).collect()
}

/// For each place the points that lie there, in the order in which they come.
fn by_place(points: impl Iterator<Item = usize>, of: &[usize], places: usize) -> Vec<Vec<usize>> {
    let mut lists: Vec<Vec<usize>> = vec![Vec::new(); places];
    points.for_each(|n| lists[of[n]].push(n));
    lists
}

/// All places, in order, and at which of them each point lies: places are coarse, so many reports share one.
fn places(at: impl Iterator<Item = (i32, i32)> + Clone) -> (Vec<(i32, i32)>, Vec<usize>) {
    let places: Vec<(i32, i32)> = at.clone().collect::<BTreeSet<_>>().into_iter().collect();
    let of = at.map(|at| places.partition_point(|place| *place < at)).collect();
    (places, of)
}

/// How far apart in time reports of these places are still neighbours: place in 200 metres and time in 72 hours, squared and
/// added, are at most 1.
fn together_ms(a: (i32, i32), b: (i32, i32)) -> Option<u64> {
    let left = 1.0 - square_m(a, b) / (NEAR_M * NEAR_M);
    (left >= 0.0).then(|| (SOON_MS as f64 * left.sqrt()) as u64)
}

/// Those of a list, in the order of time, that are at most so long before or after a point.
fn within<'a>(list: &'a [usize], times: &[u64], n: usize, ms: u64) -> &'a [usize] {
    let start = list.partition_point(|other| times[*other] < times[n].saturating_sub(ms));
    let end = list.partition_point(|other| times[*other] <= times[n].saturating_add(ms));
    &list[start..end]
}

/// Which points belong together; each group is known by its earliest.
struct Groups(Vec<usize>);

impl Groups {
    fn first(&mut self, mut n: usize) -> usize {
        while self.0[n] != n {
            self.0[n] = self.0[self.0[n]];
            n = self.0[n];
        }
        n
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use skein_event::{ObjectId, Tick};

    use super::*;
    use crate::testing::{Dice, START_MS};

    const HOUR: u64 = 3_600_000;

    fn point(n: usize, at: (i32, i32), hours: u64) -> Point {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        Point { id: ObjectId::from_bytes(id), tick: Tick::at_ms(START_MS + hours * HOUR), at }
    }

    fn points(of: &[((i32, i32), u64)]) -> Vec<Point> {
        of.iter().enumerate().map(|(n, (at, hours))| point(n, *at, *hours)).collect()
    }

    #[test]
    fn four_reports_close_together_are_a_cluster_and_three_are_not() {
        let here = (52_520, 13_405);
        assert_eq!(clusters(&points(&[(here, 0), (here, 1), (here, 2), (here, 3)])), [[0, 1, 2, 3]]);
        assert!(clusters(&points(&[(here, 0), (here, 1), (here, 2)])).is_empty());
        assert!(clusters(&points(&[(here, 0), (here, 1), (here, 2), (here, 75)])).is_empty(), "three days later");
        assert!(
            clusters(&points(&[(here, 0), (here, 1), (here, 2), ((52_522, 13_405), 3)])).is_empty(),
            "222 metres away"
        );
    }

    #[test]
    fn place_and_time_together_count() {
        // 111 metres and 59 hours: 0.556² + 0.819² = 0.98; with 61 hours it is 1.03.
        let (here, there) = ((52_520, 13_405), (52_521, 13_405));
        assert_eq!(clusters(&points(&[(here, 0), (here, 0), (here, 0), (there, 59)])).len(), 1);
        assert!(clusters(&points(&[(here, 0), (here, 0), (here, 0), (there, 61)])).is_empty());
    }

    #[test]
    fn a_chain_is_one_cluster_and_its_end_belongs_to_it() {
        // Every one has its neighbours, the first and the last only one of them: they are no cores, and belong all the same.
        let chain: Vec<_> = (0..9).map(|n| ((52_520, 13_405), n * 30)).collect();
        assert_eq!(clusters(&points(&chain)), [(0..9).collect::<Vec<_>>()]);
    }

    #[test]
    fn clusters_reach_across_the_date_line_and_stand_at_the_poles() {
        let line = [((0, 179_999), 0), ((0, -180_000), 1), ((0, -179_999), 2), ((0, 180_000), 3)];
        assert_eq!(clusters(&points(&line)), [[0, 1, 2, 3]]);
        let pole = [((90_000, 0), 0), ((90_000, 90_000), 1), ((90_000, -90_000), 2), ((90_000, 180_000), 3)];
        assert_eq!(clusters(&points(&pole)).len(), 1, "all of it is one place");
    }

    /// What it means: every pair is looked at.
    fn slowly(points: &[Point]) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by_key(|n| (points[*n].tick, points[*n].id));
        let are_near = |a: usize, b: usize| {
            let time = points[a].tick.ms().abs_diff(points[b].tick.ms()) as f64 / SOON_MS as f64;
            square_m(points[a].at, points[b].at) / (NEAR_M * NEAR_M) + time * time <= 1.0
        };
        let near = |a: usize| order.iter().copied().filter(|b| are_near(a, *b)).collect::<Vec<_>>();
        let core: Vec<usize> = order.iter().copied().filter(|n| near(*n).len() >= FEWEST).collect();
        let mut of: Vec<Option<usize>> = vec![None; points.len()];
        for start in &core {
            let mut open = if of[*start].is_none() { vec![*start] } else { Vec::new() };
            while let Some(n) = open.pop() {
                if of[n].is_none() {
                    of[n] = Some(*start);
                    open.extend(near(n).into_iter().filter(|other| core.contains(other)));
                }
            }
        }
        for n in order.iter().filter(|n| !core.contains(n)) {
            of[*n] = near(*n).into_iter().find(|other| core.contains(other)).and_then(|other| of[other]);
        }
        let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for n in &order {
            if let Some(of) = of[*n] {
                found.entry(of).or_default().push(*n);
            }
        }
        let mut clusters: Vec<_> = found.into_values().collect();
        clusters.sort_by_key(|cluster| (points[cluster[0]].tick, points[cluster[0]].id));
        clusters
    }

    #[test]
    fn the_order_of_input_does_not_matter_and_no_neighbour_is_left_out() {
        let mut some = 0;
        for seed in 0..45 {
            let mut dice = Dice::new(seed);
            // Now around the equator and the date line, now far north.
            let (north, east) = [(-4, 179_994), (52_500, 13_400), (-85_000, -180_000)][seed as usize % 3];
            let mut points: Vec<Point> = (0..100)
                .map(|n| {
                    let at = (north + dice.below(8) as i32, east + dice.below(12) as i32);
                    point(n, (at.0, if at.1 > 180_000 { at.1 - 360_000 } else { at.1 }), dice.below(24 * 14) as u64)
                })
                .collect();
            let ids = |points: &[Point], clusters: Vec<Vec<usize>>| -> Vec<Vec<ObjectId>> {
                clusters.iter().map(|cluster| cluster.iter().map(|n| points[*n].id).collect()).collect()
            };
            let expected = ids(&points, slowly(&points));
            some += expected.len();
            for _ in 0..3 {
                assert_eq!(ids(&points, clusters(&points)), expected, "seed {seed}");
                dice.shuffle(&mut points);
            }
        }
        assert!(some > 45, "there were clusters to find: {some}");
    }

    #[test]
    fn ten_thousand_reports_are_quick_at_one_place_and_at_many() {
        let at_one: Vec<Point> = (0..10_000).map(|n| point(n, (52_520, 13_405), n as u64 % 72)).collect();
        assert_eq!(clusters(&at_one).len(), 1);
        let at_many = |n: usize| point(n, (52_520 + n as i32 % 100, 13_405 + n as i32 / 100), 0);
        assert_eq!(clusters(&(0..10_000).map(at_many).collect::<Vec<_>>()).len(), 1);
    }
}
