//! Reports that lie close together in place and time: DBSCAN (Ester, Kriegel, Sander, Xu 1996) on place divided by 200 metres
//! and time divided by 72 hours. Points in, clusters out; what comes out depends on the points and on nothing else, not even
//! on the order in which they come.

use std::collections::BTreeMap;

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
    let sorted: Vec<&Point> = order.iter().map(|n| &points[*n]).collect();
    let grid = Grid::of(&sorted);
    let core: Vec<bool> = (0..sorted.len()).map(|n| grid.near(n).take(FEWEST).count() == FEWEST).collect();
    let mut groups = Groups((0..sorted.len()).collect());
    for n in (0..sorted.len()).filter(|n| core[*n]) {
        grid.near(n).filter(|other| *other < n && core[*other]).for_each(|other| groups.join(n, other));
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for n in 0..sorted.len() {
        let of = if core[n] { Some(n) } else { grid.near(n).filter(|other| core[*other]).min() };
        if let Some(of) = of {
            found.entry(groups.first(of)).or_default().push(n);
        }
    }
    let mut clusters: Vec<Vec<usize>> = found.into_values().collect();
    clusters.sort();
    clusters.iter().map(|cluster| cluster.iter().map(|n| order[*n]).collect()).collect()
}

/// Points by cells that are as large as neighbours can be apart, so that only nine cells need a look; inside a cell by their
/// degrees east.
struct Grid<'a> {
    points: &'a [&'a Point],
    cells: BTreeMap<(i32, i64), Vec<(i32, usize)>>,
}

impl<'a> Grid<'a> {
    fn of(points: &'a [&'a Point]) -> Self {
        let mut cells: BTreeMap<(i32, i64), Vec<(i32, usize)>> = BTreeMap::new();
        for (n, point) in points.iter().enumerate() {
            cells.entry(cell(point)).or_default().push((point.at.1, n));
        }
        cells.values_mut().for_each(|cell| cell.sort_unstable());
        Self { points, cells }
    }

    /// The neighbours of a point, itself among them.
    fn near(&self, n: usize) -> impl Iterator<Item = usize> {
        let point = self.points[n];
        let (north, time) = cell(point);
        let span = east_span(NEAR_M, point.at.0);
        let cells = (north - 1..=north + 1).flat_map(move |north| (time - 1..=time + 1).map(move |time| (north, time)));
        let cells = cells.filter_map(|key| self.cells.get(&key));
        // Once round the earth to either side, for the date line; a whole turn would meet points twice.
        let ways = [0, -360_000, 360_000].into_iter().map(move |turn| point.at.1 + turn);
        let ways = ways.flat_map(move |east| cells.clone().map(move |cell| within(cell, east - span, east + span)));
        ways.flatten().map(|(_, other)| *other).filter(move |other| are_near(point, self.points[*other]))
    }
}

fn cell(point: &Point) -> (i32, i64) {
    (point.at.0.div_euclid(north_span(NEAR_M)), (point.tick.ms() / SOON_MS) as i64)
}

fn within(cell: &[(i32, usize)], from: i32, to: i32) -> &[(i32, usize)] {
    let start = cell.partition_point(|(east, _)| *east < from);
    let end = cell.partition_point(|(east, _)| *east <= to);
    &cell[start..end]
}

/// Whether two points are at most one apart when place is counted in 200 metres and time in 72 hours.
fn are_near(a: &Point, b: &Point) -> bool {
    let time = a.tick.ms().abs_diff(b.tick.ms()) as f64 / SOON_MS as f64;
    square_m(a.at, b.at) / (NEAR_M * NEAR_M) + time * time <= 1.0
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
        assert!(clusters(&points(&[(here, 0), (here, 1), (here, 2), ((52_522, 13_405), 3)])).is_empty(), "222 metres away");
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
        assert_eq!(clusters(&points(&line)).len(), 1);
        let pole = [((90_000, 0), 0), ((90_000, 90_000), 1), ((90_000, -90_000), 2), ((90_000, 180_000), 3)];
        assert_eq!(clusters(&points(&pole)).len(), 1, "all of it is one place");
    }

    /// What it means, without a grid: every pair is looked at.
    fn slowly(points: &[Point]) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by_key(|n| (points[*n].tick, points[*n].id));
        let near = |a: usize| order.iter().copied().filter(move |b| are_near(&points[a], &points[*b])).collect::<Vec<_>>();
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
    fn the_order_of_input_does_not_matter_and_the_grid_leaves_nothing_out() {
        let mut some = 0;
        for seed in 0..60 {
            let mut dice = Dice::new(seed);
            // Now around the equator and the date line, now far north.
            let (north, east) = [(-10, 179_990), (52_500, 13_400), (-85_000, -180_000)][seed as usize % 3];
            let mut points: Vec<Point> = (0..150)
                .map(|n| {
                    let at = (north + dice.below(20) as i32, east + dice.below(30) as i32);
                    point(n, (at.0, if at.1 > 180_000 { at.1 - 360_000 } else { at.1 }), dice.below(24 * 20) as u64)
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
        assert!(some > 60, "there were clusters to find: {some}");
    }

    #[test]
    fn ten_thousand_reports_at_one_place_are_one_cluster() {
        let points: Vec<Point> = (0..10_000).map(|n| point(n, (52_520, 13_405), n as u64 % 72)).collect();
        assert_eq!(clusters(&points).len(), 1);
    }
}
