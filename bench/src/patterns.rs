//! Patterns in reports: what is planted is found, what is not there is not, and how long it takes: by the pure functions in
//! many made-up towns, and by the query of a node that holds the reports as signed events.

use std::time::Instant;

use serde_json::{Value, json};
use skein_app::Me;
use skein_apps::asks::patterns::world::{NOW_MS, town};
use skein_apps::asks::patterns::{Alarm, Point, clusters, scan, seed};
use skein_event::CommunityId;
use skein_node::{Input, Node};
use skein_store::Store;

use crate::report::Report;
use crate::world;

/// Reports in every town, at any place and time.
const USUAL: usize = 300;
/// What is planted in some: so many within 150 metres and two days.
const PLANTED: [usize; 3] = [6, 8, 12];
/// Towns with something planted, of each size.
const TOWNS: u64 = 100;
/// Towns with nothing planted.
const NULLS: u64 = 200;
const TODAY: u64 = NOW_MS / 86_400_000;

/// Runs it.
pub fn run() -> Report {
    let mut report = Report::default();
    for planted in PLANTED {
        let towns: Vec<Vec<Point>> = (0..TOWNS).map(|n| town(n, USUAL, planted)).collect();
        let found = towns.iter().filter(|town| finds(&scanned(town).alarms, planted)).count();
        let strongest: f64 = towns.iter().map(|town| scanned(town).strongest).sum();
        let clustered = towns.iter().filter(|town| has_cluster(town, planted)).count();
        report.figure(&format!("planted_{planted}_found_share"), found as f64 / TOWNS as f64);
        report.figure(&format!("planted_{planted}_ln_likelihood_ratio_mean"), strongest / TOWNS as f64);
        report.figure(&format!("planted_{planted}_clustered_share"), clustered as f64 / TOWNS as f64);
    }
    let nulls: Vec<Vec<Point>> = (0..NULLS).map(|n| town(10_000 + n, USUAL, 0)).collect();
    let scans: Vec<_> = nulls.iter().map(|town| scanned(town)).collect();
    let alarms = scans.iter().filter(|scan| !scan.alarms.is_empty()).count();
    let mut strongest: Vec<f64> = scans.iter().map(|scan| scan.strongest).collect();
    strongest.sort_by(f64::total_cmp);
    report.figure("false_alarm_share", alarms as f64 / NULLS as f64);
    report.figure("null_ln_likelihood_ratio_median", strongest[strongest.len() / 2]);
    let chance: usize = nulls.iter().map(|town| clusters(town).len()).sum();
    report.figure("clusters_by_chance_per_town", chance as f64 / NULLS as f64);
    times(&mut report);
    report
}

fn scanned(town: &[Point]) -> skein_apps::asks::patterns::Scan {
    scan(town, TODAY, &seed(&CommunityId::from_bytes([7; 32]), TODAY))
}

/// Whether an alarm holds at least half of what was planted, and of itself at least half was planted.
fn finds(alarms: &[Alarm], planted: usize) -> bool {
    let of = |alarm: &Alarm| alarm.members.iter().filter(|n| **n >= USUAL).count();
    alarms.iter().any(|alarm| of(alarm) * 2 >= planted && of(alarm) * 2 >= alarm.members.len())
}

/// The same for clusters, all topics being one.
fn has_cluster(town: &[Point], planted: usize) -> bool {
    let of = |cluster: &Vec<usize>| cluster.iter().filter(|n| **n >= USUAL).count();
    clusters(town).iter().any(|cluster| of(cluster) * 2 >= planted && of(cluster) * 2 >= cluster.len())
}

fn times(report: &mut Report) {
    for usual in [500, 2_000] {
        let town = town(1, usual, 0);
        report.figure(&format!("scan_of_{usual}_ms"), ms(|| drop(scanned(&town))));
    }
    let many = town(1, 10_000, 0);
    report.figure("clusters_of_10000_ms", ms(|| drop(clusters(&many))));
    for usual in [494, 1_994] {
        let (node, me) = living(usual);
        let query = |query: Value| skein_node::query(world::rules(), node.store().connection(), &me, "asks", query);
        let count = usual + 6;
        let mut patterns = Value::Null;
        let took = ms(|| patterns = query(json!("patterns")).expect("is answered"));
        report.figure(&format!("query_patterns_of_{count}_ms"), took);
        let alarms =
            patterns["patterns"].as_array().map_or(0, |all| all.iter().filter(|one| one["alarm"] == true).count());
        report.figure(&format!("query_patterns_of_{count}_alarms"), alarms as f64);
        let like = json!({ "like": { "kind": "report", "title": "Water in the street", "point": "52.51,13.41" } });
        report.figure(&format!("query_like_of_{count}_ms"), ms(|| drop(query(like.clone()).expect("is answered"))));
    }
}

fn ms(mut what: impl FnMut()) -> f64 {
    let start = Instant::now();
    what();
    start.elapsed().as_secs_f64() * 1_000.0
}

/// A node that holds so many reports and six that were planted, each said when it was made, all of them open.
fn living(usual: usize) -> (Node, Me) {
    let mut points = town(1, usual, 6);
    points.sort_by_key(|point| point.tick);
    let mut node = world::found_at(Store::in_memory().expect("opens"), world::keys(1), NOW_MS - 91 * 86_400_000);
    for (n, point) in points.iter().enumerate() {
        let at = format!("{:.3},{:.3}", f64::from(point.at.0) / 1_000.0, f64::from(point.at.1) / 1_000.0);
        let title = world::text(n as u64, 40);
        let post = json!({ "post": { "kind": "report", "title": title, "topic": "water", "point": at } });
        let ask = Input::Ask { ticket: 0, app: "asks".into(), command: post };
        world::said(&node.handle(vec![ask], point.tick.ms()).expect("handles"));
    }
    let (community, device, member) = (node.community(), node.device(), node.member());
    (node, Me { community, device, member, now_ms: NOW_MS, keeper: false })
}
