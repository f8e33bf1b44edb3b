//! How near the bound a swarm comes, in quiet and in trouble. The figures are those of the lab: 100 Mbit/s out, 10 ms.

use skein_swarm::sim::{Kind, Report, Scene, Spec, run};
use skein_swarm::{Layout, MAX_NEIGHBOURS, Order, PeerId, Why};

const UP: u64 = 12_500_000;
const FILE: u64 = 128 << 20;

fn lab(n: usize) -> Scene {
    Scene::lab(n, UP, Layout::of(FILE).expect("a file of a common size"))
}

/// A smaller file, for scenes about behaviour and not about speed.
fn small(n: usize) -> Scene {
    Scene::lab(n, UP, Layout::of(32 << 20).expect("a file of a common size"))
}

fn expect(report: &Report, hosts: impl IntoIterator<Item = usize>, most: f64) {
    let ratio = report.ratio(hosts);
    println!("ratio {ratio:.3}, copies {:.3}, waste {:.4}", report.copies, report.waste());
    assert!(ratio <= most, "{ratio:.3} times the bound, not {most}");
    assert_eq!(report.unverified, 0);
}

#[test]
fn a_few_have_the_file_hardly_later_than_one_alone_could() {
    for (n, most) in [(1, 1.02), (4, 1.03), (8, 1.04), (10, 1.04), (16, 1.05)] {
        let report = run(&lab(n));
        expect(&report, 1..=n, most);
        assert!(report.copies <= 1.05, "the seed sent {:.3} copies", report.copies);
        assert!(report.waste() <= 0.01, "{:.4} was for nothing", report.waste());
    }
}

#[test]
fn a_hundred_who_do_not_all_know_each_other_are_hardly_slower() {
    let mut scene = lab(100);
    scene.layout = Layout::with_piece(FILE, 256 << 10).expect("within the limits");
    let report = run(&scene);
    expect(&report, 1..=100, 1.2);
    assert!(report.copies <= 1.1, "the seed sent {:.3} copies", report.copies);
}

#[test]
fn hundreds_are_not_much_slower() {
    // Built with SKEIN_SWARM_HOSTS=1000 it takes half a minute.
    let hosts = option_env!("SKEIN_SWARM_HOSTS").and_then(|text| text.parse().ok()).unwrap_or(200);
    let layout = Layout::with_piece(FILE, 512 << 10).expect("within the limits");
    let mut scene = Scene::lab(hosts, UP, layout);
    // Larger packets: the simulator has fewer to move.
    scene.packet = 128 << 10;
    let report = run(&scene);
    expect(&report, 1..=hosts, 1.25);
    assert!(report.copies <= 1.25, "the seed sent {:.3} copies", report.copies);
}

#[test]
fn equals_finish_together() {
    for n in [4, 16] {
        let report = run(&lab(n));
        let all = || report.fates[1..].iter().filter_map(|fate| fate.finished_ms);
        let (first, last) = (all().min().expect("all finish"), all().max().expect("all finish"));
        assert!(last * 10 <= first * 12, "{first} ms and {last} ms");
    }
}

#[test]
fn one_with_a_tenth_of_the_speed_does_not_hold_up_the_others() {
    for n in [4, 8, 16] {
        let mut scene = lab(n);
        scene.hosts[n].up = UP / 10;
        scene.hosts[n].down = Some(UP / 10);
        let mut report = run(&scene);
        // The bound of the others: that of the seed.
        report.bound_ms = lab(n - 1).bound_ms();
        expect(&report, 1..n, 1.1);
        assert!(report.fates[n].finished_ms.is_some(), "the slow one is not left out");
    }
}

#[test]
fn two_with_a_tenth_of_the_uplink_do_not_get_what_all_wait_for() {
    let mut scene = lab(8);
    scene.hosts[7..].iter_mut().for_each(|host| host.up = UP / 20);
    let report = run(&scene);
    expect(&report, 1..=8, 1.06);
}

#[test]
fn half_of_them_may_leave_at_half_time() {
    let mut scene = lab(8);
    scene.hosts[5..].iter_mut().for_each(|host| host.leaves_ms = Some(5_400));
    let report = run(&scene);
    expect(&report, 1..=4, 1.15);
}

