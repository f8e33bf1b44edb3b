//! Patterns, tried: what is planted is found, what is not there is not. The large rates are in `cargo xtask bench patterns`.

use skein_event::{CommunityId, Tick};

use super::world::{NOW_MS, town};
use super::{Alarm, DAY_MS, Point, Scan, scan, seed};
use crate::testing::Dice;

const TODAY: u64 = NOW_MS / DAY_MS;
const HERE: CommunityId = CommunityId::from_bytes([7; 32]);

fn scanned(points: &[Point]) -> Scan {
    scan(points, TODAY, &seed(&HERE, TODAY))
}

/// Whether an alarm holds at least half of what was planted, and not much else.
fn finds(alarms: &[Alarm], usual: usize, planted: usize) -> bool {
    let of = |alarm: &Alarm| alarm.members.iter().filter(|n| **n >= usual).count();
    alarms.iter().any(|alarm| of(alarm) * 2 >= planted && of(alarm) * 2 >= alarm.members.len())
}

#[test]
fn six_that_were_planted_are_found_and_nothing_in_towns_without() {
    let found = (0..20).filter(|n| finds(&scanned(&town(*n, 300, 6)).alarms, 300, 6)).count();
    let false_alarms = (1_000..1_040).filter(|n| !scanned(&town(*n, 300, 0)).alarms.is_empty()).count();
    assert!(found >= 19, "{found} of 20");
    assert!(false_alarms <= 1, "{false_alarms} of 40");
}

#[test]
fn the_order_of_input_does_not_matter() {
    let mut points = town(3, 300, 8);
    let ids = |points: &[Point], scan: Scan| {
        let of = |alarm: &Alarm| (alarm.once_in, alarm.members.iter().map(|n| points[*n].id).collect::<Vec<_>>());
        (scan.strongest.to_bits(), scan.alarms.iter().map(of).collect::<Vec<_>>())
    };
    let expected = ids(&points, scanned(&points));
    assert_eq!(expected.1.len(), 1);
    let mut dice = Dice::new(1);
    for _ in 0..5 {
        dice.shuffle(&mut points);
        assert_eq!(ids(&points, scanned(&points)), expected);
    }
}

#[test]
fn the_strongest_circle_is_the_one_that_a_sum_by_hand_gives() {
    // 30 reports a kilometre and more apart, one every third day; then five at one of the places, today.
    let mut points = town(5, 30, 0);
    for (n, point) in points.iter_mut().enumerate() {
        *point =
            Point { at: (52_500 + 20 * n as i32, 13_400), tick: Tick::at_ms(NOW_MS - 3 * n as u64 * DAY_MS), ..*point };
    }
    let at = points[12].at;
    points.extend((30..35).map(|n| Point { id: town(n, 1, 0)[0].id, tick: Tick::at_ms(NOW_MS - n), at }));
    // Six reports at the place, six today in all (the five, and the first of the others): 36/35 were to be expected, five are.
    let (c, mu, all) = (5.0_f64, 6.0 * 6.0 / 35.0, 35.0);
    let by_hand = c * (c / mu).ln() + (all - c) * ((all - c) / (all - mu)).ln();
    let scan = scanned(&points);
    assert!((scan.strongest - by_hand).abs() < 1e-9, "{} {by_hand}", scan.strongest);
    assert_eq!(scan.alarms.len(), 1);
    assert_eq!(scan.alarms[0].members, [34, 33, 32, 31, 30]);
}

#[test]
fn a_busy_day_everywhere_and_a_place_that_is_always_busy_are_no_alarm() {
    let alarms = |seed: u64| {
        let (mut points, mut dice) = (town(2_000 + seed, 300, 0), Dice::new(seed));
        // A fifth of them today, everywhere; a fifth of them at one place, at any time.
        for point in &mut points {
            let (today, there) = (dice.below(5) == 0, dice.below(5) == 0);
            point.tick = if today { Tick::at_ms(NOW_MS - 1) } else { point.tick };
            point.at = if there { (52_510, 13_410) } else { point.at };
        }
        scanned(&points).alarms.len()
    };
    assert!((0..20).map(alarms).sum::<usize>() <= 1);
}

#[test]
fn what_is_old_or_ahead_does_no_harm() {
    assert_eq!(scanned(&[]), Scan::default());
    let mut points = town(2, 300, 8);
    let alone = scanned(&points);
    points.extend((0..50).map(|n| Point { tick: Tick::at_ms(n * DAY_MS), ..town(n, 1, 0)[0] }));
    assert_eq!(scanned(&points), alone, "older than ninety days");
    let ahead: Vec<Point> =
        town(2, 300, 8).into_iter().map(|point| Point { tick: Tick::from_raw(u64::MAX), ..point }).collect();
    assert_eq!(scanned(&ahead).alarms, [], "all of them today, as far as this device can tell");
    assert_eq!(scan(&points, 0, &[0; 32]).alarms, [], "a clock that stands at 1970");
}

#[test]
fn two_planted_clusters_are_both_found() {
    let mut points = town(4, 300, 8);
    let moved =
        town(6, 300, 8).into_iter().skip(300).map(|point| Point { at: (point.at.0 + 100, point.at.1), ..point });
    points.extend(moved);
    assert_eq!(scanned(&points).alarms.len(), 2);
}

#[test]
fn every_device_deals_the_same_and_every_community_and_day_otherwise() {
    assert_eq!(seed(&HERE, 1), seed(&HERE, 1));
    assert_ne!(seed(&HERE, 1), seed(&HERE, 2));
    assert_ne!(seed(&HERE, 1), seed(&CommunityId::from_bytes([8; 32]), 1));
    // The same bits on every device: if this changes, two versions of the program find different patterns.
    assert_eq!(scanned(&town(3, 300, 8)).strongest.to_bits(), 4_624_292_223_005_775_972);
}
