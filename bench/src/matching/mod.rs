//! Who is asked, measured: 200 made-up members for 90 days, the product's own engine over real signed events, and beside it in
//! the same run other ways of asking. Every assumption about people is in `people.rs` and `life.rs`; none was fitted to anything.

mod engine;
mod life;
mod log;
mod people;
mod ways;

use self::engine::Engine;
use self::life::{Outcome, Way, live};
use self::log::Stale;
use self::people::Village;
use self::ways::{Broadcast, Dispatcher, Managers, Random};
use crate::report::Report;

/// Needs a day.
const LOADS: [u64; 2] = [40, 80];
/// The stale cases: who is asked is worked out from what was so many hours ago; or what others did is heard so much later; or
/// all is, new asks too.
const STALE: u64 = 6;

/// One way of asking, over some seeds.
struct Row {
    name: &'static str,
    per_day: u64,
    outcome: Outcome,
}

/// Runs it.
pub fn run() -> Report {
    let seeds = seeds();
    let mut report = Report::default();
    let mut rows = Vec::new();
    // Two loads, each on a core of its own.
    let runs: Vec<(Vec<Row>, Vec<f64>, Vec<String>)> = std::thread::scope(|scope| {
        let threads = LOADS.map(|per_day| scope.spawn(move || at_load(per_day, seeds)));
        threads.into_iter().map(|thread| thread.join().expect("no run fails")).collect()
    });
    let mut round_ms = Vec::new();
    for (some, times, notes) in runs {
        rows.extend(some);
        round_ms.extend(times);
        notes.into_iter().for_each(|note| report.note(note));
    }
    report.percentiles("who_is_asked", round_ms);
    for row in &rows {
        let mut say = |what: &str, value: f64| {
            let name = format!("{}_at_{}_{what}", row.name, row.per_day);
            if row.name.starts_with("skein") { report.figure(&name, value) } else { report.peer(&name, value) }
        };
        say("fulfilled", row.outcome.fulfilled);
        say("first_help_p50_h", row.outcome.first_p50);
        say("first_help_p90_h", row.outcome.first_p90);
        say("asks_per_need", row.outcome.asks);
    }
    aims(&rows, &mut report);
    report
}

/// `--seeds N`; one if nothing is said.
fn seeds() -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--seeds");
    at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(1).clamp(1, 20)
}

fn at_load(per_day: u64, seeds: u64) -> (Vec<Row>, Vec<f64>, Vec<String>) {
    let mut sums: Vec<(&'static str, Outcome)> = Vec::new();
    let (mut times, mut notes) = (Vec::new(), Vec::new());
    for seed in 1..=seeds {
        let village = Village::new(seed, per_day);
        let mut add = |name: &'static str, way: &mut dyn Way| {
            let outcome = live(&village, way, seed);
            match sums.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum = plus(*sum, outcome),
                None => sums.push((name, outcome)),
            }
        };
        add("broadcast", &mut Broadcast::new());
        add("random_3_per_4h", &mut Random::new());
        add("managers", &mut Managers::new(&village));
        add("dispatcher_1", &mut Dispatcher::new(1));
        add("dispatcher_2", &mut Dispatcher::new(2));
        let late = |stale| Some((STALE, stale));
        let boasting = Village::new(seed, per_day).with_boasters();
        for (name, who, late, collude) in [
            ("skein", &village, None, false),
            ("skein_stale_6h", &village, late(Stale::Ranking), false),
            ("skein_promises_late_6h", &village, late(Stale::ButAsks), false),
            ("skein_all_late_6h", &village, late(Stale::All), false),
            ("skein_10pct_boast", &boasting, None, false),
            ("skein_5pct_collude", &village, None, true),
        ] {
            let engine = Engine::new(who, late);
            let mut engine = if collude { engine.with_colluders() } else { engine };
            add(name, &mut engine);
            let [asks, promises, outcomes, events] = engine.counts();
            let posted = village.wants.len() + engine.favours;
            assert_eq!(asks, posted, "every need that was posted counts");
            notes.push(format!(
                "{name} at {per_day} a day, seed {seed}: {events} signed events were taken in {:.1} s; the rows hold {asks} \
                 asks, {promises} promises, {outcomes} outcomes",
                engine.fold_ms / 1_000.0
            ));
            times.append(&mut engine.round_ms);
        }
    }
    let row = |(name, sum): (&'static str, Outcome)| Row { name, per_day, outcome: divided(sum, seeds as f64) };
    (sums.into_iter().map(row).collect(), times, notes)
}

fn plus(a: Outcome, b: Outcome) -> Outcome {
    Outcome {
        fulfilled: a.fulfilled + b.fulfilled,
        in_90_h: a.in_90_h + b.in_90_h,
        first_p50: a.first_p50 + b.first_p50,
        first_p90: a.first_p90 + b.first_p90,
        asks: a.asks + b.asks,
    }
}

fn divided(sum: Outcome, by: f64) -> Outcome {
    Outcome {
        fulfilled: sum.fulfilled / by,
        in_90_h: sum.in_90_h / by,
        first_p50: sum.first_p50 / by,
        first_p90: sum.first_p90 / by,
        asks: sum.asks / by,
    }
}

/// Says of each aim whether it was met.
fn aims(rows: &[Row], report: &mut Report) {
    let get = |name: &str, per_day: u64| {
        let row = rows.iter().find(|row| row.name == name && row.per_day == per_day);
        row.map(|row| row.outcome).unwrap_or_default()
    };
    for (per_day, hours) in LOADS.into_iter().zip([3.0, 5.0]) {
        let (ours, stale, best) = (get("skein", per_day), get("skein_stale_6h", per_day), get("dispatcher_2", per_day));
        let (promises_late, all_late) = (get("skein_promises_late_6h", per_day), get("skein_all_late_6h", per_day));
        let mut aim = |what: &str, met: bool, got: f64| {
            report.note(format!("aim at {per_day} a day: {what}: {} ({got:.3})", if met { "met" } else { "MISSED" }));
        };
        let (share, lost) = (ours.fulfilled / best.fulfilled, ours.fulfilled - stale.fulfilled);
        aim("fulfilled at least 0.97 of the dispatcher who asks two an hour", share >= 0.97, share);
        aim(&format!("median first help within {hours} h"), ours.first_p50 <= hours, ours.first_p50);
        aim("at most 8 asks per need", ours.asks <= 8.0, ours.asks);
        aim("views that are 6 h behind lose at most 0.05", lost <= 0.05, lost);
        report.note(format!(
            "at {per_day} a day: if that somebody took it is heard 6 h later, too, {:.3} is lost; if the asks themselves are, \
             {:.3}; {:.3} is what would be missing with fresh views 6 h before the end",
            ours.fulfilled - promises_late.fulfilled,
            ours.fulfilled - all_late.fulfilled,
            ours.fulfilled - ours.in_90_h
        ));
    }
}