#[test]
fn two_seeds_divide_the_work() {
    let mut scene = lab(8);
    scene.hosts.insert(1, Spec::seed(UP));
    expect(&run(&scene), 2..=9, 1.05);
}

#[test]
fn many_slow_ones_near_by_are_all_put_to_use() {
    // The way is so short that what comes in during it says nothing: only what may wait at each keeps their uplinks full.
    let mut scene = lab(1);
    scene.rtt_ms = 1;
    scene.hosts.splice(..1, vec![Spec::seed(UP / 16); 24]);
    expect(&run(&scene), [24], 1.1);
}

#[test]
fn the_seed_may_leave_once_a_copy_is_out() {
    let mut scene = lab(8);
    let bound_ms = scene.bound_ms();
    scene.hosts[0].leaves_ms = Some((bound_ms * 1.04) as u64);
    let mut report = run(&scene);
    report.bound_ms = bound_ms;
    expect(&report, 1..=8, 1.15);
}

#[test]
fn newcomers_are_served_while_the_others_go_on() {
    let mut scene = lab(8);
    scene.hosts[7].joins_ms = 5_000;
    scene.hosts[8].joins_ms = 15_000;
    let report = run(&scene);
    expect(&report, 1..=6, 1.1);
    // Many have it by then, and the newcomer's link has no bound but theirs.
    let late = |host: usize| report.fates[host].finished_ms.expect("newcomers finish");
    assert!(late(7) <= 8_500 && late(8) <= 2_500, "{} ms and {} ms", late(7), late(8));
}

#[test]
fn slow_and_quick_uplinks_come_near_the_bound_together() {
    let mut scene = lab(8);
    for (at, host) in scene.hosts.iter_mut().enumerate().skip(1) {
        host.up = UP * (1 + at as u64 % 4) / 4;
    }
    let report = run(&scene);
    expect(&report, 1..=8, 1.12);
}

#[test]
fn a_fast_seed_sends_second_copies_where_they_help() {
    let mut scene = lab(8);
    scene.hosts[0].up = 10 * UP;
    let report = run(&scene);
    expect(&report, 1..=8, 1.15);
}

#[test]
fn a_long_way_is_filled_too() {
    let mut scene = lab(2);
    scene.rtt_ms = 150;
    let report = run(&scene);
    expect(&report, 1..=2, 1.2);
}

#[test]
fn a_liar_is_dropped_and_nothing_of_it_counts() {
    let mut scene = small(6);
    scene.hosts[6].kind = Kind::Liar;
    let report = run(&scene);
    expect(&report, 1..=5, 1.3);
    let caught = report.fates[1..6].iter().filter(|fate| fate.dropped == [(PeerId(6), Why::Lied)]).count();
    assert!(caught >= 1, "somebody asked the liar");
    assert!(report.fates[1..6].iter().all(|fate| fate.dropped.iter().all(|(peer, _)| *peer == PeerId(6))));
}

#[test]
fn a_seed_that_lies_gives_nothing() {
    let mut scene = small(3);
    scene.hosts[0].kind = Kind::Liar;
    scene.until_ms = 20_000;
    let report = run(&scene);
    assert!(report.fates[1..].iter().all(|fate| fate.have.is_empty() && fate.finished_ms.is_none()));
    assert_eq!(report.unverified, 0);
}

#[test]
fn somebody_who_takes_orders_and_sends_nothing_costs_little() {
    let mut scene = small(6);
    scene.hosts[6].kind = Kind::Frozen;
    let report = run(&scene);
    assert!(report.last_ms(1..=5).is_some_and(|ms| ms <= 8_000), "{:?} ms", report.last_ms(1..=5));
}

#[test]
fn limits_are_kept() {
    let mut scene = small(3);
    scene.hosts[1].limits = (Some(500_000), None);
    scene.hosts[2].limits = (None, Some(2_000_000));
    let report = run(&scene);
    let (sent, seconds) = (report.fates[1].sent as f64, report.ended_ms as f64 / 1_000.0);
    assert!(sent / seconds <= 1.05 * 500_000.0, "{sent} bytes in {seconds} s");
    assert!(sent > 0.0);
    let took = report.fates[2].finished_ms.expect("it finishes") as f64 / 1_000.0;
    let rate = (32 << 20) as f64 / took;
    assert!((1_700_000.0..=2_100_000.0).contains(&rate), "{rate} bytes a second");
}

#[test]
fn who_watches_never_waits_after_the_beginning() {
    let mut scene = small(3);
    scene.hosts[1].order = Order::Sequential { from: 0 };
    let report = run(&scene);
    let layout = scene.layout;
    // Played at 80 % of the link, a second and a half after it was opened.
    let due_ms = |piece: u32| 1_500 + layout.range(piece).0 * 1_000 / (UP * 8 / 10);
    for (piece, came_ms) in report.fates[1].came_ms.iter().enumerate() {
        let (came, due) = (came_ms.expect("it comes"), due_ms(piece as u32));
        assert!(came <= due, "piece {piece} came at {came} ms, needed at {due} ms");
    }
}

#[test]
fn what_is_watched_comes_in_order_and_the_others_hardly_wait_for_it() {
    let mut scene = small(4);
    let plain = run(&scene);
    // Somebody who watches from the middle on.
    let half = scene.layout.pieces() / 2;
    scene.hosts[1].order = Order::Sequential { from: half };
    let report = run(&scene);
    let there = |report: &Report, pieces: u32| {
        let came = (half..half + pieces).map(|piece| report.fates[1].came_ms[piece as usize].expect("it comes"));
        came.max().expect("some pieces")
    };
    println!("{} {} ms, else {} ms", there(&report, 16), there(&report, 64), there(&plain, 16));
    // One of four gets a quarter of what the one source sends: 1 MiB takes 340 ms, 4 MiB 1,350 ms. They are there about then,
    // in order; without a word, when almost everything is.
    assert!(there(&report, 16) <= 600, "{} ms", there(&report, 16));
    assert!(there(&report, 64) <= 1_500, "{} ms", there(&report, 64));
    assert!(there(&plain, 16) >= 1_500, "{} ms", there(&plain, 16));
    expect(&report, 1..=4, plain.ratio(1..=4) * 1.1);
}

#[test]
fn while_somebody_rests_nothing_leaves_or_comes_and_then_it_goes_on() {
    let mut scene = small(4);
    let plain = run(&scene);
    let ends = plain.last_ms(1..=4).expect("all finish");
    // One who fetches rests for three seconds in the middle; the others go on without it.
    scene.hosts[2].rests_ms = Some((ends / 3, ends / 3 + 3_000));
    let report = run(&scene);
    let within = |ms: &u64| (ends / 3 + 50..ends / 3 + 3_000).contains(ms);
    let came = |host: usize| report.fates[host].came_ms.iter().flatten().filter(|ms| within(ms)).count();
    assert_eq!(came(2), 0, "nothing comes while it rests");
    assert!(came(1) > 0, "the others go on");
    assert!(report.ratio([1, 3, 4]) <= plain.ratio(1..=4) * 1.5, "{:.3}", report.ratio([1, 3, 4]));
    let took = report.fates[2].finished_ms.expect("it goes on");
    assert!((ends + 1_000..=ends + 4_500).contains(&took), "{took} ms, {ends} ms without a rest");
    // The only one who has it rests: everybody waits, nobody is let go of for it, and it goes on at once afterwards.
    let mut scene = small(3);
    let ends = run(&scene).last_ms(1..=3).expect("all finish");
    scene.hosts[0].rests_ms = Some((500, 5_500));
    let report = run(&scene);
    let last = report.last_ms(1..=3).expect("all finish");
    assert!((5_500..=ends + 7_000).contains(&last), "{last} ms, {ends} ms without a rest");
    let sent = report.fates.iter().flat_map(|fate| fate.came_ms.iter().flatten());
    // What had reached one of them before goes round among them; nothing new does.
    assert_eq!(sent.filter(|ms| (2_500..5_500).contains(*ms)).count(), 0);
    assert!(report.fates.iter().all(|fate| fate.dropped.is_empty()), "it said that it rests");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let mut scene = small(5);
    (scene.jitter_ms, scene.breaks) = (5, 50);
    let (a, b) = (run(&scene), run(&scene));
    assert_eq!((a.ended_ms, a.copies.to_bits()), (b.ended_ms, b.copies.to_bits()));
    scene.luck = 2;
    assert_ne!(a.ended_ms, run(&scene).ended_ms);
    assert!(scene.degree <= MAX_NEIGHBOURS);
}
